// What is due about pull requests, however GitHub and people go on: an end to it, nothing twice, and few rounds.
import { due, type Effect } from "@cody/core/due.ts";
import { isRefusal, type RunEvent, transition } from "@cody/core/job.ts";
import { claimMs, headNewsEveryMs, maxAutomaticRounds } from "@cody/core/limits.ts";
import type { Standing } from "@cody/core/pull-request-schema.ts";
import type { JobRecord, Run } from "@cody/core/schema.ts";
import { newerLook, nextLook } from "@cody/core/standing.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  claimedPost,
  endedRun,
  exampleAsk,
  exampleJob,
  exampleRecord,
  exampleRun,
  sentPost,
  start,
} from "./examples.ts";

const url = "https://github.com/acme/shop/pull/12";
const later = start + 3_600_000;

function standing(differences: Partial<Standing> = {}): Standing {
  return {
    state: "open",
    headSha: "f00",
    draft: false,
    review: "none",
    approvals: [],
    checks: "passed",
    failing: [],
    openThreads: 0,
    mergeable: "clean",
    autoMerge: false,
    readAt: start,
    ...differences,
  };
}

const failing: Partial<Standing> = { checks: "failed", failing: [{ name: "build", required: true }] };

function delivered(seen: Partial<Standing> | undefined, differences: Partial<Run> = {}): Run {
  const pullRequest = {
    number: 12,
    url,
    headSha: "f00",
    draft: false,
    ...(seen ? { standing: standing(seen) } : {}),
  };
  return endedRun("changed", {
    headSha: "f00",
    pullRequest,
    lookAt: later,
    lookedAt: start + 120_000,
    ...differences,
  });
}

/** A job that is over and closed, everything said. */
function over(run: Run, differences: Partial<JobRecord> = {}): JobRecord {
  const posts = ["board", "result-01-1", "end-1"].map((key) => sentPost(key));
  return exampleRecord({ job: exampleJob({ closedAt: start }), runs: [run], posts, ...differences });
}

const types = (record: JobRecord, now = start + 60_000) =>
  due(record, now).map((effect) => ("key" in effect ? `${effect.type} ${effect.key}` : effect.type));

describe("of a pull request", () => {
  test.each<{ name: string; run: Run; is: string[] }>([
    {
      name: "that nobody has looked at, a look is due",
      run: delivered(undefined, { lookAt: undefined, lookedAt: undefined }),
      is: ["look"],
    },
    { name: "whose look failed, none before its time", run: delivered(undefined), is: [] },
    { name: "whose time has come, a look", run: delivered({}, { lookAt: start }), is: ["look"] },
    { name: "that nobody waits for any more, none", run: delivered({}, { lookAt: undefined }), is: [] },
    { name: "with nothing about it, nothing", run: delivered({}), is: [] },
    { name: "with failing checks, a reply", run: delivered(failing), is: ["post-checks checks-01-f00"] },
    { name: "with pending or no checks, none", run: delivered({ checks: "none" }), is: [] },
    {
      name: "with open threads, a reply",
      run: delivered({ openThreads: 2 }),
      is: ["post-review review-01-f00-2"],
    },
    {
      name: "that conflicts, a reply",
      run: delivered({ mergeable: "conflicts" }),
      is: ["post-outdated conflicts-01-f00"],
    },
    {
      name: "that is behind, a reply",
      run: delivered({ mergeable: "behind" }),
      is: ["post-outdated behind-01-f00"],
    },
    {
      name: "with somebody's commit, a reply",
      run: delivered({ headSha: "c0ffee" }),
      is: ["post-head head-01-c0ffee"],
    },
    {
      name: "that was merged, its end and nothing else",
      run: delivered({ ...failing, state: "merged", openThreads: 3 }),
      is: ["post-pull-ended merged-01-f00"],
    },
    {
      name: "that is worked on, only looks",
      run: delivered({ ...failing, openThreads: 3 }, { state: "running", outcome: undefined, lookAt: start }),
      is: ["look"],
    },
  ])("$name", ({ run, is }) => {
    expect(types(over(run))).toEqual(is);
  });

  test("a series of commits is told of at most every ten minutes", () => {
    const record = over(delivered({ headSha: "c0ffee" }));
    const told = { ...record, posts: [...record.posts, sentPost("head-01-0ther", { firstAt: start })] };
    expect(types(told, start + headNewsEveryMs - 1)).toEqual([]);
    expect(types(told, start + headNewsEveryMs)).toEqual(["post-head head-01-c0ffee"]);
  });
});

