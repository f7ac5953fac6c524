// Events: who is told of what, and how often when nobody answers.
import type { App } from "@slack/bolt";
import { describe, expect, test } from "vitest";
import { signedHeaders } from "./delivery.ts";
import { signingSecret, start } from "./fixture.ts";
import type { Json } from "./json.ts";
import type { Delivery } from "./record.ts";

describe("events", () => {
  const listenTo = (seen: Json[]) => (app: App) => {
    app.event(/.*/, async ({ event, body, context }) => {
      seen.push({ ...(event as unknown as Json), id: body.event_id, retry: context.retryNum });
    });
  };

  test("tell of messages where the bot is, and of mentions", async () => {
    const seen: Json[] = [];
    const workspace = await start(listenTo(seen));
    const ann = workspace.as("UANN");
    await ann.send("COUT", "unheard @cody");
    await ann.send("CIN", "hello @cody");
    await ann.send(workspace.direct("UANN").id, "psst");
    await workspace.settled();
    const inOrder = seen.sort((a, b) => String(a.type).localeCompare(String(b.type)));
    expect(inOrder).toMatchObject([
      { type: "app_mention", channel: "CIN", text: "hello <@UBOT>", user: "UANN" },
      { type: "message", channel: "CIN", channel_type: "channel", text: "hello <@UBOT>" },
      { type: "message", channel_type: "im", text: "psst" },
    ]);
    expect(new Set(seen.map((event) => event.id)).size).toBe(3);

    workspace.join("COUT", "UBOT");
    await ann.send("COUT", "heard");
    workspace.kick("CIN", "UBOT");
    await ann.send("CIN", "unheard");
    const { ts = "" } = ann.state().messages.find((message) => message.text === "heard") ?? {};
    ann.edit("COUT", ts, "changed");
    workspace.deleteMessage("COUT", ts);
    await workspace.settled();
    expect(
      seen
        .slice(3)
        .map((event) => event.subtype ?? event.text)
        .sort(),
    ).toEqual(["heard", "message_changed", "message_deleted"].sort());
  });

  test("carry text as Slack writes it: escaped, people as ids, addresses as links", async () => {
    const seen: Json[] = [];
    const workspace = await start(listenTo(seen));
    const typed =
      "let @ben use List<T> & see https://example.com/?a=1&b=2, example.com and src/README.md or README.md.";
    await workspace.as("UANN").send("CIN", typed);
    await workspace.settled();
    expect(seen[0]?.text).toBe(
      "let <@UBEN> use List&lt;T&gt; &amp; see <https://example.com/?a=1&amp;b=2>, <http://example.com|example.com> and src/README.md or <http://README.md|README.md>.",
    );
  });

  test("are repeated at once and later until they are answered, four times in all", async () => {
    const workspace = await start(() => {}, {
      requestUrl: () => "http://127.0.0.1:9/",
      limits: { eventRetryDelaysMs: [0, 20, 20] },
    });
    await workspace.as("UANN").send("CIN", "hello");
    await expect.poll(() => workspace.record.deliveries.length).toBe(4);
    await workspace.settled();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(
      workspace.record.deliveries.map(({ attempt, headers }) => [attempt, headers["x-slack-retry-num"]]),
    ).toEqual([
      [1, undefined],
      [2, "1"],
      [3, "2"],
      [4, "3"],
    ]);
    const bodies = new Set(workspace.record.deliveries.map((delivery) => delivery.body));
    expect(bodies.size).toBe(1);
    expect(workspace.record.deliveries[1]?.headers["x-slack-retry-reason"]).toBe("connection_failed");
  });

  test("that take too long are repeated while the first is still being worked on", async () => {
    const seen: Json[] = [];
    const workspace = await start(
      (app) => {
        app.event("message", async ({ body, context }) => {
          seen.push({ id: body.event_id, num: context.retryNum, reason: context.retryReason });
          if (seen.length === 1) await new Promise((resolve) => setTimeout(resolve, 120));
        });
      },
      { limits: { answerWithinMs: 60, eventRetryDelaysMs: [0] } },
    );
    await workspace.as("UANN").send("CIN", "hello");
    await workspace.settled();
    expect(seen).toMatchObject([{}, { num: "1", reason: "http_timeout" }]);
    expect(seen[0]?.id).toBe(seen[1]?.id);
    expect(workspace.record.deliveries).toMatchObject([{ late: true }, { late: false, attempt: 2 }]);
  });

  test("come twice where a test says so", async () => {
    const seen: Json[] = [];
    const workspace = await start(listenTo(seen));
    workspace.fault.repeatEvents();
    await workspace.as("UANN").send("CIN", "hello");
    await workspace.settled();
    expect(seen).toHaveLength(2);
    expect(seen[0]?.id).toBe(seen[1]?.id);
  });

  test("are signed, and can be sent again byte for byte", async () => {
    const seen: Json[] = [];
    const workspace = await start(listenTo(seen));
    await workspace.as("UANN").send("CIN", "hello");
    await workspace.settled();
    const [{ body, headers, url }] = workspace.record.deliveries as [Delivery];
    const seconds = Number(headers["x-slack-request-timestamp"]);
    expect(headers).toMatchObject(signedHeaders(signingSecret, seconds, body));
    expect((await fetch(url, { method: "POST", headers, body })).status).toBe(200);
    expect((await fetch(url, { method: "POST", headers, body: `${body} ` })).status).toBe(401);
    expect(seen).toHaveLength(2);
  });
});
