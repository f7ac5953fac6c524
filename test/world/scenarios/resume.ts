// A run whose machine is lost three times, each in another way and at another step; it goes on, and changes once.
import { setTimeout as sleep } from "node:timers/promises";
import type { PromptRequest } from "../claude/request.ts";
import { conversationOf, steps } from "../claude/script.ts";
import type { Scenario } from "../scenario.ts";
import { waitFor } from "../wait.ts";
import type { World } from "../world.ts";
import { edit, finish, run } from "./replies.ts";

/** Long enough to be in the middle of it. */
const slow = (command: string) => ({ calls: [run(`sleep 3; ${command}`)] });

const checkout = steps(
  { calls: [{ name: "read_file", input: { path: "src/price.js" } }] },
  slow("node --test"),
  {
    calls: [
      edit(
        "src/price.js",
        "/** For people: `1990` is `19.90 EUR`. */\nexport function formatCents(cents) {",
        '/** For people: `1990` is `19.90 EUR`, or another currency where one is given. */\nexport function formatCents(cents, currency = "EUR") {',
      ),
    ],
  },
  slow("git diff --stat"),
  { calls: [edit("src/price.js", "${rest} EUR`;", "${rest} ${currency}`;")] },
  slow("node --test"),
  {
    calls: [
      edit(
        "test/price-test.js",
        '  assert.equal(formatCents(-5), "-0.05 EUR");',
        '  assert.equal(formatCents(-5), "-0.05 EUR");\n  assert.equal(formatCents(1990, "CHF"), "19.90 CHF");',
      ),
      run("node --test"),
    ],
  },
  ...finish(
    "`formatCents` takes a currency; without one it is EUR as before.",
    "`node --test` was run after the change.",
  ),
);

/** A runner waits for the lease of a dead one, which lasts a minute. */
const nextMachineMs = 120_000;

/** Waits until this turn is asked for, on a machine that runs, and is in the middle of its command. */
async function atTurn({ claude, batch }: World, turn: number) {
  await waitFor(() => {
    const asked = claude.record.requests.filter(({ route }) => route === "POST /v1/messages");
    return asked.find(({ body }) => conversationOf(body as PromptRequest).turn === turn);
  }, nextMachineMs);
  await sleep(1_000);
  return waitFor(() => {
    const job = batch.jobs().findLast(({ status }) => status === "RUNNING");
    return job?.pid === undefined ? undefined : { ...job, pid: job.pid };
  });
}

export const resume: Scenario = {
  name: "resume",
  says: "a run whose machine is lost three times: its host, its Spot capacity, its process; it takes about three minutes",
  timeoutMs: 360_000,
  request: {
    repositories: ["acme/checkout"],
    prompt: "Let formatCents take a currency.",
    name: "Let formatCents take a currency",
    kind: "anything",
  },
  scripts: { "acme/checkout": checkout },
  async during(world) {
    world.batch.killHost((await atTurn(world, 1)).jobId);
    world.batch.interrupt((await atTurn(world, 3)).jobId);
    process.kill((await atTurn(world, 5)).pid, "SIGKILL");
  },
  // A machine that is gone at once takes at most the turn with it that was under way; an announced end takes none.
  expected: { status: "done", outcomes: { "acme/checkout": "changed" }, repeatedTurns: 2 },
};