describe("checks that fail", () => {
  const job = exampleJob({ closedAt: start, fixChecks: true });
  const told = (run: Run) => {
    const record = over(run, { job });
    return { ...record, posts: [...record.posts, sentPost("checks-01-f00")] };
  };

  test("begin a round by themselves once the thread has heard of them", () => {
    expect(types(over(delivered(failing), { job }))).toEqual(["post-checks checks-01-f00"]);
    expect(types(told(delivered(failing)))).toEqual(["fix-checks"]);
  });

  test("begin none where nobody wants that, twice was not enough, or a round left the head as it was", () => {
    const fix = { kind: "fix-checks", sha: "f00" } as const;
    const earlier = [{ round: 2, outcome: "unchanged" as const, task: fix }];
    for (const record of [
      { ...told(delivered(failing)), job: exampleJob({ closedAt: start }) },
      told(delivered(failing, { automaticRounds: maxAutomaticRounds })),
      told(delivered(failing, { task: fix })),
      told(delivered(failing, { task: { kind: "follow-up", by: "U2", text: "more" }, earlier })),
    ])
      expect(types(record)).toEqual([]);
  });
});

describe("an ask that begins a round", () => {
  const retry = exampleAsk({ kind: "retry", run: 1 });
  const failed = endedRun("failed", { reason: { kind: "stuck", detail: "it went in circles" } });

  test("waits until everything about the round before was said", () => {
    const record = exampleRecord({ runs: [failed], asks: [retry] });
    const [first, ...others] = types(record);
    expect([first, ...others]).toEqual([expect.stringMatching(/^post-failure failure-1-/)]);
    const key = first?.split(" ")[1] ?? "";
    const said = { ...record, posts: [...record.posts, sentPost(key)] };
    expect(types(said)).toEqual(["answer"]);
    expect(types({ ...said, posts: [...record.posts, claimedPost(key, start + claimMs * 2)] })).toEqual([]);
  });

  test("keeps back the last word, and other asks do not wait", () => {
    const stop = exampleAsk({ id: "ask2", kind: "stop" });
    const posts = [sentPost("board"), sentPost("result-01-1")];
    const followUp = exampleAsk({ kind: "follow-up", run: 1, text: "more" });
    expect(types(exampleRecord({ runs: [endedRun("unchanged")], asks: [followUp], posts }))).toEqual([
      "answer",
    ]);
    expect(types(exampleRecord({ runs: [failed], asks: [stop] }))).toEqual([
      "answer",
      expect.stringMatching(/^post-failure/),
    ]);
  });
});

test("asks are answered in the order in which they came", () => {
  const asks = [
    exampleAsk({ id: "a", kind: "merge", at: start + 2 }),
    exampleAsk({ id: "b", kind: "approve", at: start + 1 }),
  ];
  const record = over(delivered({}), { asks });
  const kinds = due(record, start + 60_000).flatMap((effect) =>
    effect.type === "answer" ? [effect.ask.kind] : [],
  );
  expect(kinds).toEqual(["approve", "merge"]);
});

test("a run that GitHub's limits hold up goes on when the time has come", () => {
  const waiting = { for: "limited", since: start, until: start + 60_000, reached: "a limit" } as const;
  const record = exampleRecord({ runs: [exampleRun({ state: "waiting", waiting })] });
  expect(types(record, start + 59_999)).not.toContain("go-on");
  expect(types(record, start + 60_000)).toContain("go-on");
});

type Step =
  | { act: number }
  | { github: Partial<Standing> }
  | { waitMs: number }
  | { finish: string }
  | { webhook: true };

function anyStory(): fc.Arbitrary<Step[]> {
  const head = fc.constantFrom("f00", "f01", "c0ffee");
  const change = fc.record(
    {
      headSha: head,
      state: fc.constantFrom("open", "open", "open", "closed", "merged"),
      checks: fc.constantFrom("none", "pending", "passed", "failed"),
      openThreads: fc.nat(3),
      mergeable: fc.constantFrom("clean", "behind", "conflicts"),
    },
    { requiredKeys: [] },
  );
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ act: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ github: change as fc.Arbitrary<Partial<Standing>> }) },
    { weight: 2, arbitrary: fc.record({ waitMs: fc.constantFrom(1_000, 60_000, 3_600_000) }) },
    { weight: 2, arbitrary: fc.record({ finish: head }) },
    { weight: 1, arbitrary: fc.constant<Step>({ webhook: true }) },
  );
  return fc.array(step, { minLength: 20, maxLength: 100, size: "max" });
}

