// What is due, however things happen: an end to it, no message twice, and one last word.
import { due, type Effect } from "@cody/core/due.ts";
import { isOver, isRefusal, newRun, type RunEvent, transition } from "@cody/core/job.ts";
import { claimMs, claudePatienceMs } from "@cody/core/limits.ts";
import type { Held, JobRecord, Post, Run, SpendLimit } from "@cody/core/schema.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  claimedPost,
  endedRun,
  exampleAsk,
  exampleDiff,
  exampleJob,
  exampleRun,
  repository,
  sentPost,
  start,
} from "./examples.ts";

const now = start + 10 * 60_000;
const pair = exampleJob({ repositories: [repository("shop"), repository("docs")] });
const refused = exampleJob({
  thread: undefined,
  refused: { kind: "channel-unavailable", detail: "it is archived" },
});
const stuck = { kind: "stuck", detail: "it went in circles" } as const;

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
    case "hold-up":
      return changeRun(record, runs.indexOf(effect.run), { type: "limit", limit: effect.limit }, at);
    case "lift":
      return changeRun(record, runs.indexOf(effect.run), { type: "lift" }, at);
    case "close":
      return { ...record, job: { ...job, closedAt: at } };
    default:
      return "key" in effect ? { ...record, posts: sent(effect.key) } : record;
  }
  function sent(key: string): Post[] {
    const { firstAt = at } = posts.find((post) => post.key === key) ?? {};
    return [...posts.filter((post) => post.key !== key), sentPost(key, { firstAt })];
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
  /** The key reaches its spend limit, or somebody raises that. */
  | { isLimited: boolean }
  | { waitMs: number };

function anyStory(): fc.Arbitrary<Step[]> {
  const event = fc.constantFrom<RunEvent>(
    { type: "submit" },
    { type: "submitted", queueJob: "batch-1" },
    { type: "start" },
    { type: "publish" },
    { type: "stop", by: "U2" },
    { type: "wait", waiting: { for: "budget", since: start, reached: "$3.00", offerUsd: 3 } },
    { type: "resume", by: "U2", given: { kind: "more" } },
    { type: "progress", progress: { held: heldSince(now) } },
    { type: "progress", progress: { held: heldSince(now + 2 * claudePatienceMs) } },
    { type: "progress", progress: { held: undefined } },
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
    { weight: 1, arbitrary: fc.record({ isLimited: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ waitMs: fc.constantFrom(1_000, claimMs + 1) }) },
  );
  return fc.array(step, { minLength: 30, maxLength: 120, size: "max" });
}

function heldSince(since: number): Held {
  return { since, why: "Claude is overloaded", until: since + claudePatienceMs };
}

/** Plays a story of a job for two repositories; says what was sent, and what was done in which state. */
function play(story: Step[]) {
  let record: JobRecord = { job: { ...pair, thread: undefined }, runs: [], asks: [], posts: [] };
  let at = now;
  let limit: SpendLimit | undefined;
  const sent: string[] = [];
  const acts: { effect: Effect; record: JobRecord }[] = [];
  for (const step of story) {
    const effects = due(record, at, limit);
    if ("waitMs" in step) at += step.waitMs;
    else if ("isLimited" in step)
      limit = step.isLimited ? (limit ?? { since: at, reached: "It is reached." }) : undefined;
    else if ("create" in step) record = createOne(record, at);
    else if ("event" in step) record = changeRun(record, step.run, step.event, at);
    else if ("claim" in step) {
      const effect = effects[step.claim];
      if (effect && "key" in effect) {
        const others = record.posts.filter(({ key }) => key !== effect.key);
        record = { ...record, posts: [...others, { ...claimedPost(effect.key, at + claimMs), firstAt: at }] };
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
