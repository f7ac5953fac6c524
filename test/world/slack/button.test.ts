// Buttons and menus of messages and of the home, and the response URLs that come with them.
import type { App } from "@slack/bolt";
import { describe, expect, test } from "vitest";
import { option, plain, start } from "./fixture.ts";
import type { Json } from "./json.ts";

describe("a button", () => {
  const buttons = [
    {
      type: "actions" as const,
      block_id: "run1",
      elements: [
        { type: "button" as const, action_id: "approve", text: plain("Approve"), value: "job-1" },
        { type: "static_select" as const, action_id: "model", options: [option("a"), option("b")] },
      ],
    },
  ];

  async function withButton(
    answer: (respond: (body: Json) => Promise<unknown>) => Promise<void>,
    now: () => number = Date.now,
  ) {
    const seen: Json[] = [];
    const urls: string[] = [];
    const listen = (app: App) => {
      app.action(/.*/, async ({ ack, body, respond }) => {
        seen.push(body as unknown as Json);
        urls.push(String((body as unknown as Json).response_url));
        await answer(respond as never);
        await ack();
      });
      app.command("/cody", async ({ ack, client }) => {
        const root = await client.chat.postMessage({ channel: "CIN", text: "root" });
        await client.chat.postMessage({ channel: "CIN", text: "go?", blocks: buttons, thread_ts: root.ts });
        await ack();
      });
    };
    const workspace = await start(listen, { now });
    await workspace.as("UANN").send("CIN", "/cody");
    const ts = workspace.as("UANN").state().messages.at(-1)?.ts ?? "";
    const press = async (user: string, action: Json = {}) =>
      await workspace.as(user).act({
        message: { channel: "CIN", ts },
        action: { type: "button", block_id: "run1", action_id: "approve", ...action },
      });
    const shown = (user: string) =>
      workspace
        .as(user)
        .state()
        .messages.map((message) => message.text);
    return { workspace, press, shown, seen, urls, ts };
  }

  test("tells the app who pressed what, with the message's own value", async () => {
    const { workspace, press, seen, ts } = await withButton(async () => {});
    expect(await press("UBEN", { value: "forged" })).toEqual({});
    const root = workspace.as("UANN").state().messages[0];
    expect(seen[0]).toMatchObject({
      type: "block_actions",
      user: { id: "UBEN", username: "ben", team_id: "T1" },
      team: { id: "T1", domain: "acme" },
      api_app_id: "ABOT",
      container: {
        type: "message",
        message_ts: ts,
        channel_id: "CIN",
        is_ephemeral: false,
        thread_ts: root?.ts,
      },
      channel: { id: "CIN", name: "in" },
      message: { ts, thread_ts: root?.ts, bot_id: "BBOT", text: "go?" },
      state: { values: { run1: { model: { type: "static_select", selected_option: null } } } },
      actions: [
        { type: "button", action_id: "approve", block_id: "run1", value: "job-1", text: plain("Approve") },
      ],
    });
    const chosen = { type: "static_select", action_id: "model", selected_option: option("b") };
    await press("UBEN", chosen);
    expect(seen[1]).toMatchObject({
      actions: [chosen],
      state: { values: { run1: { model: { selected_option: option("b") } } } },
    });
    expect((await press("UBEN", { ...chosen, selected_option: option("c") })).error).toContain(
      "not in the list",
    );
    expect((await press("UBEN", { action_id: "gone" })).error).toBe("This element is no longer there.");
    expect(seen).toHaveLength(2);
  });

  test("is answered for who pressed, in place, or by taking the message away", async () => {
    const answers: Json[] = [
      { text: "for you" },
      { text: "done", replace_original: true },
      { delete_original: true },
    ];
    const { press, shown, workspace } = await withButton(async (respond) => {
      await respond(answers.shift() ?? {});
    });
    await press("UBEN");
    expect(shown("UBEN")).toEqual(["root", "go?", "for you"]);
    expect(shown("UANN")).toEqual(["root", "go?"]);
    await press("UBEN");
    expect(shown("UANN")).toEqual(["root", "done"]);
    expect(workspace.record.edits()).toBe(1);
    expect((await press("UBEN")).error).toBe("This element is no longer there.");
  });

  test("has a response URL for five answers within half an hour", async () => {
    let now = Date.now();
    const { press, urls, workspace } = await withButton(
      async () => {},
      () => now,
    );
    await press("UANN");
    const use = async (body: Json = { text: "a" }) => {
      const response = await fetch(urls[0] ?? "", { method: "POST", body: JSON.stringify(body) });
      return [response.status, ((await response.json()) as Json).error];
    };
    expect(await use({ text: "a", blocks: [{ type: "fancy" }] })).toEqual([400, "invalid_blocks"]);
    for (let count = 0; count < 4; count += 1) expect(await use()).toEqual([200, undefined]);
    expect(await use()).toEqual([404, "used_url"]);
    await press("UANN");
    now += 30 * 60_000 + 1;
    const late = await fetch(urls[1] ?? "", { method: "POST", body: JSON.stringify({ text: "a" }) });
    expect(await late.json()).toEqual({ ok: false, error: "expired_url" });
    workspace.fault.status("response_url", 500);
    expect((await fetch(urls[0] ?? "", { method: "POST", body: "{}" })).status).toBe(500);
  });

  test("shows Slack's sentence when the app is too slow", async () => {
    const workspace = await start(
      (app) => {
        app.event("app_home_opened", async ({ event, client }) => {
          const view = { type: "home" as const, blocks: buttons };
          await client.views.publish({ user_id: event.user, view });
        });
        app.action("approve", async ({ ack }) => {
          await new Promise((resolve) => setTimeout(resolve, 150));
          await ack();
        });
      },
      { limits: { answerWithinMs: 100 } },
    );
    const ann = workspace.as("UANN");
    ann.openHome();
    await workspace.settled();
    const viewId = ann.state().home?.id ?? "";
    const press = async (action_id: string, type = "button") =>
      await ann.act({ viewId, action: { type, action_id, block_id: "run1" } });
    expect((await press("approve")).error).toBe(
      "Operation timed out. Apps need to respond within three seconds.",
    );
    expect((await press("model", "static_select")).error).toBe("This app responded with Status Code 404.");
  });
});