/** GitHub changes, time passes, webhooks come, rounds end; what is due is done in any order. */
function play(story: Step[]) {
  let record = over(delivered(undefined, { lookAt: undefined, lookedAt: undefined }), {
    job: exampleJob({ closedAt: start, fixChecks: true }),
  });
  let github = standing();
  let at = start + 1;
  const sent: string[] = [];
  const fixed: string[] = [];
  const looks: { at: number; next: number | undefined }[] = [];
  for (const step of story) {
    const effect = "act" in step ? due(record, at)[step.act] : undefined;
    if ("waitMs" in step) at += step.waitMs;
    if ("github" in step && github.state !== "merged") {
      github = { ...github, ...step.github };
      github = { ...github, failing: github.checks === "failed" ? [{ name: "build", required: true }] : [] };
    }
    if ("webhook" in step) record = change(record, { type: "look-at", at }, at);
    if ("finish" in step) record = finish(record, step.finish, at);
    if (!effect) continue;
    if ("key" in effect) sent.push(effect.key);
    if (effect.type === "fix-checks") fixed.push(effect.sha);
    record = apply(effect, record, github, at);
    if (effect.type === "look") looks.push({ at, next: record.runs[0]?.lookAt });
  }
  return { record, sent, fixed, looks, github, at };
}

function apply(effect: Effect, record: JobRecord, github: Standing, at: number): JobRecord {
  if ("key" in effect) {
    const post = sentPost(effect.key, { firstAt: at });
    return { ...record, posts: [...record.posts.filter(({ key }) => key !== effect.key), post] };
  }
  if (effect.type === "look") {
    const seen = newerLook(effect.run.pullRequest?.standing, { ...github, readAt: at });
    const lookAt =
      seen.state === "open" ? nextLook(Math.max(seen.readAt, effect.run.endedAt ?? 0), at) : undefined;
    return change(record, { type: "observe", standing: seen, lookAt }, at);
  }
  if (effect.type === "fix-checks") {
    const reopened = { ...record, job: { ...record.job, closedAt: undefined } };
    return change(
      reopened,
      { type: "continue", task: { kind: "fix-checks", sha: effect.sha }, grantUsd: 3 },
      at,
    );
  }
  if (effect.type === "close") return { ...record, job: { ...record.job, closedAt: at } };
  return record;
}

function change(record: JobRecord, event: RunEvent, at: number): JobRecord {
  const [run] = record.runs;
  const changed = run && transition(run, event, at);
  return !changed || isRefusal(changed) ? record : { ...record, runs: [changed] };
}

/** The round that is under way ends, and leaves this head. */
function finish(record: JobRecord, headSha: string, at: number): JobRecord {
  const started = [{ type: "submit" }, { type: "start" }] as const;
  const begun = started.reduce<JobRecord>((now, event) => change(now, event, at), record);
  return change(begun, { type: "finish", outcome: "changed", result: { headSha } }, at);
}

test("nothing is told twice, rounds by themselves stay few, and no look is followed by one at once", () => {
  fc.assert(
    fc.property(anyStory(), (story) => {
      const { sent, fixed, looks } = play(story);
      expect(new Set(sent).size).toBe(sent.length);
      expect(fixed.length).toBeLessThanOrEqual(maxAutomaticRounds);
      expect(new Set(fixed).size).toBe(fixed.length);
      for (const look of looks) expect(look.next ?? Number.POSITIVE_INFINITY).toBeGreaterThan(look.at);
    }),
    { numRuns: 1_000 },
  );
});

test("acting on what is due comes to an end, whatever GitHub says", () => {
  fc.assert(
    fc.property(anyStory(), (story) => {
      const { record, github, at } = play(story);
      let told = record;
      for (let steps = 0; steps < 50; steps += 1) {
        const first = due(told, at).find(({ type }) => type !== "submit");
        if (!first) return;
        told = apply(first, told, github, at);
      }
      throw new Error(`there was always something due: ${due(told, at).map(({ type }) => type)}`);
    }),
    { numRuns: 1_000 },
  );
});
