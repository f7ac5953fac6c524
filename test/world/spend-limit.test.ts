// A spend limit of the key: one run meets it, every run of every job waits for it, and one press lets all of them go on.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Script } from "./claude/script.ts";
import { ann, engineering } from "./people.ts";
import { pressInThread } from "./press.ts";
import { startSampleJob } from "./sample-job.ts";
import { repositoryIn } from "./scenario.ts";
import { finish, run } from "./scenarios/replies.ts";
import type { Message } from "./slack/contract.ts";
import { boards, lastWord, replies } from "./threads.ts";
import { waitFor } from "./wait.ts";
import { startWorld, type World } from "./world.ts";

/** Programs start, a command lasts, and a machine hears of the limit with its heartbeat. */
const timeoutMs = 90_000;

const both = ["acme/shop-service", "acme/legacy-batch"];

let world: World;
const inCommand = new Set<string>();

/** When two repositories are in the middle of a command, the limit is reached for whoever asks next. */
const script: Script = ({ turn, firstText }) => {
  const repository = repositoryIn(firstText);
  if (turn === 0 && both.includes(repository)) {
    inCommand.add(repository);
    if (inCommand.size === both.length)
      world.claude.fault.next({ kind: "spend limit", of: "organization" }, 1_000);
    return { calls: [run("sleep 6")] };
  }
  const write = { name: "write_file", input: { path: "NOTES.md", content: "Noted.\n" } };
  const [end] = finish("Added a note.", "Read it again.");
  return turn < 2 ? { calls: [write] } : (end ?? {});
};

beforeAll(async () => {
  world = await startWorld({ script });
}, 60_000);

afterAll(() => world.close());

function start(name: string, repositories: string[]) {
  const request = { repositories, name, prompt: "Add a note", kind: "anything", deliver: "patch" } as const;
  return startSampleJob(world.slack, ann, engineering, request);
}

function board(name: string): Message | undefined {
  return boards(world.slack, ann).find(({ text }) => text.includes(name));
}

function thread(name: string): Message[] {
  const root = board(name);
  return root ? replies(world.slack, ann, root) : [];
}

function told(name: string): string[] {
  return thread(name)
    .map(({ text }) => text)
    .filter((text) => text.includes("spend limit"));
}

test("holds up every run, is told once in each thread, and one press lets all go on", {
  timeout: 4 * timeoutMs,
}, async () => {
  await start("Note both", both);
  await waitFor(() => (inCommand.size === both.length ? true : undefined), timeoutMs);
  await start("Note one", ["acme/notes-app"]);
  const waits = (name: string, count: number) =>
    waitFor(() => {
      const found = board(name)?.text.match(/waiting: a spend limit is reached/g) ?? [];
      return found.length === count ? true : undefined;
    }, timeoutMs);
  await waits("Note one", 1);
  await waits("Note both", 2);

  // A job that begins meanwhile takes no machine.
  const machines = world.batch.jobs().length;
  await start("Note later", ["acme/checkout"]);
  await waits("Note later", 1);
  expect(world.batch.jobs()).toHaveLength(machines);

  for (const name of ["Note both", "Note one", "Note later"]) {
    const words = await waitFor(() => (told(name).length > 0 ? told(name) : undefined), timeoutMs);
    expect(words, name).toEqual([
      expect.stringMatching(
        /^This job waits, because a spend limit of Claude's API is reached: .*usage limit/,
      ),
    ]);
  }
  // Whoever met it has asked once; nobody asks again and again.
  const asked = () =>
    world.claude.record.requests.filter(({ route }) => route === "POST /v1/messages").length;
  const refused = world.claude.record.requests.filter(({ status }) => status === 400).length;
  expect(refused).toBeLessThanOrEqual(3);
  const before = asked();
  await world.stream.settled();
  expect(asked()).toBe(before);

  world.claude.fault.clear();
  await pressInThread(world.slack, ann, "Resume");
  for (const name of ["Note both", "Note one", "Note later"]) {
    expect(await waitFor(() => lastWord(thread(name)), timeoutMs), name).toBe("done");
    expect(told(name), name).toHaveLength(1);
  }
  expect(world.slack.record.duplicates()).toBe(0);
  expect(world.slack.record.failures()).toEqual([]);
});
