// Presses by the front door: signed deliveries of Slack become one ask each, and only in the thread of their job.
import type { Ask } from "@cody/core/schema.ts";
import type { KnownBlock } from "@slack/types";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pressValue, readPress } from "../../packages/bot/src/views/press.ts";
import { resultReply } from "../../packages/bot/src/views/result.ts";
import { now, open, serveTable, tableName } from "../core/adapters/table/table-server.ts";
import { endedRun, exampleDiff, exampleJob } from "../core/examples.ts";
import { startFunctionUrl } from "../world/aws/function-url.ts";
import { free } from "../world/slack/client-fixture.ts";
import { startWorkspace, type Workspace } from "../world/slack/workspace.ts";

serveTable();

const token = "xoxb-test";
const signingSecret = "the secret of the app";
let workspace: Workspace;
let closeUrl: () => Promise<void>;

beforeAll(async () => {
  const { handler } = await import("../../packages/bot/src/slack.ts");
  const url = await startFunctionUrl({ invoke: (event) => handler(event, {}) });
  const address = url.url.replace(/\/$/, "");
  closeUrl = url.close;
  workspace = await startWorkspace({
    team: { id: "T1", name: "Acme" },
    bot: { userId: "UBOT", botId: "BBOT", appId: "ABOT", name: "Cody", token },
    signingSecret,
    limits: free,
    requestUrl: () => `${address}/slack/events`,
    people: [{ id: "UANN", name: "ann", realName: "Ann Example" }],
    channels: [
      { id: "CIN", name: "in", kind: "public", members: ["UANN", "UBOT"] },
      { id: "COTHER", name: "other", kind: "public", members: ["UANN", "UBOT"] },
    ],
  });
  Object.assign(process.env, {
    CODY_TABLE: tableName,
    SLACK_BOT_TOKEN: token,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: workspace.apiUrl,
    ALLOWED_REPOS: "acme/*",
    BATCH_QUEUE: "runs",
    LOG_LEVEL: "error",
  });
});

afterAll(async () => {
  await workspace.close();
  await closeUrl();
});

beforeEach(() => workspace.settled());

async function post(channel: string, blocks: readonly object[], threadTs?: string): Promise<string> {
  const answer = await fetch(`${workspace.apiUrl}chat.postMessage`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ channel, text: "words", blocks, thread_ts: threadTs }),
  });
  const { ts, error } = (await answer.json()) as { ts: string; error?: string };
  if (error) throw new Error(error);
  return ts;
}

const result = (id: string) =>
  resultReply(
    endedRun("changed", {
      job: id,
      diff: exampleDiff(),
      summary: "Log4j is 2.17.1 now.",
      pullRequest: { number: 12, url: "https://github.com/acme/shop/pull/12", headSha: "f00", draft: false },
    }),
  );

/** A job with its board and the result of a round in the thread; the ts of that reply. */
async function told(id: string): Promise<{ thread: string; reply: string }> {
  const thread = await post("CIN", [{ type: "section", text: { type: "mrkdwn", text: "board" } }]);
  const { jobs } = open();
  await jobs.create(
    exampleJob({ id, requester: "UANN", createdAt: now, thread: { channel: "CIN", ts: thread } }),
  );
  await jobs.nameThread("CIN", thread, id);
  return { thread, reply: await post("CIN", result(id).blocks, thread) };
}

/** The button of this action, as it stands in a message. */
function button(blocks: KnownBlock[], action: string) {
  const found = blocks
    .flatMap((block) =>
      block.type === "actions" ? block.elements.map((element) => ({ element, block })) : [],
    )
    .find(({ element }) => "action_id" in element && element.action_id === action);
  if (found?.element.type !== "button") throw new Error(`there is no button ${action}`);
  return {
    type: "button",
    action_id: action,
    block_id: found.block.block_id ?? "",
    value: found.element.value ?? "",
  };
}

const press = (action: string, id: string, message: { channel: string; ts: string }) =>
  workspace.as("UANN").act({ message, action: button(result(id).blocks, action) });

const asks = (id: string): Promise<Ask[]> => open().jobs.asksOf(id);
const lastSeen = () => workspace.as("UANN").state().messages.at(-1)?.text;

