// The life of a run: which event leads where, and what no order of events can break.
import { timeLeftMs } from "@cody/core/budget.ts";
import {
  type Given,
  isOver,
  isRefusal,
  type JobStatus,
  jobStatus,
  needsClaude,
  newRun,
  type RunEvent,
  transition,
} from "@cody/core/job.ts";
import { maxAttempts, maxRoundMs, maxTurns } from "@cody/core/limits.ts";
import type { Run } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { endedRun, exampleDiff, exampleJob, exampleRun, repository, start } from "./examples.ts";

const later = start + 60_000;
const reason = { kind: "stuck", detail: "it went in circles" } as const;

const states = {
  queued: exampleRun(),
  submitted: exampleRun({ state: "submitted", attempts: 1, submittedAt: start }),
  running: exampleRun({
    state: "running",
    attempts: 1,
    submittedAt: start,
    startedAt: start + 1_000,
    turns: 3,
  }),
  stopping: exampleRun({ state: "running", attempts: 1, startedAt: start, stop: { by: "U2", at: start } }),
  paused: exampleRun({ state: "waiting", attempts: 1, waiting: { for: "paused", since: start, by: "U2" } }),
  asking: exampleRun({
    state: "waiting",
    attempts: 1,
    waiting: { for: "question", since: start, question: "Which version?", options: ["2.17", "2.24"] },
  }),
  limited: exampleRun({
    state: "waiting",
    attempts: 1,
    waiting: { for: "spend-limit", since: start, reached: "The limit is reached." },
  }),
  publishing: exampleRun({ state: "publishing", attempts: 1, startedAt: start, progress: "publishing" }),
  done: endedRun("changed"),
} satisfies Record<string, Run>;

const events = {
  submit: { type: "submit" },
  submitted: { type: "submitted", queueJob: "batch-1" },
  start: { type: "start" },
  progress: { type: "progress", progress: { turns: 4, progress: "running the tests" } },
  stop: { type: "stop", by: "U3" },
  pause: { type: "pause", by: "U3" },
  wait: {
    type: "wait",
    waiting: { for: "hold", since: later, reasons: ["it changes a workflow"], change: "b..t" },
  },
  resume: { type: "resume", by: "U3", given: { kind: "resume" } },
  reply: { type: "resume", by: "U3", given: { kind: "reply", text: "2.24" } },
  limit: { type: "limit", limit: { since: later, reached: "The limit is reached." } },
  lift: { type: "lift" },
  publish: { type: "publish" },
  finish: { type: "finish", outcome: "changed", result: { summary: "Done." } },
  fail: { type: "fail", reason },
  die: { type: "die", how: "exit code 137" },
} satisfies Record<string, RunEvent>;

