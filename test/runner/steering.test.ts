// A round that people steer: questions, limits, pauses, messages; by the real program, with machines that come and go.
import { spawnSync } from "node:child_process";
import { maxRoundMs } from "@cody/core/limits.ts";
import type { Ask } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { type Reply, steps } from "../world/claude/script.ts";
import { change, command, edit, finish } from "./replies.ts";
import { applied, openStage, type Stage, turnsOf, until } from "./stage.ts";

/** Each test starts a table, a GitHub, a Claude and one or more runners. */
const timeout = 60_000;

const ask: Reply = {
  calls: [
    { name: "ask_person", input: { question: "Which VAT is it to be?", options: ["The full one", "7"] } },
  ],
};
/** Dear: at two dollars for the million tokens it is over any small budget. */
const dear = (reply: Reply): Reply => ({ ...reply, outputTokens: 10_000 });

async function queueAgain(stage: Stage): Promise<void> {
  await stage.write({ type: "submit" });
  await stage.write({ type: "submitted", queueJob: "batch-2" });
}

const second = { AWS_BATCH_JOB_ID: "batch-2" };

/** Calls of the model, without those for its name. */
function asked(stage: Stage) {
  return stage.claude.record.requests
    .filter(({ route }) => route === "POST /v1/messages")
    .map(({ body }) => body as { messages: unknown[] });
}

function says(stage: Stage, text: string, differences: Partial<Ask> = {}) {
  const id = `ask-${text.replace(/\W/g, "")}`.slice(0, 40);
  const { id: job } = stage.job;
  const common = { id, job, kind: "message", by: "U0BEN", at: Date.now(), text } as const;
  return stage.store.jobs.ask({ ...common, ...differences });
}

describe("a question", { timeout }, () => {
  test("waits without a machine, and the answer in a person's own words is its result", async () => {
    const stage = await openStage({
      script: steps(
        ask,
        ({ results }) => {
          const { name, text, isError } = results.at(-1) ?? {};
          expect({ name, isError }).toEqual({ name: "ask_person", isError: false });
          expect(text).toMatch(/^<reply-\w+>\ntwenty, please; not \[hidden\]\n<\/reply-\w+>$/);
          return edit;
        },
        finish,
        finish,
      ),
    });
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({
      state: "waiting",
      waiting: { for: "question", question: "Which VAT is it to be?", options: ["The full one", "7"] },
      turns: 1,
    });
    expect(await stage.store.work(stage.job.id, 1).leaseUntil()).toBeLessThan(Date.now());

    const text = `twenty, please; not ${stage.secrets[1]}`;
    await says(stage, text, { answer: "Going on: 1 run: acme/shop." });
    await stage.write({ type: "resume", by: "U0ANN", given: { kind: "reply", text } });
    await queueAgain(stage);
    expect((await stage.play(second)).code).toBe(0);
    const run = await stage.run();
    expect(run).toMatchObject({ outcome: "changed", turns: 4 });
    expect(run.reply).toBeUndefined();
    expect(applied(stage, await stage.patch())).toContain("vat = 20");
    // What answered the question is no message beside it.
    expect(JSON.stringify(asked(stage))).not.toContain("<message-");
    expect((await turnsOf(stage)).map(({ turn }) => turn)).toEqual([0, 1, 2, 3, 4]);
  });

  test("whose machine dies before the run waits is asked by the next one, without another call of the model", async () => {
    const stage = await openStage({ script: steps(ask) });
    await stage.play();
    const { waiting } = await stage.run();
    await stage.store.jobs.changeRun(stage.job.id, 1, (run) => ({
      ...run,
      state: "running",
      waiting: undefined,
    }));
    expect((await stage.play()).code).toBe(0);
    expect((await stage.run()).waiting).toMatchObject({
      for: "question",
      question: "Which VAT is it to be?",
    });
    expect((await stage.run()).waiting?.since).toBeGreaterThan(waiting?.since ?? 0);
    expect(asked(stage)).toHaveLength(1);
  });

  test("an answer that was taken before its machine died is not the answer to the next question", async () => {
    const stage = await openStage({ script: steps(ask, ask) });
    await stage.play();
    await stage.write({ type: "resume", by: "U0ANN", given: { kind: "reply", text: "7" } });
    await queueAgain(stage);
    await stage.play(second);
    expect(await stage.run()).toMatchObject({ state: "waiting", turns: 2 });
    expect((await stage.run()).reply).toBeUndefined();
    expect(JSON.stringify(asked(stage)[1])).toContain("\\n7\\n");
  });
});

