// What is due for a job: every effect exactly when it should be, and an end to it.
import { due, type Effect } from "@cody/core/due.ts";
import { isOver, isRefusal, newRun, type RunEvent, transition } from "@cody/core/job.ts";
import { claimMs } from "@cody/core/limits.ts";
import type { JobRecord, Post, Run } from "@cody/core/schema.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  claimedPost,
  endedRun,
  exampleAsk,
  exampleDiff,
  exampleJob,
  exampleRecord,
  exampleRun,
  repository,
  sentPost,
  start,
} from "./examples.ts";

const now = start + 10 * 60_000;
const unposted = exampleJob({ thread: undefined });
const refused = exampleJob({
  thread: undefined,
  refused: { kind: "channel-unavailable", detail: "it is archived" },
});
const pair = exampleJob({ repositories: [repository("shop"), repository("docs")] });
const stuck = { kind: "stuck", detail: "it went in circles" } as const;

describe("the board", () => {
  test("comes first, and nothing else before it stands", () => {
    expect(names({ job: unposted, posts: [] })).toEqual(["post-board"]);
  });

  test("is left to whoever is posting it, until the claim has run out", () => {
    expect(names({ job: unposted, posts: [claimedPost("board", now + 1)] })).toEqual([]);
    expect(names({ job: unposted, posts: [claimedPost("board", now)] })).toEqual(["post-board"]);
  });

  test("that was posted, but whose thread was not recorded, is taken up again", () => {
    expect(names({ job: unposted, posts: [sentPost("board")] })).toEqual(["post-board"]);
  });
});

describe("a refused job", () => {
  test("tells who asked, then is over", () => {
    expect(names({ job: refused, posts: [] })).toEqual(["refuse"]);
    expect(names({ job: refused, posts: [claimedPost("refusal", now + 1)] })).toEqual([]);
    expect(names({ job: refused, posts: [sentPost("refusal")] })).toEqual(["close"]);
    expect(names({ job: { ...refused, closedAt: now }, posts: [sentPost("refusal")] })).toEqual([]);
  });
});

describe("runs", () => {
  test("begin once the thread stands", () => {
    expect(names({})).toEqual(["begin"]);
  });

  test("are completed where only some were created, and the job is not over before", () => {
    expect(names({ job: pair, runs: [endedRun("cancelled")] })).toEqual(["begin"]);
    expect(names({ job: pair, runs: [endedRun("cancelled"), endedRun("cancelled", { number: 2 })] })).toEqual(
      ["post-end end-2"],
    );
  });

  test.each([
    { name: "queued", run: exampleRun(), wants: true },
    { name: "queued, but stopped", run: exampleRun({ stop: { by: "U1", at: start } }), wants: false },
    {
      name: "submitted, its Batch job known",
      run: exampleRun({ state: "submitted", queueJob: "batch-1", submittedAt: start }),
      wants: false,
    },
    {
      name: "submitted a moment ago, its Batch job not known yet",
      run: exampleRun({ state: "submitted", submittedAt: now - claimMs }),
      wants: false,
    },
    {
      name: "submitted long ago, its Batch job not known",
      run: exampleRun({ state: "submitted", submittedAt: now - claimMs - 1 }),
      wants: true,
    },
    { name: "running", run: exampleRun({ state: "running" }), wants: false },
    { name: "publishing", run: exampleRun({ state: "publishing" }), wants: false },
  ])("$name: wants a machine: $wants", ({ run, wants }) => {
    expect(names({ runs: [run] })).toEqual(wants ? ["submit 1"] : []);
  });
});

