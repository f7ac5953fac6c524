// The lease as one runner holds it, by a clock that the test turns, with a table that is sometimes away.
import { isRefusal, newRun, transition } from "@cody/core/job.ts";
import { leaseMs, workToldEveryMs } from "@cody/core/limits.ts";
import { makeLog } from "@cody/core/log.ts";
import type { Jobs, Work } from "@cody/core/ports/store.ts";
import type { Job, Run, SpendLimit } from "@cody/core/schema.ts";
import { expect, onTestFinished, test } from "vitest";
import { Heartbeat } from "../../packages/runner/src/heartbeat.ts";

const everyMs = 5;

/** A table of one run and one lease; `away` makes every call of it fail. */
async function begin(before: Partial<Run> = {}) {
  const limit = undefined as SpendLimit | undefined;
  const state = { now: 1_000_000, away: false, holder: "", until: 0, writes: 0, limit };
  const repository = {
    id: 1,
    fullName: "a/b",
    defaultBranch: "main",
    private: false,
    archived: false,
    mayPush: true,
  };
  let run: Run = { ...newRun({ id: "aaaaaaaaaa" } as Job, 1, repository, 1), state: "running", ...before };
  const there = () => {
    if (state.away) throw new Error("the table is away");
  };
  const jobs = {
    async readRun() {
      there();
      return run;
    },
    async changeRun(_job: string, _number: number, decide: (newest: Run) => Run | { refused: string }) {
      there();
      const changed = decide(run);
      if (isRefusal(changed)) return changed;
      state.writes += 1;
      run = changed;
      return run;
    },
  } as Partial<Jobs> as Jobs;
  const take = async (owner: string, now: number) => {
    there();
    if (state.holder !== owner && state.until >= now) return false;
    Object.assign(state, { holder: owner, until: now + leaseMs });
    return true;
  };
  const work = {
    takeLease: take,
    async renewLease(owner: string, now: number) {
      there();
      if (state.holder !== owner) return false;
      return take(owner, now);
    },
    async giveLease() {
      there();
      state.until = 0;
    },
    leaseUntil: async () => state.until || undefined,
  } as Partial<Work> as Work;
  const spendLimit = {
    async read() {
      there();
      return state.limit;
    },
  };
  const terminated = new AbortController();
  const log = makeLog({ level: "error", redact: (text) => text, write: () => {}, now: () => state.now });
  const options = {
    jobs,
    work,
    spendLimit,
    run,
    owner: "me#1",
    terminated: terminated.signal,
    now: () => state.now,
    log,
    everyMs,
  };
  const heartbeat = await Heartbeat.begin(options);
  if (!heartbeat) throw new Error("the lease was taken");
  onTestFinished(() => heartbeat.end());
  const change = (next: Run | { refused: string }) => {
    if (!isRefusal(next)) run = next;
  };
  return { state, heartbeat, terminated, read: () => run, change, options };
}

const beats = (count = 4) => new Promise((resolve) => setTimeout(resolve, everyMs * count * 2));

test("what is reported is written with the next beat, all of it at once, and nothing where there is nothing new", async () => {
  const { state, heartbeat, read } = await begin();
  await heartbeat.tell({ progress: "cloning" });
  for (let turns = 1; turns <= 50; turns += 1) heartbeat.report({ turns, progress: `turn ${turns}` });
  expect(state.writes).toBe(1);
  await beats();
  expect(state.writes).toBe(2);
  expect(read()).toMatchObject({ turns: 50, progress: "turn 50" });
});

test("a pause is heard with the next beat, and says who asked; while it is published it is not", async () => {
  const paused = await begin();
  paused.change(transition(paused.read(), { type: "pause", by: "U1" }, 1));
  await beats();
  expect(paused.heartbeat.signal.reason).toMatchObject({ kind: "paused", message: "U1" });

  const late = await begin();
  late.change(transition(late.read(), { type: "pause", by: "U1" }, 1));
  late.change(transition(late.read(), { type: "publish" }, 1));
  await beats();
  expect(late.heartbeat.signal.aborted).toBe(false);
});

test("a stop wins over a pause", async () => {
  const { heartbeat, read, change } = await begin();
  change(transition(read(), { type: "pause", by: "U1" }, 1));
  change(transition(read(), { type: "stop", by: "U2" }, 1));
  await beats();
  expect(heartbeat.signal.reason).toMatchObject({ kind: "stopped" });
});

test("a run that waits keeps what was reported, and its lease is free at the end", async () => {
  const { state, heartbeat, read } = await begin();
  heartbeat.report({ turns: 3 });
  const waiting = { for: "question", since: 1, question: "Which?", options: ["A", "B"] } as const;
  await heartbeat.write({ type: "wait", waiting: { ...waiting, options: [...waiting.options] } });
  await heartbeat.end();
  expect(read()).toMatchObject({ state: "waiting", turns: 3, waiting });
  expect(state.until).toBe(0);
});

test("a table that is away for half a minute is no reason to stop", async () => {
  const { state, heartbeat } = await begin();
  state.away = true;
  state.now += leaseMs / 2;
  await beats();
  expect(heartbeat.signal.aborted).toBe(false);
  state.away = false;
  await beats();
  state.now += leaseMs - 1;
  expect(() => heartbeat.assertHeld()).not.toThrow();
});

