// What the Web API refuses the real client, with Slack's own codes.
import type { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf, codeOf, free, token, workspaceWith } from "./client-fixture.ts";
import type { Json } from "./json.ts";
import type { Workspace } from "./workspace.ts";

let workspace: Workspace;
let client: WebClient;
let root: string;
let reply: string;
let foreign: string;

beforeAll(async () => {
  workspace = await workspaceWith({ limits: free });
  client = clientOf(workspace);
  root = (await client.chat.postMessage({ channel: "CIN", text: "root" })).ts ?? "";
  reply = (await client.chat.postMessage({ channel: "CIN", text: "reply", thread_ts: root })).ts ?? "";
  await workspace.as("UANN").send("CIN", "by a person");
  foreign = workspace.as("UANN").state().messages.at(-1)?.ts ?? "";
});
afterAll(async () => await workspace.close());

const long = "x".repeat(4001);
const sections = (count: number) =>
  Array.from({ length: count }, () => ({
    type: "section",
    text: { type: "mrkdwn", text: "x".repeat(3000) },
  }));

describe("refusals", () => {
  const cases: [name: string, method: string, args: () => Json, code: string][] = [
    ["an unknown method", "chat.shout", () => ({}), "unknown_method"],
    ["an unknown channel", "chat.postMessage", () => ({ channel: "CNONE", text: "a" }), "channel_not_found"],
    [
      "a private channel without the bot",
      "chat.postMessage",
      () => ({ channel: "CPRIVATE", text: "a" }),
      "channel_not_found",
    ],
    ["an archived channel", "chat.postMessage", () => ({ channel: "COLD", text: "a" }), "is_archived"],
    ["nothing to say", "chat.postMessage", () => ({ channel: "CIN", text: "" }), "no_text"],
    [
      "an unknown thread",
      "chat.postMessage",
      () => ({ channel: "CIN", text: "a", thread_ts: "1.000001" }),
      "thread_not_found",
    ],
    [
      "a reply to a reply",
      "chat.postMessage",
      () => ({ channel: "CIN", text: "a", thread_ts: reply }),
      "thread_not_found",
    ],
    [
      "blocks that are none",
      "chat.postMessage",
      () => ({ channel: "CIN", text: "a", blocks: [{ type: "fancy" }] }),
      "invalid_blocks",
    ],
    [
      "blocks that are no list",
      "chat.postMessage",
      () => ({ channel: "CIN", blocks: "[{" }),
      "invalid_blocks_format",
    ],
    [
      "more text in blocks than fits",
      "chat.postMessage",
      () => ({ channel: "CIN", text: "a", blocks: sections(5) }),
      "msg_blocks_too_long",
    ],
    [
      "markdown beside text",
      "chat.postMessage",
      () => ({ channel: "CIN", text: "a", markdown_text: "b" }),
      "markdown_text_conflict",
    ],
    [
      "metadata without a type",
      "chat.postMessage",
      () => ({ channel: "CIN", text: "a", metadata: { event_payload: {} } }),
      "invalid_metadata_schema",
    ],
    [
      "an edit of a foreign message",
      "chat.update",
      () => ({ channel: "CIN", ts: foreign, text: "a" }),
      "cant_update_message",
    ],
    [
      "an edit of nothing",
      "chat.update",
      () => ({ channel: "CIN", ts: "1.000001", text: "a" }),
      "message_not_found",
    ],
    ["an edit to nothing", "chat.update", () => ({ channel: "CIN", ts: root, text: "" }), "no_text"],
    ["a long edit", "chat.update", () => ({ channel: "CIN", ts: root, text: long }), "msg_too_long"],
    [
      "deleting a foreign message",
      "chat.delete",
      () => ({ channel: "CIN", ts: foreign }),
      "cant_delete_message",
    ],
    [
      "whispering to somebody outside",
      "chat.postEphemeral",
      () => ({ channel: "CIN", user: "UGUEST", text: "a" }),
      "user_not_in_channel",
    ],
    [
      "whispering where the bot is not",
      "chat.postEphemeral",
      () => ({ channel: "COUT", user: "UANN", text: "a" }),
      "not_in_channel",
    ],
    [
      "a link to nothing",
      "chat.getPermalink",
      () => ({ channel: "CIN", message_ts: "1.1" }),
      "message_not_found",
    ],
    ["reading outside", "conversations.history", () => ({ channel: "COUT" }), "not_in_channel"],
    ["a thread outside", "conversations.replies", () => ({ channel: "COUT", ts: "1.1" }), "not_in_channel"],
    ["an unknown thread", "conversations.replies", () => ({ channel: "CIN", ts: "1.1" }), "thread_not_found"],
    ["a wrong cursor", "conversations.history", () => ({ channel: "CIN", cursor: "eA==" }), "invalid_cursor"],
    ["a private channel's info", "conversations.info", () => ({ channel: "CPRIVATE" }), "channel_not_found"],
    ["joining an archived channel", "conversations.join", () => ({ channel: "COLD" }), "is_archived"],
    ["joining a private channel", "conversations.join", () => ({ channel: "CPRIVATE" }), "channel_not_found"],
    ["writing to nobody", "conversations.open", () => ({ users: "UNONE" }), "user_not_found"],
    ["writing to who is deactivated", "conversations.open", () => ({ users: "UGONE" }), "user_disabled"],
    [
      "whispering to who is elsewhere",
      "chat.postEphemeral",
      () => ({ channel: "CIN", user: "UGUEST", text: "a" }),
      "user_not_in_channel",
    ],
    ["an unknown person", "users.info", () => ({ user: "UNONE" }), "user_not_found"],
    [
      "a file of no bytes",
      "files.getUploadURLExternal",
      () => ({ filename: "a", length: 0 }),
      "missing_argument",
    ],
    [
      "completing an unknown file",
      "files.completeUploadExternal",
      () => ({ files: [{ id: "FNONE" }], channel_id: "CIN" }),
      "file_not_found",
    ],
    ["a file that is not there", "files.info", () => ({ file: "FNONE" }), "file_not_found"],
    ["a made-up trigger", "views.open", () => ({ trigger_id: "1.2.a", view: modal() }), "invalid_trigger_id"],
    ["no trigger", "views.open", () => ({ view: modal() }), "invalid_arguments"],
    [
      "a bad form",
      "views.open",
      () => ({ trigger_id: "1.2.a", view: { type: "modal" } }),
      "invalid_arguments",
    ],
    [
      "a form that is too large",
      "views.open",
      () => ({ trigger_id: "1.2.a", view: { ...modal(), private_metadata: "x".repeat(260_000) } }),
      "view_too_large",
    ],
    ["a form that is gone", "views.update", () => ({ view_id: "VNONE", view: modal() }), "not_found"],
    ["a home for nobody", "views.publish", () => ({ user_id: "UNONE", view: home() }), "user_not_found"],
    ["a form as a home", "views.publish", () => ({ user_id: "UANN", view: modal() }), "invalid_arguments"],
    ["a reaction to nothing", "reactions.add", () => ({ name: "eyes" }), "no_item_specified"],
    [
      "a reaction to a missing message",
      "reactions.add",
      () => ({ name: "eyes", channel: "CIN", timestamp: "1.1" }),
      "message_not_found",
    ],
  ];
  test.each(cases)("%s (%s)", async (_, method, args, code) => {
    expect(await codeOf(client.apiCall(method, args()))).toBe(code);
  });

  test("a refusal of blocks says where", async () => {
    const blocks = [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3001) } }];
    const call = client.apiCall("chat.postMessage", { channel: "CIN", text: "a", blocks });
    await expect(call).rejects.toMatchObject({
      data: {
        response_metadata: {
          messages: ["[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"],
        },
      },
    });
  });
});