/** Where each event leads; what is not a state and an outcome is why it is refused. */
const table: Record<keyof typeof states, Record<keyof typeof events, string>> = {
  queued: {
    submit: "submitted",
    submitted: "queued",
    start: "nothing was submitted",
    progress: "the run is queued",
    stop: "done cancelled",
    pause: "waiting",
    wait: "the run is queued",
    resume: "it is not waiting",
    reply: "it is not waiting",
    limit: "waiting",
    lift: "it does not wait for a spend limit",
    publish: "the run is queued",
    finish: "done changed",
    fail: "done failed",
    die: "no runner was at work",
  },
  submitted: {
    submit: "already submitted",
    submitted: "submitted",
    start: "running",
    progress: "the run is submitted",
    stop: "done cancelled",
    pause: "waiting",
    wait: "the run is submitted",
    resume: "it is not waiting",
    reply: "it is not waiting",
    limit: "the run is submitted",
    lift: "it does not wait for a spend limit",
    publish: "the run is submitted",
    finish: "done changed",
    fail: "done failed",
    die: "queued",
  },
  running: {
    submit: "the run is running",
    submitted: "running",
    start: "running",
    progress: "running",
    stop: "running",
    pause: "running",
    wait: "waiting",
    resume: "it is not waiting",
    reply: "it is not waiting",
    limit: "the run is running",
    lift: "it does not wait for a spend limit",
    publish: "publishing",
    finish: "done changed",
    fail: "done failed",
    die: "queued",
  },
  stopping: {
    submit: "someone asked to stop",
    submitted: "running",
    start: "someone asked to stop",
    progress: "running",
    stop: "running",
    pause: "running",
    wait: "someone asked to stop",
    resume: "it is not waiting",
    reply: "it is not waiting",
    limit: "someone asked to stop",
    lift: "it does not wait for a spend limit",
    publish: "someone asked to stop",
    finish: "done cancelled",
    fail: "done failed",
    die: "done cancelled",
  },
  paused: {
    submit: "the run is waiting",
    submitted: "waiting",
    start: "it waits for a person",
    progress: "the run is waiting",
    stop: "done cancelled",
    pause: "it is waiting already",
    wait: "the run is waiting",
    resume: "queued",
    reply: "it is waiting for something else",
    limit: "the run is waiting",
    lift: "it does not wait for a spend limit",
    publish: "the run is waiting",
    finish: "done changed",
    fail: "done failed",
    die: "no runner was at work",
  },
  asking: {
    submit: "the run is waiting",
    submitted: "waiting",
    start: "it waits for a person",
    progress: "the run is waiting",
    stop: "done cancelled",
    pause: "it is waiting already",
    wait: "the run is waiting",
    resume: "it is waiting for something else",
    reply: "queued",
    limit: "the run is waiting",
    lift: "it does not wait for a spend limit",
    publish: "the run is waiting",
    finish: "done changed",
    fail: "done failed",
    die: "no runner was at work",
  },
  limited: {
    submit: "the run is waiting",
    submitted: "waiting",
    start: "it waits for a person",
    progress: "the run is waiting",
    stop: "done cancelled",
    pause: "it is waiting already",
    wait: "the run is waiting",
    resume: "queued",
    reply: "it is waiting for something else",
    limit: "the run is waiting",
    lift: "queued",
    publish: "the run is waiting",
    finish: "done changed",
    fail: "done failed",
    die: "no runner was at work",
  },
  publishing: {
    submit: "the run is publishing",
    submitted: "publishing",
    start: "publishing",
    progress: "publishing",
    stop: "it is already being published",
    pause: "it is already being published",
    wait: "the run is publishing",
    resume: "it is not waiting",
    reply: "it is not waiting",
    limit: "the run is publishing",
    lift: "it does not wait for a spend limit",
    publish: "publishing",
    finish: "done changed",
    fail: "done failed",
    die: "queued",
  },
  done: {
    submit: "the run has ended",
    submitted: "the run has ended",
    start: "the run has ended",
    progress: "the run has ended",
    stop: "the run has ended",
    pause: "the run has ended",
    wait: "the run has ended",
    resume: "the run has ended",
    reply: "the run has ended",
    limit: "the run has ended",
    lift: "the run has ended",
    publish: "the run has ended",
    finish: "the run has ended",
    fail: "the run has ended",
    die: "the run has ended",
  },
};

const cells = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([event, leadsTo]) => ({ state, event, leadsTo })),
);

test.each(cells)("$state + $event → $leadsTo", ({ state, event, leadsTo }) => {
  const before = states[state as keyof typeof states];
  const result = transition(before, events[event as keyof typeof events], later);
  const words = isRefusal(result) ? result.refused : [result.state, result.outcome].filter(Boolean).join(" ");
  expect(words).toBe(leadsTo);
});