describe("a limit", { timeout }, () => {
  test("waits, and goes on with what a person allows; the offer is the run's share again", async () => {
    const stage = await openStage({
      script: ({ turn }) => [dear(edit), finish, finish][turn] ?? finish,
      job: { budgetUsd: 0.1 },
    });
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    expect((await stage.run()).waiting).toMatchObject({
      for: "budget",
      reached: expect.stringMatching(/^\$0\.1\d of the \$0\.10 for this repository$/),
      offerUsd: 0.1,
    });
    expect(stage.github.record.pushes).toEqual([]);

    await stage.write({ type: "resume", by: "U0ANN", given: { kind: "more" } });
    await queueAgain(stage);
    expect((await stage.play(second)).code).toBe(0);
    expect(await stage.run()).toMatchObject({ outcome: "changed", grantedUsd: 0.1, turns: 3 });
    expect(applied(stage, await stage.patch())).toContain("vat = 20");
  });

  test("delivers what is there, and says so, without another call of the model", async () => {
    const stage = await openStage({ script: () => dear(edit), job: { budgetUsd: 0.1 } });
    await stage.play();
    await stage.write({ type: "resume", by: "U0ANN", given: { kind: "deliver" } });
    await queueAgain(stage);
    const { code, output } = await stage.play(second);
    expect(code, output).toBe(0);
    const run = await stage.run();
    expect(run).toMatchObject({
      outcome: "changed",
      summary: expect.stringMatching(/^Stopped at its limit \(\$0\.1\d of .*\)[\s\S]*editing src\/price\.ts/),
      verification: expect.stringContaining("Not checked"),
      pullRequest: { number: 1 },
    });
    expect((await stage.github.record.pullRequests())[0]?.body).toContain("Stopped at its limit");
    expect(applied(stage, await stage.patch())).toContain("vat = 20");
    expect(asked(stage)).toHaveLength(1);
  });

  test("with nothing changed there is nothing to deliver, which is no need of no change", async () => {
    const stage = await openStage({ script: () => dear(command("ls")), job: { budgetUsd: 0.1 } });
    await stage.play();
    await stage.write({ type: "resume", by: "U0ANN", given: { kind: "deliver" } });
    await queueAgain(stage);
    expect((await stage.play(second)).code).toBe(0);
    expect(await stage.run()).toMatchObject({
      outcome: "failed",
      reason: { kind: "limit-reached", detail: "nothing had been changed yet" },
    });
  });
});

describe("the minutes of a round", { timeout }, () => {
  test("count over all its machines: where they are used up, nothing is cloned or asked", async () => {
    const stage = await openStage({ script: steps(), run: { workedMs: maxRoundMs } });
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({
      state: "waiting",
      waiting: { for: "budget", reached: "55 minutes", offerUsd: 3 },
    });
    expect(stage.claude.record.requests).toEqual([]);
    expect(stage.github.record.calls).toEqual([]);
  });

  test("are stored as they pass, so that a machine that dies takes none along, and more can be allowed", async () => {
    const before = 20 * 60_000;
    const stage = await openStage({
      script: ({ turn }) => [edit, command("sleep 60"), finish, finish][turn] ?? finish,
      run: { workedMs: before },
    });
    const runner = stage.start();
    await until(async () => (await turnsOf(stage)).length >= 2);
    expect((await stage.run()).machine?.leftMs).toBe(maxRoundMs - before);
    runner.child.kill("SIGTERM");
    expect((await runner.ended).code).toBe(20);
    const { workedMs = 0 } = await stage.run();
    expect(workedMs).toBeGreaterThan(before);

    await stage.write({ type: "wait", waiting: { for: "budget", since: 1, reached: "$3.00", offerUsd: 3 } });
    await stage.write({ type: "resume", by: "U0ANN", given: { kind: "more" } });
    await queueAgain(stage);
    expect((await stage.play(second)).code).toBe(0);
    const run = await stage.run();
    expect(run).toMatchObject({ outcome: "changed", machine: { leftMs: maxRoundMs } });
    expect(run.workedMs).toBeGreaterThan(workedMs);
  });
});