test("a lease that could not be renewed in time is lost, and nothing is written from then on", async () => {
  const { state, heartbeat, read } = await begin();
  state.away = true;
  state.now += leaseMs;
  expect(() => heartbeat.assertHeld()).toThrow(/lease/);
  state.away = false;
  await expect(heartbeat.write({ type: "publish" })).rejects.toMatchObject({ kind: "lease-lost" });
  expect(read().state).toBe("running");
  await beats();
  expect(heartbeat.signal.reason).toMatchObject({ kind: "lease-lost" });
});

test("somebody else's lease, an ended run and a new round all end it", async () => {
  for (const end of ["lease", "run", "round"] as const) {
    const { state, heartbeat, read, change } = await begin();
    if (end === "lease") state.holder = "other#1";
    if (end === "run") change(transition(read(), { type: "finish", outcome: "cancelled", result: {} }, 1));
    if (end === "round") change({ ...read(), round: 2 });
    await beats();
    expect(heartbeat.signal.reason, end).toMatchObject({ kind: "lease-lost" });
  }
});

test("a stop is heard with the next beat, and still written about", async () => {
  const { heartbeat, read, change } = await begin();
  change(transition(read(), { type: "stop", by: "U1" }, 1));
  await beats();
  expect(heartbeat.signal.reason).toMatchObject({ kind: "stopped" });
  expect(await heartbeat.write({ type: "publish" })).toHaveProperty("refused");
  expect(await heartbeat.write({ type: "finish", outcome: "cancelled", result: {} })).toMatchObject({
    state: "done",
  });
});

test("at the end what was reported last is written, and the lease is free", async () => {
  const { state, heartbeat, read } = await begin();
  heartbeat.report({ costUsd: 0.5 });
  await heartbeat.end();
  expect(read().costUsd).toBe(0.5);
  expect(state.until).toBe(0);
});

test("a later attempt leaves the lease of somebody alive alone", async () => {
  const { state, options } = await begin();
  state.now += 10;
  // The first one beats meanwhile, and each beat moves the end of its lease.
  setTimeout(() => (state.now += 10), everyMs);
  expect(
    await Heartbeat.beginAfterDeath({ ...options, owner: "me#2", everyMs: everyMs * 10 }),
  ).toBeUndefined();
});

test("a write goes through once the table is back, and with it what was reported", async () => {
  const { state, heartbeat, read } = await begin();
  heartbeat.report({ turns: 7 });
  state.away = true;
  setTimeout(() => (state.away = false), 300);
  expect(await heartbeat.write({ type: "publish" })).toMatchObject({ state: "publishing" });
  expect(read().turns).toBe(7);
});

test("the time that was worked is written with everything else, on top of what earlier machines worked", async () => {
  const { state, heartbeat, read } = await begin({ workedMs: 20 * 60_000 });
  state.now += 7_000;
  await heartbeat.tell({ progress: "thinking" });
  expect(read().workedMs).toBe(20 * 60_000 + 7_000);
  state.now += 3_000;
  await heartbeat.write({ type: "finish", outcome: "unchanged", result: {} });
  expect(read().workedMs).toBe(20 * 60_000 + 10_000);
});

test("a long command is told every minute, and not with each beat", async () => {
  const { state, heartbeat, read } = await begin();
  await heartbeat.tell({ progress: "running make" });
  // A lease does not last for a jump of a minute.
  for (let passed = 0; passed < workToldEveryMs; passed += workToldEveryMs / 4) {
    expect(state.writes).toBe(1);
    state.now += workToldEveryMs / 4;
    await beats();
  }
  await expect.poll(() => state.writes, { timeout: 5_000 }).toBe(2);
  expect(read().workedMs).toBe(workToldEveryMs);
});

test("a machine that is taken away tells how long it has worked", async () => {
  const { state, heartbeat, read } = await begin({ workedMs: 1_000 });
  state.now += 9_000;
  await heartbeat.end();
  expect(read()).toMatchObject({ state: "running", workedMs: 10_000 });
});

test("a spend limit that another run met is heard with the next beat, and breaks nothing off by itself", async () => {
  const { state, heartbeat } = await begin();
  const limit = { since: 7, reached: "The limit is reached." };
  state.limit = limit;
  await expect.poll(() => heartbeat.noMore.aborted, { timeout: 5_000 }).toBe(true);
  expect(heartbeat.noMore.reason).toMatchObject({ kind: "spend-limit", limit });
  expect(heartbeat.signal.aborted).toBe(false);
});

test("a spend limit is heard at once where that is asked for", async () => {
  const { state, heartbeat } = await begin();
  await heartbeat.hearSpendLimit();
  expect(heartbeat.noMore.aborted).toBe(false);
  state.limit = { since: 7, reached: "The limit is reached." };
  await heartbeat.hearSpendLimit();
  expect(heartbeat.noMore.aborted).toBe(true);
});

test("a later attempt takes the lease that the one before gives back meanwhile", async () => {
  const { heartbeat, options } = await begin();
  setTimeout(() => void heartbeat.end(), everyMs);
  const later = await Heartbeat.beginAfterDeath({ ...options, owner: "me#2", everyMs: everyMs * 10 });
  expect(later).toBeDefined();
  await later?.end();
});
