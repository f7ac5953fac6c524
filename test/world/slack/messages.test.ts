// Messages, channels and files as the real client posts, reads and shares them.
import type { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientOf, codeOf, free, token, workspaceWith } from "./client-fixture.ts";
import type { Json } from "./json.ts";
import type { Workspace } from "./workspace.ts";

let workspace: Workspace;
let client: WebClient;
let root: string;

beforeAll(async () => {
  workspace = await workspaceWith({ limits: free });
  client = clientOf(workspace);
  root = (await client.chat.postMessage({ channel: "CIN", text: "root" })).ts ?? "";
});
afterAll(async () => await workspace.close());

describe("messages", () => {
  test("carry the app's ids, get block ids, and keep metadata for who asks", async () => {
    const metadata = { event_type: "cody", event_payload: { key: "k1" } };
    const blocks = [{ type: "divider" as const }];
    const posted = await client.chat.postMessage({ channel: "CIN", text: "meta", blocks, metadata });
    expect(posted.message).toMatchObject({ bot_id: "BBOT", app_id: "ABOT", user: "UBOT", metadata });
    expect((posted.message?.blocks?.[0] as Json | undefined)?.block_id).toMatch(/^b/);
    const plain = await client.conversations.history({ channel: "CIN", limit: 1 });
    expect(plain.messages?.[0]?.metadata).toBeUndefined();
    const full = await client.conversations.history({ channel: "CIN", limit: 1, include_all_metadata: true });
    expect(full.messages?.[0]).toMatchObject({ ts: posted.ts, metadata });
  });

  test("an edit that says nothing of blocks leaves them", async () => {
    const blocks = [{ type: "divider" as const, block_id: "pinned" }];
    const { ts = "" } = await client.chat.postMessage({ channel: "CIN", text: "one", blocks });
    await client.chat.update({ channel: "CIN", ts, text: "two" });
    const message = workspace
      .as("UANN")
      .state()
      .messages.find((one) => one.ts === ts);
    expect(message).toMatchObject({ text: "two", blocks: [{ block_id: "pinned" }] });
    expect(message?.editedAt).toBeDefined();
  });

  test("a long posted text is cut, as Slack cuts it", async () => {
    const posted = await client.chat.postMessage({ channel: "CIN", text: "x".repeat(40_001) });
    expect(posted.message?.text).toHaveLength(40_000);
  });

  test("history and threads come in pages", async () => {
    const own = await workspaceWith({ limits: free });
    const reader = clientOf(own);
    const { ts = "" } = await reader.chat.postMessage({ channel: "CIN", text: "root" });
    for (const text of ["1", "2", "3"]) {
      await reader.chat.postMessage({ channel: "CIN", text, thread_ts: ts });
    }
    const first = await reader.conversations.replies({ channel: "CIN", ts, limit: 3 });
    expect(first.messages?.map((message) => message.text)).toEqual(["root", "1", "2"]);
    expect(first.messages?.[0]).toMatchObject({ reply_count: 3, thread_ts: ts });
    const cursor = first.response_metadata?.next_cursor;
    const second = await reader.conversations.replies({ channel: "CIN", ts, limit: 3, cursor });
    expect(second).toMatchObject({ has_more: false });
    expect(second.messages?.map((message) => message.text)).toEqual(["root", "3"]);
    const history = await reader.conversations.history({ channel: "CIN" });
    expect(history.messages?.map((message) => message.text)).toEqual(["root"]);
    await own.close();
  });

  test("deleting the root of a thread leaves a tombstone", async () => {
    const { ts = "" } = await client.chat.postMessage({ channel: "CIN", text: "gone" });
    await client.chat.postMessage({ channel: "CIN", text: "stays", thread_ts: ts });
    workspace.deleteMessage("CIN", ts);
    expect(await codeOf(client.chat.update({ channel: "CIN", ts, text: "a" }))).toBe("message_not_found");
    const thread = await client.conversations.replies({ channel: "CIN", ts });
    expect(thread.messages?.map((message) => message.text)).toEqual(["This message was deleted.", "stays"]);
  });

  test("a person's id stands for the direct channel", async () => {
    const posted = await client.chat.postMessage({ channel: "UANN", text: "psst" });
    expect(posted.channel).toBe(workspace.direct("UANN").id);
    expect((await client.conversations.open({ users: "UANN" })).channel?.id).toBe(posted.channel);
  });

  test("channels say what they are", async () => {
    const { channel } = await client.conversations.info({ channel: "CSHARED" });
    expect(channel).toMatchObject({ is_ext_shared: true, is_member: false, is_private: false });
    const listed = await client.conversations.list({
      types: "public_channel,private_channel",
      exclude_archived: true,
    });
    expect(listed.channels?.map((one) => one.id)).toEqual(["CIN", "COUT", "CSHARED"]);
    expect((await client.users.info({ user: "UGUEST" })).user).toMatchObject({ is_restricted: true });
    const reaction = { name: "eyes", channel: "CIN", timestamp: root };
    expect(await codeOf(client.reactions.add(reaction))).toBe("ok");
    expect(await codeOf(client.reactions.add(reaction))).toBe("already_reacted");
  });

  test("broadcasts and duplicates are found", async () => {
    const own = await workspaceWith({ limits: free });
    const writer = clientOf(own);
    const { ts = "" } = await writer.chat.postMessage({ channel: "CIN", text: "<!here> &lt;!channel&gt;" });
    const metadata = { event_type: "cody", event_payload: { a: 1, b: "2" } };
    const swapped = { event_type: "cody", event_payload: { b: "2", a: 1 } };
    await writer.chat.postMessage({ channel: "CIN", thread_ts: ts, text: "one", metadata });
    expect(own.record.duplicates()).toBe(0);
    await writer.chat.postMessage({ channel: "CIN", thread_ts: ts, text: "two", metadata: swapped });
    expect(own.record.duplicates()).toBe(1);
    await writer.chat.postMessage({ channel: "CIN", thread_ts: ts, text: "one" });
    expect(own.record.duplicates()).toBe(2);
    for (let time = 0; time < 2; time += 1) {
      await writer.filesUploadV2({ channel_id: "CIN", thread_ts: ts, filename: "a.patch", content: "diff" });
    }
    await own.settled();
    expect(own.record.duplicates()).toBe(3);
    expect(own.record.broadcasts).toEqual([{ channel: "CIN", ts, mention: "<!here>" }]);
    expect(own.record.posts()).toBe(4);
    expect(own.record.files()).toEqual(["a.patch", "a.patch"]);
    await own.close();
  });
});

