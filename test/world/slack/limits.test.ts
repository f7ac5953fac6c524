// Rate limits, and the faults a test can put in.
import { ErrorCode } from "@slack/web-api";
import { describe, expect, test } from "vitest";
import { clientOf, codeOf, free, workspaceWith } from "./client-fixture.ts";

describe("limits and faults", () => {
  test("edits are limited for the workspace, posts for the channel", async () => {
    let now = Date.now();
    const own = await workspaceWith({ limits: { callsPerMinute: { "chat.update": 3 } }, now: () => now });
    const writer = clientOf(own);
    const { ts = "" } = await writer.chat.postMessage({ channel: "CIN", text: "a" });
    const editing = () => codeOf(writer.chat.update({ channel: "CIN", ts, text: "b" }));
    expect([await editing(), await editing(), await editing()]).toEqual(["ok", "ok", "ok"]);
    await expect(writer.chat.update({ channel: "CIN", ts, text: "b" })).rejects.toMatchObject({
      code: ErrorCode.RateLimitedError,
      retryAfter: 60,
    });
    now += 60_001;
    expect(await editing()).toBe("ok");

    const posting = (channel: string) => codeOf(writer.chat.postMessage({ channel, text: "a" }));
    const burst = [await posting("CIN"), await posting("CIN"), await posting("CIN"), await posting("CIN")];
    expect(burst).toEqual(["ok", "ok", "ok", "ok"]);
    expect(await posting("CIN")).toBe(ErrorCode.RateLimitedError);
    expect(await posting("COUT")).toBe("ok");
    now += 1000;
    expect(await posting("CIN")).toBe("ok");
    expect(own.record.failures().map((call) => call.error)).toEqual(["ratelimited", "ratelimited"]);
    await own.close();
  });

  test("faults befall the next calls", async () => {
    const own = await workspaceWith({ limits: free });
    const writer = clientOf(own);
    const posting = () => codeOf(writer.chat.postMessage({ channel: "CIN", text: "a" }));
    own.fault.status("chat.postMessage", 500);
    expect(await posting()).toBe(ErrorCode.HTTPError);
    own.fault.limited("*", 30);
    expect(await posting()).toBe(ErrorCode.RateLimitedError);
    own.fault.error("chat.postMessage", "internal_error");
    expect(await posting()).toBe("internal_error");
    expect(own.record.posts()).toBe(0);
    own.fault.dropped("chat.postMessage");
    expect(await posting()).toBe(ErrorCode.RequestError);
    expect(own.record.posts()).toBe(1);
    own.fault.slow("chat.postMessage", 60, 1);
    const startedAt = performance.now();
    expect(await posting()).toBe("ok");
    expect(performance.now() - startedAt).toBeGreaterThan(55);
    own.fault.down();
    expect(await posting()).toBe(ErrorCode.HTTPError);
    own.fault.down(false);
    expect(await posting()).toBe("ok");
    await own.close();
  });
});