describe("what an event changes", () => {
  test("submitting counts the attempt and forgets the Batch job of the one before", () => {
    expect(taken(exampleRun({ attempts: 2, queueJob: "batch-0" }), events.submit)).toMatchObject({
      attempts: 3,
      submittedAt: later,
      queueJob: undefined,
    });
  });

  test("a second Batch job for the same attempt is refused, the same one again is not", () => {
    const run = { ...states.submitted, queueJob: "batch-0" };
    expect(transition(run, events.submitted, later)).toEqual({ refused: "another Batch job is at work" });
    expect(taken(run, { type: "submitted", queueJob: "batch-0" })).toEqual(run);
  });

  test("a round that goes on keeps the time it began", () => {
    expect(taken(states.submitted, events.start).startedAt).toBe(later);
    expect(taken(states.running, events.start).startedAt).toBe(states.running.startedAt);
  });

  test("the first to ask for a stop is the one who is named", () => {
    expect(taken(states.running, events.stop).stop).toEqual({ by: "U3", at: later });
    expect(taken(states.stopping, events.stop).stop).toEqual({ by: "U2", at: start });
  });

  test("an end clears what it was doing, and keeps what it brought", () => {
    const run = taken({ ...states.publishing, diff: exampleDiff() }, events.finish);
    expect(run).toMatchObject({ endedAt: later, summary: "Done.", diff: exampleDiff(), progress: undefined });
  });

  test("a failure keeps its reason and what was done until then", () => {
    const run = taken(states.running, { type: "fail", reason, result: { diff: exampleDiff() } });
    expect(run).toMatchObject({ outcome: "failed", reason, diff: exampleDiff() });
  });
});

describe("a runner that dies", () => {
  test("is replaced, and the Batch job that is gone is forgotten", () => {
    const run = taken({ ...states.running, queueJob: "batch-1" }, events.die);
    expect(run).toMatchObject({
      state: "queued",
      death: { turns: 3, how: "exit code 137", count: 1 },
      queueJob: undefined,
    });
  });

  test("twice in the same way at the same turn ends the run", () => {
    const run = taken({ ...states.running, death: { turns: 3, how: "exit code 137", count: 1 } }, events.die);
    expect(run).toMatchObject({
      outcome: "failed",
      reason: { kind: "runner-died", detail: "exit code 137, twice at turn 3" },
    });
  });

  test.each([
    { turns: 2, how: "exit code 137", count: 1 },
    { turns: 3, how: "Host EC2 terminated", count: 1 },
  ])("twice with a difference does not: $how after turn $turns", (death) => {
    expect(taken({ ...states.running, death }, events.die).state).toBe("queued");
  });

  test("is not replaced after its fifth death, however often it waited for a person between them", () => {
    const run = taken(
      { ...states.running, attempts: 1, death: { turns: 2, how: "OOM", count: maxAttempts - 1 } },
      events.die,
    );
    expect(run).toMatchObject({
      outcome: "failed",
      reason: { kind: "runner-died", detail: "exit code 137" },
    });
  });
});