describe("asks", () => {
  const running = exampleRun({ state: "running" });

  test("are answered once", () => {
    expect(names({ runs: [running], asks: [exampleAsk()] })).toEqual(["answer ask1"]);
    expect(names({ runs: [running], asks: [exampleAsk({ answer: "Stopping 1 run." })] })).toEqual([]);
  });

  test("wait until the runs are there, for a stop would find nothing to stop", () => {
    expect(names({ asks: [exampleAsk()] })).toEqual(["begin"]);
    expect(names({ job: pair, runs: [running], asks: [exampleAsk()] })).toEqual(["begin"]);
  });

  test("are answered for a job that is over, too", () => {
    const record = {
      job: exampleJob({ closedAt: now }),
      runs: [endedRun("changed")],
      asks: [exampleAsk()],
      posts: [sentPost("result-01-1"), sentPost("end-1")],
    };
    expect(names(record)).toEqual(["answer ask1"]);
  });
});

describe("replies", () => {
  test("a change brings its result and its patch, then the end, then the job is closed", () => {
    const runs = [endedRun("changed", { diff: exampleDiff() })];
    expect(names({ runs })).toEqual(["post-result result-01-1", "post-patch patch-01-1"]);
    const posts = [sentPost("result-01-1"), sentPost("patch-01-1")];
    expect(names({ runs, posts })).toEqual(["post-end end-1"]);
    expect(names({ runs, posts: [...posts, sentPost("end-1")] })).toEqual(["close"]);
  });

  test("the end waits for a reply that somebody is about to send", () => {
    const runs = [endedRun("changed", { diff: exampleDiff() })];
    const posts = [sentPost("result-01-1"), claimedPost("patch-01-1", now + 1)];
    expect(names({ runs, posts })).toEqual([]);
    expect(names({ runs, posts: [sentPost("result-01-1"), claimedPost("patch-01-1", now)] })).toEqual([
      "post-patch patch-01-1",
    ]);
  });

  test("a run that needed no change brings a result and no patch", () => {
    expect(names({ runs: [endedRun("unchanged")] })).toEqual(["post-result result-01-1"]);
  });

  test("a stopped run brings what it had done, if anything", () => {
    expect(names({ runs: [endedRun("cancelled", { diff: exampleDiff() })] })).toEqual([
      "post-patch patch-01-1",
    ]);
    expect(names({ runs: [endedRun("cancelled")] })).toEqual(["post-end end-1"]);
  });

  test("a finished run does not wait for the others", () => {
    const runs = [endedRun("unchanged"), exampleRun({ number: 2, state: "running" })];
    expect(names({ job: pair, runs })).toEqual(["post-result result-01-1"]);
    expect(names({ job: pair, runs, posts: [sentPost("result-01-1")] })).toEqual([]);
  });

  test("equal failures share one reply, others have their own", () => {
    const three = exampleJob({ repositories: [repository("shop"), repository("docs"), repository("api")] });
    const runs = [
      endedRun("failed", { reason: stuck }),
      endedRun("failed", { number: 2, reason: { kind: "stuck", detail: "it waits" } }),
      endedRun("failed", { number: 3, reason: stuck }),
    ];
    const effects = due(exampleRecord({ job: three, runs }), now);
    expect(
      effects.map((effect) => effect.type === "post-failure" && effect.runs.map(({ number }) => number)),
    ).toEqual([[1, 3], [2]]);
  });

  test("a later round has its own result and its own end", () => {
    const runs = [endedRun("changed", { round: 2 })];
    const posts = [sentPost("result-01-1"), sentPost("end-1")];
    expect(names({ runs, posts })).toEqual(["post-result result-01-2"]);
    expect(names({ runs, posts: [...posts, sentPost("result-01-2")] })).toEqual(["post-end end-2"]);
  });
});