describe("files", () => {
  test("are shared shortly after, and read with the token only", async () => {
    const { files } = await client.filesUploadV2({
      channel_id: "CIN",
      thread_ts: root,
      filename: "fix.patch",
      content: "diff –\n",
      initial_comment: "The patch",
    });
    const id = (files as unknown as { files: { id: string }[] }[])[0]?.files[0]?.id ?? "";
    const before = (await client.files.info({ file: id })).file;
    expect(before?.shares).toEqual({});
    await workspace.settled();
    const after = (await client.files.info({ file: id })).file;
    expect(after?.shares?.public?.CIN?.[0]).toMatchObject({ thread_ts: root });
    const message = workspace.as("UANN").state().messages.at(-1);
    expect(message).toMatchObject({
      text: "The patch",
      threadTs: root,
      files: [{ name: "fix.patch", size: 9 }],
    });
    expect(workspace.fileBytes(id).toString()).toBe("diff –\n");
    const page = await fetch(workspace.url + message?.files[0]?.path);
    expect(await page.text()).toBe("diff –\n");
    const url = after?.url_private ?? "";
    const withToken = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(await withToken.text()).toBe("diff –\n");
    const without = await fetch(url);
    expect(without.headers.get("content-type")).toContain("text/html");
    const again = client.files.completeUploadExternal({ files: [{ id }], channel_id: "CIN" });
    expect(await codeOf(again)).toBe("file_not_found");
  });

  test("have the announced length and a channel the bot is in", async () => {
    const { upload_url = "", file_id = "" } = await client.files.getUploadURLExternal({
      filename: "a.patch",
      length: 4,
    });
    expect((await fetch(upload_url, { method: "POST", body: "12345" })).status).toBe(400);
    const complete = () =>
      codeOf(client.files.completeUploadExternal({ files: [{ id: file_id }], channel_id: "COUT" }));
    expect(await complete()).toBe("file_not_found");
    expect((await fetch(upload_url, { method: "POST", body: "1234" })).status).toBe(200);
    expect(await complete()).toBe("not_in_channel");
  });
});