describe("a press", () => {
  test.each(["approve", "merge", "auto-merge", "close"])(
    "%s becomes one ask with the commit that was shown",
    async (action) => {
      const id = `press${action.replace("-", "").slice(0, 4)}x`.padEnd(10, "a");
      const { reply } = await told(id);
      expect(await press(action, id, { channel: "CIN", ts: reply })).toEqual({});
      expect(await asks(id)).toMatchObject([
        {
          kind: action,
          run: 1,
          heads: [{ run: 1, sha: "f00" }],
          by: "UANN",
          responseUrl: expect.any(String),
        },
      ]);
    },
  );

  test.each(["request-changes", "follow-up"])(
    "%s asks for words first, and then becomes one ask with them",
    async (action) => {
      const id = `words${action.replace("-", "").slice(0, 4)}`.padEnd(10, "a");
      const { reply } = await told(id);
      expect(await press(action, id, { channel: "CIN", ts: reply })).toEqual({});
      expect(await asks(id)).toEqual([]);
      const { modal } = workspace.as("UANN").state();
      expect(modal).toMatchObject({ callback_id: "ask-form" });
      const answer = await workspace.as("UANN").submit(modal?.id ?? "", {
        words: { words: { type: "plain_text_input", value: "Use <2.17.1>." } },
      });
      expect(answer).toEqual({});
      expect(await asks(id)).toMatchObject([
        { kind: action, run: 1, text: "Use <2.17.1>.", heads: [{ run: 1, sha: "f00" }], by: "UANN" },
      ]);
    },
  );

  test("F11: in another channel, where the message was copied to, does nothing", async () => {
    const id = "copiedpres";
    await told(id);
    const ts = await post("COTHER", result(id).blocks);
    await press("approve", id, { channel: "COTHER", ts });
    expect(await asks(id)).toEqual([]);
    expect(lastSeen()).toMatch(/does not belong to this thread/);
  });

  test("in the thread of another job does nothing", async () => {
    await told("firstjobaa");
    const other = await told("otherjobaa");
    const ts = await post("CIN", result("firstjobaa").blocks, other.thread);
    await press("merge", "firstjobaa", { channel: "CIN", ts });
    expect([...(await asks("firstjobaa")), ...(await asks("otherjobaa"))]).toEqual([]);
    expect(lastSeen()).toMatch(/does not belong to this thread/);
  });

  test.each([
    "nosuchjobs",
    "../../etcx",
    "",
    "firstjobaa.1.x@1:zz",
    `${"a".repeat(10)}@${"1:f,".repeat(99)}`,
  ])("F11: with the made-up value %j does nothing", async (value) => {
    const ts = await post("CIN", [
      {
        type: "actions",
        block_id: "b",
        elements: [
          {
            type: "button",
            action_id: "approve",
            text: { type: "plain_text", text: "Approve" },
            ...(value ? { value } : {}),
          },
        ],
      },
    ]);
    await workspace.as("UANN").act({
      message: { channel: "CIN", ts },
      action: { type: "button", action_id: "approve", block_id: "b" },
    });
    expect(lastSeen()).toMatch(/Cody does not know this job/);
  });

  test("of a kind that no button makes does nothing", async () => {
    const ts = await post("CIN", [
      {
        type: "actions",
        block_id: "b",
        elements: [
          {
            type: "button",
            action_id: "message",
            text: { type: "plain_text", text: "?" },
            value: "firstjobaa",
          },
        ],
      },
    ]);
    await workspace.as("UANN").act({
      message: { channel: "CIN", ts },
      action: { type: "button", action_id: "message", block_id: "b" },
    });
    expect(lastSeen()).toMatch(/older version of Cody/);
  });
});

describe("what a button carries", () => {
  test.each([
    [{ job: "abcdefgh23" }, "abcdefgh23"],
    [{ job: "abcdefgh23", run: 2 }, "abcdefgh23.2"],
    [
      { job: "abcdefgh23", run: 1, since: 1795170600000, text: "new-branch" },
      "abcdefgh23.1.1795170600000.new-branch",
    ],
    [{ job: "abcdefgh23", text: "1,3" }, "abcdefgh23...1,3"],
    [{ job: "abcdefgh23", run: 1, heads: [{ run: 1, sha: "f00" }] }, "abcdefgh23.1@1:f00"],
    [
      { job: "abcdefgh23", heads: [1, 2, 3, 4, 5].map((run) => ({ run, sha: "a".repeat(40) })) },
      expect.stringMatching(/^abcdefgh23@1:a{40},/),
    ],
  ])("%j is read back as it was", (carried, value) => {
    expect(pressValue(carried)).toEqual(value);
    expect(readPress(pressValue(carried))).toEqual(carried);
  });

  test.each([
    "",
    "abc",
    "abcdefgh23.999",
    "abcdefgh23.1.NaN",
    "abcdefgh23@",
    "abcdefgh23@1:F00",
    "abcdefgh23@1",
    "abcdefgh23.1.1.a b",
    "abcdefgh23\n",
  ])("%j is nothing", (value) => {
    expect(readPress(value)).toBeUndefined();
  });
});