describe("a spend limit of the key", { timeout }, () => {
  test("that this run meets lets it wait with its work, and is there for every other run to read", async () => {
    const stage: Stage = await openStage({
      script: (conversation) => {
        if (conversation.turn === 0) stage.claude.fault.next({ kind: "spend limit", of: "billing" });
        return change(conversation);
      },
    });
    expect((await stage.play()).code).toBe(0);
    const limit = await stage.store.spendLimit.read();
    expect(limit).toMatchObject({ since: expect.any(Number), reached: expect.stringContaining("billing") });
    expect(await stage.run()).toMatchObject({ state: "waiting", waiting: { for: "spend-limit", ...limit } });

    await stage.store.spendLimit.lift(limit ?? { since: 0 }, Date.now());
    await stage.write({ type: "lift" });
    await queueAgain(stage);
    const { code, output } = await stage.play(second);
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({ outcome: "changed" });
    expect(applied(stage, await stage.patch())).toContain("vat = 20");
  });

  test("that another run met is heard between two turns: the turn is stored, and Claude is not asked again", async () => {
    const stage = await openStage({
      script: ({ turn }) => [edit, command("sleep 12"), finish, finish][turn] ?? finish,
    });
    const runner = stage.start();
    await until(async () => (await turnsOf(stage)).length >= 2);
    const limit = await stage.store.spendLimit.reach({ since: 7, reached: "It is reached." });
    expect((await runner.ended).code).toBe(0);
    expect(await stage.run()).toMatchObject({
      state: "waiting",
      waiting: { for: "spend-limit", ...limit },
      turns: 2,
    });
    // The command came to its end, and what it said is stored.
    expect(JSON.stringify((await turnsOf(stage)).at(-1)?.messages)).toContain("exit code 0");
    expect(asked(stage)).toHaveLength(2);
  });

  test("that was met before the machine began costs no clone and no call", async () => {
    const stage = await openStage({ script: change });
    await stage.store.spendLimit.reach({ since: 7, reached: "It is reached." });
    expect((await stage.play()).code).toBe(0);
    expect((await stage.run()).waiting).toMatchObject({ for: "spend-limit", since: 7 });
    expect(stage.claude.record.requests).toEqual([]);
    expect(stage.github.record.calls).toEqual([]);
  });
});

describe("a pause", { timeout }, () => {
  test("breaks a command off, keeps the work, and another machine goes on", async () => {
    const stage = await openStage({
      script: ({ turn, results }) => {
        if (turn === 2) expect(results.at(-1)?.text).toContain("Interrupted");
        return [edit, command("echo 1 > kept.txt; sleep 3573", 600), finish, finish][turn] ?? finish;
      },
    });
    const runner = stage.start();
    await until(async () => running("^sleep 3573$") !== "");
    await stage.write({ type: "pause", by: "U0BEN" });
    const at = Date.now();
    expect((await runner.ended).code).toBe(0);
    expect(Date.now() - at).toBeLessThan(15_000);
    expect(running("^sleep 3573$")).toBe("");
    const paused = await stage.run();
    expect(paused).toMatchObject({ state: "waiting", waiting: { for: "paused", by: "U0BEN" }, turns: 2 });
    expect(paused.pause).toBeUndefined();

    await stage.write({ type: "resume", by: "U0ANN", given: { kind: "resume" } });
    await queueAgain(stage);
    const { code, output } = await stage.play(second);
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({ outcome: "changed", turns: 4 });
    const patch = await stage.patch();
    expect(applied(stage, patch)).toContain("vat = 20");
    expect(applied(stage, patch, "kept.txt")).toBe("1\n");
  });

  test("loses against a stop", async () => {
    const stage = await openStage({ script: steps(edit, command("sleep 3574", 600)) });
    const runner = stage.start();
    await until(async () => running("^sleep 3574$") !== "");
    await stage.write({ type: "pause", by: "U0BEN" });
    await stage.write({ type: "stop", by: "U0ANN" });
    const at = Date.now();
    expect((await runner.ended).code).toBe(0);
    expect(Date.now() - at).toBeLessThan(15_000);
    expect(await stage.run()).toMatchObject({ state: "done", outcome: "cancelled" });
  });
});