function modal(): Json {
  const title = { type: "plain_text", text: "Cody" };
  return { type: "modal", title, blocks: [{ type: "divider" }] };
}
function home(): Json {
  return { type: "home", blocks: [{ type: "divider" }] };
}

describe("who calls", () => {
  test("no token, a wrong one, and one in the form", async () => {
    expect(await codeOf(clientOf(workspace, "").auth.test())).toBe("not_authed");
    expect(await codeOf(clientOf(workspace, "xoxb-other").auth.test())).toBe("invalid_auth");
    const inForm = await fetch(`${workspace.apiUrl}auth.test`, {
      method: "POST",
      body: new URLSearchParams({ token }),
    });
    expect(await inForm.json()).toMatchObject({ ok: true, user_id: "UBOT", bot_id: "BBOT", team_id: "T1" });
    const inJson = await fetch(`${workspace.apiUrl}auth.test`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
    expect(await inJson.json()).toMatchObject({ ok: false, error: "not_authed" });
  });

  test("JSON bodies with the token in the header", async () => {
    const response = await fetch(`${workspace.apiUrl}chat.postMessage`, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", authorization: `Bearer ${token}` },
      body: JSON.stringify({ channel: "#in", text: "by name" }),
    });
    expect(await response.json()).toMatchObject({ ok: true, channel: "CIN" });
  });

  test("a token without the scope, and one that was revoked", async () => {
    const own = await workspaceWith();
    const narrow = clientOf(own);
    own.grant(["chat:write"]);
    expect(await codeOf(narrow.conversations.join({ channel: "COUT" }))).toBe("missing_scope");
    expect(await codeOf(narrow.conversations.info({ channel: "CIN" }))).toBe("missing_scope");
    expect(await codeOf(narrow.chat.postMessage({ channel: "COUT", text: "a" }))).toBe("not_in_channel");
    await expect(narrow.users.info({ user: "UANN" })).rejects.toMatchObject({
      data: { needed: "users:read", provided: "chat:write" },
    });
    own.revoke();
    expect(await codeOf(narrow.auth.test())).toBe("token_revoked");
    await own.close();
  });
});