describe("however things happen", () => {
  test("acting on what is due, in its order, comes to an end", () => {
    fc.assert(
      fc.property(anyRecord(), (record) => {
        const told = follow(record);
        expect(due(told, now)).toEqual([]);
        expect(isOver(told.job, told.runs)).toBe(true);
        expect(told.job.closedAt).toBeDefined();
      }),
    );
  });

  test("no message is sent twice, and there is one end", () => {
    fc.assert(
      fc.property(anyStory(), (story) => {
        const { sent, record } = play(story);
        expect(new Set(sent).size).toBe(sent.length);
        expect(sent.filter((key) => key.startsWith("end-")).length).toBeLessThanOrEqual(1);
        if (record.job.closedAt !== undefined) expect(isOver(record.job, record.runs)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("nothing is said before the end about a run that still goes on", () => {
    fc.assert(
      fc.property(anyStory(), (story) => {
        for (const { effect, record } of play(story).acts) {
          if (effect.type === "post-end") expect(isOver(record.job, record.runs)).toBe(true);
          if (effect.type === "post-result") expect(effect.run.state).toBe("done");
        }
      }),
    );
  });

  test("there is nothing to do about a message that somebody is about to send", () => {
    fc.assert(
      fc.property(anyRecord(), (record) => {
        const keys = due(record, now).flatMap((effect) => ("key" in effect ? [effect.key] : []));
        const posts = [...record.posts, ...keys.map((key) => claimedPost(key, now + 1))];
        for (const effect of due({ ...record, posts }, now)) {
          if ("key" in effect) expect(keys).not.toContain(effect.key);
        }
      }),
    );
  });
});

function names(differences: Partial<JobRecord>): string[] {
  return due(exampleRecord(differences), now).map((effect) => {
    if (effect.type === "submit") return `submit ${effect.run.number}`;
    if (effect.type === "answer") return `answer ${effect.ask.id}`;
    if (effect.type === "post-board" || effect.type === "refuse") return effect.type;
    return "key" in effect ? `${effect.type} ${effect.key}` : effect.type;
  });
}

/** What the table says once the effect has happened. Runs end as cancelled when they are submitted. */
function apply(effect: Effect, record: JobRecord, at: number): JobRecord {
  const { job, runs, asks, posts } = record;
  switch (effect.type) {
    case "post-board":
      return {
        ...record,
        job: { ...job, thread: { channel: job.channel, ts: "1.1" } },
        posts: sent("board"),
      };
    case "begin":
      return {
        ...record,
        runs: job.repositories.map((one, index) => runs[index] ?? newRun(job, index + 1, one, at)),
      };
    case "submit":
      return { ...record, runs: runs.map((run) => (run === effect.run ? ended(run, at) : run)) };
    case "answer":
      return {
        ...record,
        asks: asks.map((ask) => (ask.id === effect.ask.id ? { ...ask, answer: "Done." } : ask)),
      };
    case "close":
      return { ...record, job: { ...job, closedAt: at } };
    default:
      return { ...record, posts: sent(effect.key) };
  }
  function sent(key: string): Post[] {
    return [...posts.filter((post) => post.key !== key), sentPost(key)];
  }
}

function ended(run: Run, at: number): Run {
  return { ...run, state: "done", outcome: "cancelled", endedAt: at };
}

/** Acts on the first thing that is due, until nothing is. */
function follow(record: JobRecord): JobRecord {
  let told = record;
  for (let steps = 0; steps < 100; steps += 1) {
    const [first] = due(told, now);
    if (!first) return told;
    told = apply(first, told, now);
  }
  throw new Error("there was always something due");
}

/** Jobs in any state from which nothing but effects is missing. */
function anyRecord(): fc.Arbitrary<JobRecord> {
  const outcome = fc.constantFrom("changed", "unchanged", "failed", "cancelled", "queued");
  return fc
    .record({
      outcomes: fc.array(outcome, { minLength: 1, maxLength: 4 }),
      missing: fc.integer({ min: 0, max: 4 }),
      hasThread: fc.boolean(),
      isRefused: fc.boolean(),
      asks: fc.integer({ min: 0, max: 2 }),
    })
    .map(({ outcomes, missing, hasThread, isRefused, asks }) => {
      const repositories = outcomes.map((_outcome, index) => repository(`shop-${index}`));
      const runs = outcomes
        .map((which, index) => runOf(which, index + 1))
        .slice(0, Math.max(0, outcomes.length - missing));
      const threadOf = hasThread ? exampleJob().thread : undefined;
      return {
        job: isRefused ? { ...refused, repositories } : exampleJob({ repositories, thread: threadOf }),
        runs: isRefused || !hasThread ? [] : runs,
        asks: Array.from({ length: asks }, (_none, index) => exampleAsk({ id: `ask${index}` })),
        posts: [],
      };
    });
}

function runOf(which: string, number: number): Run {
  if (which === "queued") return exampleRun({ number });
  const outcome = which as NonNullable<Run["outcome"]>;
  return endedRun(outcome, {
    number,
    ...(outcome === "changed" ? { diff: exampleDiff() } : {}),
    ...(outcome === "failed" ? { reason: stuck } : {}),
  });
}

type Step =
  /** One of the things that are due happens. */
  | { act: number }
  /** Somebody claims a message and is never heard of again. */
  | { claim: number }
  /** One of the runs is created before the others. */
  | { create: true }
  | { run: number; event: RunEvent }
  | { waitMs: number };

function anyStory(): fc.Arbitrary<Step[]> {
  const event = fc.constantFrom<RunEvent>(
    { type: "submit" },
    { type: "submitted", queueJob: "batch-1" },
    { type: "start" },
    { type: "publish" },
    { type: "stop", by: "U2" },
    { type: "finish", outcome: "changed", result: { diff: exampleDiff() } },
    { type: "finish", outcome: "unchanged", result: {} },
    { type: "fail", reason: stuck },
    { type: "die", how: "exit code 137" },
  );
  const index = fc.integer({ min: 0, max: 3 });
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ act: index }) },
    { weight: 1, arbitrary: fc.record({ claim: index }) },
    { weight: 3, arbitrary: fc.constant<Step>({ create: true }) },
    { weight: 4, arbitrary: fc.record({ run: fc.integer({ min: 0, max: 1 }), event }) },
    { weight: 1, arbitrary: fc.record({ waitMs: fc.constantFrom(1_000, claimMs + 1) }) },
  );
  return fc.array(step, { minLength: 30, maxLength: 120, size: "max" });
}

/** Plays a story of a job for two repositories; says what was sent, and what was done in which state. */
function play(story: Step[]) {
  let record: JobRecord = { job: { ...pair, thread: undefined }, runs: [], asks: [], posts: [] };
  let at = now;
  const sent: string[] = [];
  const acts: { effect: Effect; record: JobRecord }[] = [];
  for (const step of story) {
    const effects = due(record, at);
    if ("waitMs" in step) at += step.waitMs;
    else if ("create" in step) record = createOne(record, at);
    else if ("event" in step) record = changeRun(record, step.run, step.event, at);
    else if ("claim" in step) {
      const effect = effects[step.claim];
      if (effect && "key" in effect) {
        const others = record.posts.filter(({ key }) => key !== effect.key);
        record = { ...record, posts: [...others, claimedPost(effect.key, at + claimMs)] };
      }
    } else {
      const effect = effects[step.act];
      if (!effect || effect.type === "submit") continue;
      acts.push({ effect, record });
      if ("key" in effect) sent.push(effect.key);
      record = apply(effect, record, at);
    }
  }
  return { record, sent, acts };
}

/** As the first of several creations: the run may even have ended at once. */
function createOne(record: JobRecord, at: number): JobRecord {
  const { job, runs } = record;
  const next = job.repositories[runs.length];
  if (!job.thread || !next) return record;
  return { ...record, runs: [...runs, newRun(job, runs.length + 1, next, at)] };
}

function changeRun(record: JobRecord, index: number, event: RunEvent, at: number): JobRecord {
  const run = record.runs[index];
  const changed = run && transition(run, event, at);
  if (!changed || isRefusal(changed)) return record;
  return { ...record, runs: record.runs.with(index, changed) };
}