describe("what people write", { timeout }, () => {
  test("reaches the model once, before its next call, also where the machine is another one by then", async () => {
    const stage = await openStage({
      script: ({ turn }) => [command("sleep 2.5"), command("sleep 60"), edit, finish, finish][turn] ?? finish,
    });
    await says(stage, "Before it began", { by: "U0ANN" });
    const runner = stage.start();
    await until(async () => asked(stage).length > 0);
    await says(stage, `While it worked ${stage.secrets[0]}`);
    await says(stage, "For another run's question", { answer: "Going on: 1 run: acme/other." });
    await until(async () => (await turnsOf(stage)).length >= 2);
    await until(async () => asked(stage).length > 1);
    runner.child.kill("SIGTERM");
    expect((await runner.ended).code).toBe(20);
    expect((await stage.play({ AWS_BATCH_JOB_ATTEMPT: "2" })).code).toBe(0);

    const bodies = asked(stage).map(({ messages }) => JSON.stringify(messages));
    const counts = bodies.map((body) => [
      body.split("Before it began").length - 1,
      body.split("While it worked").length - 1,
    ]);
    expect(counts).toEqual([[1, 0], ...Array(counts.length - 1).fill([1, 1])]);
    expect(bodies[1]).toMatch(/<message-\w+ by=\\"U0BEN\\">\\nWhile it worked \[hidden\]\\n<\/message-\w+>/);
    expect(bodies[1]).toContain('by=\\"U0ANN, who asked for this\\"');
    expect(bodies.join()).not.toContain("another run's question");
    expect(await stage.run()).toMatchObject({ outcome: "changed" });
  });
});

describe("guidance of a folder", { timeout }, () => {
  test("comes once, with the first result from there; that of the root stays where it was", async () => {
    const read = (path: string): Reply => ({ calls: [{ name: "read_file", input: { path } }] });
    const stage = await openStage({
      script: ({ turn }) =>
        [read("src/deep/a.ts"), read("src/deep/b.ts"), read("src/price.ts"), edit, finish, finish][turn] ??
        finish,
      files: {
        "AGENTS.md": "Of the root.\n",
        "src/CLAUDE.md": "Of the sources.\n",
        "src/deep/AGENTS.md": "Of the depth.\n",
        "src/deep/CLAUDE.md": "Of the depth.\n",
        "src/deep/a.ts": "1\n",
        "src/deep/b.ts": "2\n",
        "src/price.ts": "export const vat = 19;\n",
      },
    });
    expect((await stage.play()).code).toBe(0);
    const bodies = asked(stage).map(({ messages }) => JSON.stringify(messages));
    const seen = (text: string) => bodies.map((body) => body.split(text).length - 1);
    expect(seen("Of the root.")).toEqual([1, 1, 1, 1, 1, 1]);
    expect(seen("Of the depth.")).toEqual([0, 1, 1, 1, 1, 1]);
    expect(seen("Of the sources.")).toEqual([0, 0, 0, 1, 1, 1]);
  });
});

test("the plan is on the run while it works", { timeout }, async () => {
  const plan = [
    { step: "Find the VAT", status: "done" },
    { step: "Raise it", status: "doing" },
  ];
  const stage = await openStage({
    script: ({ turn }) =>
      turn === 0
        ? { calls: [{ name: "update_plan", input: { steps: plan } }, ...(edit.calls ?? [])] }
        : finish,
  });
  expect((await stage.play()).code).toBe(0);
  expect((await stage.run()).plan).toEqual(plan);
});

/** Processes whose command line matches, in lines of `pid command`. */
function running(pattern: string): string {
  return spawnSync("pgrep", ["-fa", "--", pattern], { encoding: "utf8" }).stdout;
}