describe("a run that waits for a person", () => {
  test("gives its machine back, and forgets that it was asked to pause", () => {
    const pausing = taken(states.running, events.pause);
    expect(pausing).toMatchObject({ state: "running", pause: { by: "U3", at: later } });
    expect(taken(pausing, { type: "pause", by: "U9" }).pause).toEqual({ by: "U3", at: later });
    const waiting = taken(pausing, events.wait);
    expect(waiting).toMatchObject({ state: "waiting", waiting: events.wait.waiting });
    expect(waiting.pause).toBeUndefined();
  });

  test("that had not begun waits at once", () => {
    expect(taken(states.queued, events.pause).waiting).toEqual({ for: "paused", since: later, by: "U3" });
  });

  test("keeps what it was given, and goes back into the queue", () => {
    const queued = { state: "queued", waiting: undefined, queueJob: undefined };
    const ofBudget = { for: "budget", since: start, reached: "$3.00", offerUsd: 3 } as const;
    const budget = { ...states.asking, waiting: ofBudget, queueJob: "batch-1" };
    const hold = { ...states.asking, waiting: events.wait.waiting };
    const give = (given: Given): RunEvent => ({ type: "resume", by: "U3", given });
    expect(taken(states.asking, events.reply)).toMatchObject({ ...queued, reply: "2.24" });
    expect(taken(budget, give({ kind: "deliver" }))).toMatchObject({ ...queued, deliverAsIs: true });
    expect(taken(hold, give({ kind: "release" }))).toMatchObject({
      ...queued,
      released: { by: "U3", at: later, change: "b..t" },
    });
    const more = taken(budget, give({ kind: "more" }));
    expect(more).toMatchObject({ ...queued, grantedUsd: 3, grantedTurns: maxTurns });
    const again = taken({ ...more, state: "waiting", waiting: ofBudget }, give({ kind: "more" }));
    expect(again).toMatchObject({ grantedUsd: 6, grantedTurns: 2 * maxTurns });
  });

  test("has time for what was decided, however much was used; whoever only lets it go on grants none", () => {
    const spent = { workedMs: maxRoundMs - 60_000 };
    const ofBudget = { for: "budget", since: start, reached: "55 minutes", offerUsd: 3 } as const;
    const budget = { ...states.asking, ...spent, waiting: ofBudget };
    const hold = { ...states.asking, ...spent, waiting: events.wait.waiting };
    const give = (given: Given): RunEvent => ({ type: "resume", by: "U3", given });
    for (const decided of [
      taken(budget, give({ kind: "more" })),
      taken(budget, give({ kind: "deliver" })),
      taken(hold, give({ kind: "release" })),
    ])
      expect(timeLeftMs(decided)).toBe(maxRoundMs);
    expect(timeLeftMs(taken({ ...states.paused, ...spent }, events.resume))).toBe(60_000);
    expect(timeLeftMs(taken({ ...states.asking, ...spent }, events.reply))).toBe(60_000);
  });

  test("takes no answer to an earlier question", () => {
    expect(transition(states.asking, { ...events.reply, since: start - 1 }, later)).toEqual({
      refused: "it is no longer waiting for that",
    });
    expect(taken(states.asking, { ...events.reply, since: start }).state).toBe("queued");
  });
});

describe("the time of a round", () => {
  test("counts over all its machines, and each says since when it works and what was left", () => {
    const first = taken(states.submitted, events.start);
    expect(first.machine).toEqual({ since: later, leftMs: maxRoundMs });
    const worked = taken(first, { type: "progress", progress: { workedMs: 20 * 60_000 } });
    const queued = taken(worked, events.die);
    const second = taken(taken(queued, events.submit), events.start);
    expect(second.machine).toEqual({ since: later, leftMs: maxRoundMs - 20 * 60_000 });
    expect(second.startedAt).toBe(first.startedAt);
  });

  test("is counted anew in the next round", () => {
    const over = { ...states.done, workedMs: maxRoundMs, grantedMs: 1 };
    const next = taken(over, { type: "continue", task: { kind: "again", by: "U1" }, grantUsd: 3 });
    expect(timeLeftMs(next)).toBe(maxRoundMs);
  });

  test("does not end what is being published", () => {
    const publishing = taken({ ...states.running, workedMs: maxRoundMs }, events.publish);
    expect(timeLeftMs(publishing)).toBe(maxRoundMs);
  });
});

describe("a run that Claude keeps waiting", () => {
  const held = { since: start, why: "Claude is overloaded", until: later };

  test("no longer says so once its machine is gone, it waits for a person, or it is over", () => {
    const waiting = taken(states.running, { type: "progress", progress: { held } });
    expect(waiting.held).toEqual(held);
    for (const event of [events.start, events.die, events.wait, events.finish, events.fail])
      expect(taken(waiting, event).held).toBeUndefined();
  });
});

