// What goes into a job's thread and what comes out while it works: people's words as they typed them, a long wait once.
import { openStore } from "@cody/core/adapters/table/store.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientEnvironment } from "./aws/client-settings.ts";
import type { Script } from "./claude/script.ts";
import { tableName } from "./deployment.ts";
import { ann, engineering } from "./people.ts";
import { openForm, startSampleJob } from "./sample-job.ts";
import { boards, lastWord, replies } from "./threads.ts";
import { waitFor } from "./wait.ts";
import { startWorld, type World } from "./world.ts";

/** Programs start and machines begin. */
const timeoutMs = 60_000;
/** What nobody may find changed by the way through Slack. */
const typed = 'Use List<T> & not "&lt;", see https://example.com/?a=1&b=2 in README.md';

let world: World;

/** After its first answer Claude asks everybody to wait, longer than a wait that nobody need be told of. */
const script: Script = () => {
  world.claude.fault.next({ kind: "rate limit", retryAfterSeconds: 120 }, 1_000);
  return { calls: [{ name: "list_files", input: {} }] };
};

beforeAll(async () => {
  world = await startWorld({ script });
}, 60_000);

afterAll(() => world.close());

test("what is typed behind /cody is in the form as it was typed", async () => {
  const modal = await openForm(world.slack, ann, engineering, typed);
  const prompt = modal.blocks.find((block) => block.block_id === "prompt") as unknown as {
    element: { initial_value: string };
  };
  expect(prompt.element.initial_value).toBe(typed);
  await world.slack.as(ann).close(modal.id);
});

test("words in the thread are kept as they were typed, and a wait for Claude is told once for all runs", {
  timeout: 3 * timeoutMs,
}, async () => {
  Object.assign(process.env, clientEnvironment, { AWS_ENDPOINT_URL_DYNAMODB: world.addresses.dynamoDb });
  const { jobs } = openStore(tableName);
  await startSampleJob(world.slack, ann, engineering, {
    repositories: ["acme/checkout", "acme/notes-app"],
    prompt: typed,
    kind: "anything",
  });
  const late = /Claude is at its rate limit, trying again until \d\d:\d\d UTC/g;
  const board = await waitFor(
    () => boards(world.slack, ann).find(({ text }) => text.match(late)?.length === 2),
    timeoutMs,
  );
  expect(board.text).toMatch(/turn \d of 200 · \S+ of \$3 · at most 55 min/);
  const id = /"value":"([a-z2-7]{10})"/.exec(JSON.stringify(board.blocks))?.[1] ?? "";
  // The form is none of Slack's messages: nothing of it is escaped.
  expect((await jobs.read(id))?.job.prompt).toBe(typed);

  await world.slack.as(ann).send(engineering, typed, board.ts);
  await expect.poll(async () => (await jobs.asksOf(id)).map(({ text }) => text)).toEqual([typed]);

  const told = () => replies(world.slack, ann, board).filter(({ text }) => text.startsWith("Claude is "));
  const reply = await waitFor(() => told()[0], timeoutMs);
  expect(reply.text).toMatch(
    /^Claude is at its rate limit, since <!date\^\d+\^\{time\}\|\d\d:\d\d UTC>\. The work goes on by itself as soon as it answers, or stops at <!date\^\d+\^\{time\}\|\d\d:\d\d UTC>\.$/,
  );
  await world.stream.settled();
  await world.slack.settled();
  expect((await jobs.read(id))?.runs.map(({ held }) => held?.why)).toEqual([
    "Claude is at its rate limit",
    "Claude is at its rate limit",
  ]);
  expect(told()).toHaveLength(1);

  const action = { type: "button", action_id: "stop", block_id: "board", value: id };
  await world.slack.as(ann).act({ message: board, action });
  expect(await waitFor(() => lastWord(replies(world.slack, ann, board)), timeoutMs)).toBe("cancelled");
  expect((await jobs.read(id))?.runs.map(({ held }) => held)).toEqual([undefined, undefined]);
  expect(world.slack.record.duplicates()).toBe(0);
  expect(world.slack.record.failures()).toEqual([]);
});
