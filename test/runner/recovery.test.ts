// Runners that are stopped, killed, doubled or too late: one round is done once, whoever does it.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { steps } from "../world/claude/script.ts";
import { change, command, edit, finish, nothing } from "./replies.ts";
import { applied, openStage, type Stage, turnsOf, until } from "./stage.ts";

/** Each test starts a table, a GitHub, a Claude and one or two runners. */
const timeout = 60_000;

describe("who works", { timeout }, () => {
  test("a second runner finds the lease taken, ends with 0 and does nothing", async () => {
    const stage = await openStage({ script: steps() });
    await stage.store.work(stage.job.id, 1).takeLease("other#1", Date.now());
    const before = await stage.run();
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toEqual(before);
    expect(stage.claude.record.requests).toEqual([]);
    expect(stage.github.record.calls).toEqual([]);
  });

  test("two at once make one change", async () => {
    const stage = await openStage({ script: change });
    const both = [stage.start(), stage.start({ AWS_BATCH_JOB_ID: "batch-2" })];
    const ends = await Promise.all(both.map(({ ended }) => ended));
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(await stage.run()).toMatchObject({ outcome: "changed" });
    expect(stage.github.record.pushes).toHaveLength(1);
    expect(stage.claude.record.requests.filter(({ route }) => route.startsWith("POST"))).toHaveLength(3);
  });

  test("a round that has ended is not begun again", async () => {
    const stage = await openStage({ script: steps(nothing) });
    await stage.play();
    const before = await stage.run();
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toEqual(before);
  });

  test("a lease that is lost ends it: nothing more is stored or pushed", async () => {
    const stage = await openStage({ script: steps(edit, command("sleep 60"), finish, finish) });
    const runner = stage.start();
    await until(async () => (await turnsOf(stage)).length >= 2);
    // As if this runner had been away for too long, and another were at work now.
    const later = Date.now() + 10 * 60_000;
    await stage.store.work(stage.job.id, 1).takeLease("other#1", later);
    const { code } = await runner.ended;
    expect(code).toBe(20);
    expect(await stage.run()).toMatchObject({ state: "running" });
    expect(await turnsOf(stage)).toHaveLength(2);
    expect(stage.github.record.pushes).toEqual([]);
    expect(await stage.store.work(stage.job.id, 1).leaseUntil()).toBeGreaterThan(later);
  });
});

describe("being broken off", { timeout }, () => {
  test("a stop ends it within seconds, with nothing pushed and nothing left running", async () => {
    const stage = await openStage({ script: steps(edit, command("sleep 3571", 600)) });
    const runner = stage.start();
    await until(async () => (await turnsOf(stage)).length >= 2);
    await stage.write({ type: "stop", by: "U0ANN" });
    const asked = Date.now();
    expect((await runner.ended).code).toBe(0);
    expect(Date.now() - asked).toBeLessThan(15_000);
    expect(await stage.run()).toMatchObject({
      state: "done",
      outcome: "cancelled",
      costUsd: expect.any(Number),
    });
    expect(stage.github.record.pushes).toEqual([]);
    expect(running("^sleep 3571$")).toBe("");
  });

  test("a runner that was told to stop and died is followed by one that only says so", async () => {
    const stage = await openStage({ script: steps() });
    await stage.write({ type: "start" });
    await stage.write({ type: "stop", by: "U0ANN" });
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({ state: "done", outcome: "cancelled" });
  });

  test("a container that comes too late, when the run waits for another, leaves it alone", async () => {
    const stage = await openStage({ script: steps() });
    await stage.write({ type: "die", how: "Spot" });
    expect((await stage.play()).code).toBe(0);
    expect(await stage.run()).toMatchObject({ state: "queued" });
    expect(await stage.store.work(stage.job.id, 1).leaseUntil()).toBeLessThan(Date.now());
  });

  test("SIGTERM leaves the run as it is, with the lease free; the next attempt goes on from the last turn", async () => {
    const stage = await openStage({
      script: ({ turn }) => [edit, command("sleep 60.25"), finish, finish][turn] ?? finish,
    });
    const runner = stage.start();
    // In the middle of the call: one that had not begun would be made again, and take its whole minute.
    await until(async () => running("^sleep 60[.]25") !== "");
    const at = Date.now();
    runner.child.kill("SIGTERM");
    expect((await runner.ended).code).toBe(20);
    expect(Date.now() - at).toBeLessThan(5_000);
    expect(await stage.run()).toMatchObject({ state: "running" });

    expect((await stage.play({ AWS_BATCH_JOB_ATTEMPT: "2" })).code).toBe(0);
    await expectOneChange(stage);
    expect((await stage.run()).turns).toBe(4);
  });

  test("kill -9 at any moment, and the next runner goes on: one pull request, the same change", async () => {
    const stage = await openStage({
      script: ({ turn, results }) => {
        // What the edit did is still there, although the tree was made anew.
        if (turn >= 3) expect(results.at(-1)?.text).toMatch(/vat = 20|Accepted/);
        const replies = [
          edit,
          command("echo 1 > kept.txt"),
          command("sleep 2; cat src/price.ts"),
          finish,
          finish,
        ];
        return replies[turn] ?? finish;
      },
    });
    const runner = stage.start();
    await until(async () => (await turnsOf(stage)).length >= 3);
    runner.child.kill("SIGKILL");
    await runner.ended;
    // What it had started ends by itself.
    await until(async () => running(stage.folder) === "");
    const answered = stage.claude.record.requests.length;

    // The same attempt: its owner is the same, so the lease is its own.
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    await expectOneChange(stage);
    expect(applied(stage, await stage.patch(), "kept.txt")).toBe("1\n");
    // The model's name, and the turns that were still to come; at most one of them for the second time.
    expect(stage.claude.record.requests.length - answered).toBeLessThanOrEqual(4);
    expect(stage.claude.record.requests.every(({ status }) => status === 200)).toBe(true);
  });

  test("killed after the push, the next one adopts what is there", async () => {
    const stage = await openStage({ script: change });
    await stage.play();
    const { pullRequest } = await stage.run();
    await stage.store.jobs.changeRun(stage.job.id, 1, (run) => ({
      ...run,
      state: "publishing",
      outcome: undefined,
      headSha: undefined,
      pullRequest: undefined,
    }));
    const { code, output } = await stage.play();
    expect(code, output).toBe(0);
    expect(await stage.run()).toMatchObject({ outcome: "changed", pullRequest });
    await expectOneChange(stage);
  });

  test("the next attempt waits for the lease of the dead one", async () => {
    const stage = await openStage({ script: steps(nothing) });
    const left = 3_000;
    await stage.store.work(stage.job.id, 1).takeLease("batch-1#1", Date.now() - 60_000 + left);
    const started = Date.now();
    expect((await stage.play({ AWS_BATCH_JOB_ATTEMPT: "2" })).code).toBe(0);
    expect(Date.now() - started).toBeGreaterThan(left - 500);
    expect(await stage.run()).toMatchObject({ outcome: "unchanged" });
  });
});

async function expectOneChange(stage: Stage): Promise<void> {
  const run = await stage.run();
  expect(run).toMatchObject({ state: "done", outcome: "changed" });
  expect(await stage.github.record.pullRequests()).toHaveLength(1);
  expect(stage.github.record.pushes.flatMap(({ moves }) => moves)).toHaveLength(1);
  expect(applied(stage, await stage.patch())).toBe("export const vat = 20;\n");
}

/** Processes whose command line matches, in lines of `pid command`. */
function running(pattern: string): string {
  return spawnSync("pgrep", ["-fa", "--", pattern], { encoding: "utf8" }).stdout;
}