describe("a spend limit of the key", () => {
  test("lets a queued run wait since the limit was met, and go on when it is lifted", () => {
    const waiting = taken(states.queued, events.limit);
    expect(waiting.waiting).toEqual({ for: "spend-limit", ...events.limit.limit });
    expect(taken(waiting, events.lift)).toMatchObject({ state: "queued", waiting: undefined });
  });

  test.each<[string, Partial<Run>]>([
    ["is delivered as it is", { deliverAsIs: true }],
    ["was held and is let through", { released: { by: "U1", at: start, change: "b..t" } }],
    ["was being published", { publishingSince: start }],
    ["delivers its patch", { task: { kind: "apply-patch", by: "U1", to: "branch" } }],
  ])("is nothing to a run that %s", (_what, more) => {
    const run = exampleRun(more);
    expect(needsClaude(run)).toBe(false);
    expect(transition(run, events.limit, later)).toEqual({ refused: "it goes on without Claude" });
  });

  test("does not keep a run that is being stopped", () => {
    const run = exampleRun({ stop: { by: "U1", at: start } });
    expect(transition(run, events.limit, later)).toEqual({ refused: "someone asked to stop" });
  });
});

describe("a new run", () => {
  test("works on the job's branch, from the repository's own base", () => {
    const run = newRun(exampleJob(), 2, repository("docs", { defaultBranch: "trunk" }), start);
    expect(run).toMatchObject({
      job: "abcdefgh23",
      number: 2,
      round: 1,
      state: "queued",
      baseBranch: "trunk",
      branch: "cody/abcdefgh23",
      attempts: 0,
      costUsd: 0,
      queuedAt: start,
    });
  });

  test("takes the base that was asked for", () => {
    expect(newRun(exampleJob({ baseBranch: "release/2" }), 1, repository("docs"), start).baseBranch).toBe(
      "release/2",
    );
  });
});

describe("the status of a job", () => {
  const two = exampleJob({ repositories: [repository("shop"), repository("docs")] });
  const refused = exampleJob({ refused: { kind: "channel-unavailable", detail: "it is archived" } });

  const cases: { name: string; job?: typeof two; runs: Run[]; status: JobStatus; over: boolean }[] = [
    { name: "no run yet", runs: [], status: "starting", over: false },
    { name: "refused", job: refused, runs: [], status: "refused", over: true },
    {
      name: "not all runs created, the first failed at once",
      runs: [endedRun("failed")],
      status: "starting",
      over: false,
    },
    { name: "both wait", runs: [states.queued, states.submitted], status: "queued", over: false },
    { name: "one works", runs: [states.queued, states.running], status: "running", over: false },
    { name: "one waits, one ended", runs: [states.queued, states.done], status: "running", over: false },
    { name: "one waits for a person", runs: [states.asking, states.done], status: "waiting", over: false },
    { name: "both wait for a person", runs: [states.asking, states.paused], status: "waiting", over: false },
    {
      name: "one waits for a person, one works",
      runs: [states.asking, states.running],
      status: "running",
      over: false,
    },
    { name: "one publishes", runs: [states.publishing, states.done], status: "running", over: false },
    {
      name: "both ended well",
      runs: [endedRun("changed"), endedRun("unchanged")],
      status: "done",
      over: true,
    },
    {
      name: "one failed",
      runs: [endedRun("failed"), endedRun("cancelled")],
      status: "partly failed",
      over: true,
    },
    { name: "all failed", runs: [endedRun("failed"), endedRun("failed")], status: "failed", over: true },
    {
      name: "one was stopped",
      runs: [endedRun("changed"), endedRun("cancelled")],
      status: "cancelled",
      over: true,
    },
  ];

  test.each(cases)("$name: $status", ({ job = two, runs, status, over }) => {
    expect(jobStatus(job, runs)).toBe(status);
    expect(isOver(job, runs)).toBe(over);
  });
});

test("a stop after publishing began comes too late, whatever happens to the runner", () => {
  const dead = taken(taken(states.running, { type: "publish" }), { type: "die", how: "exit code 1" });
  expect(dead.state).toBe("queued");
  expect(transition(dead, { type: "stop", by: "U1" }, later)).toEqual({
    refused: "it is already being published",
  });
});

function taken(run: Run, event: RunEvent): Run {
  const result = transition(run, event, later);
  if (isRefusal(result)) throw new Error(`refused: ${result.refused}`);
  return result;
}
