// What is due for a job: every effect exactly when it should be, and an end to it.
import { due } from "@cody/core/due.ts";
import { claimMs, claudePatienceMs } from "@cody/core/limits.ts";
import type { JobRecord, SpendLimit, Waiting } from "@cody/core/schema.ts";
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
    {
      name: "paused",
      run: exampleRun({ state: "waiting", waiting: { for: "paused", since: start, by: "U1" } }),
      wants: false,
    },
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

describe("a spend limit of the key", () => {
  const limit = { since: start + 60_000, reached: "The limit is reached." };
  const waiting: Waiting = { for: "spend-limit", ...limit };
  const held = exampleRun({ state: "waiting", waiting });
  const told = sentPost(`spend-limit-${limit.since}`);

  test("keeps queued runs from taking machines, but not those that go on without Claude", () => {
    expect(names({ runs: [exampleRun()] }, limit)).toEqual(["hold-up 1"]);
    expect(names({ runs: [exampleRun({ deliverAsIs: true })] }, limit)).toEqual(["submit 1"]);
    expect(names({ runs: [exampleRun({ stop: { by: "U1", at: start } })] }, limit)).toEqual([]);
    expect(names({ runs: [exampleRun({ state: "running" })] }, limit)).toEqual([]);
  });

  test("is told once for all runs of a job, also for those that come to it later", () => {
    const both = [held, { ...held, number: 2 }];
    expect(names({ job: pair, runs: both }, limit)).toEqual([`post-waiting ${told.key}`]);
    expect(names({ job: pair, runs: both, posts: [told] }, limit)).toEqual([]);
  });

  test("lets every run that waits for it go on when it is lifted, and says nothing more of it", () => {
    expect(names({ job: pair, runs: [held, { ...held, number: 2 }] })).toEqual(["lift 1", "lift 2"]);
  });

  test("that is met again is told again", () => {
    const again = { ...limit, since: limit.since + 1 };
    const runs = [exampleRun({ state: "waiting", waiting: { ...waiting, ...again } })];
    expect(names({ runs, posts: [told] }, again)).toEqual([`post-waiting spend-limit-${again.since}`]);
    // One that had not gone on yet does not keep the other from being told.
    const both = [held, { ...exampleRun(), ...runs[0], number: 2 }];
    expect(names({ job: pair, runs: both, posts: [told] }, again)).toEqual([
      `post-waiting spend-limit-${again.since}`,
    ]);
  });
});

describe("a run that Claude keeps waiting", () => {
  const held = { since: now - 60_000, why: "Claude is overloaded", until: now + 60_000 };
  const first = exampleRun({ state: "running", held });
  const second = exampleRun({ number: 2, state: "running", held: { ...held, since: held.since - 5_000 } });
  const told = sentPost("held-1", { firstAt: now });

  test("is told, once for all of its job", () => {
    expect(names({ runs: [first] })).toEqual(["post-held held-1"]);
    expect(names({ job: pair, runs: [first, second] })).toEqual(["post-held held-1"]);
    expect(names({ job: pair, runs: [first, second], posts: [told] })).toEqual([]);
  });

  test("is told by whoever finds the message unsent", () => {
    expect(names({ runs: [first], posts: [claimedPost("held-1", now + 1)] })).toEqual([]);
    expect(names({ runs: [first], posts: [claimedPost("held-1", now)] })).toEqual(["post-held held-1"]);
  });

  test("is not told again while what was told may still go on", () => {
    const later = (since: number) => ({ ...first, held: { ...held, since } });
    expect(names({ runs: [later(now + 1)], posts: [told] })).toEqual([]);
    expect(names({ runs: [later(now + claudePatienceMs)], posts: [told] })).toEqual([]);
    expect(names({ runs: [later(now + claudePatienceMs + 1)], posts: [told] })).toEqual(["post-held held-2"]);
  });

  test("that got its answer, or is over, says nothing", () => {
    expect(names({ runs: [{ ...first, held: undefined }] })).toEqual([]);
    expect(names({ runs: [endedRun("unchanged")], posts: [told] })).toEqual(["post-result result-01-1"]);
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

  test("a run that waits for a person says so once for each time, and the job is not over", () => {
    const question: Waiting = { for: "question", since: start, question: "Which version?", options: [] };
    const waiting = exampleRun({ state: "waiting", waiting: question });
    const first = `waiting-01-1-${start}`;
    expect(names({ runs: [waiting] })).toEqual([`post-waiting ${first}`]);
    expect(names({ runs: [waiting], posts: [sentPost(first)] })).toEqual([]);
    const later = { ...waiting, waiting: { ...question, since: now } };
    expect(names({ runs: [later], posts: [sentPost(first)] })).toEqual([`post-waiting waiting-01-1-${now}`]);
  });

  test("a change that is held comes with its patch, and only once", () => {
    const hold: Waiting = { for: "hold", since: start, reasons: ["it changes a workflow"], change: "b..t" };
    const runs = [exampleRun({ state: "waiting", waiting: hold, diff: exampleDiff() })];
    const said = sentPost(`waiting-01-1-${start}`);
    expect(names({ runs, posts: [said] })).toEqual(["post-patch patch-01-1"]);
    const released = [endedRun("changed", { diff: exampleDiff() })];
    expect(names({ runs: released, posts: [said, sentPost("patch-01-1")] })).toEqual([
      "post-result result-01-1",
    ]);
  });

  test("a later round has its own result and its own end", () => {
    const runs = [endedRun("changed", { round: 2 })];
    const posts = [sentPost("result-01-1"), sentPost("end-1")];
    expect(names({ runs, posts })).toEqual(["post-result result-01-2"]);
    expect(names({ runs, posts: [...posts, sentPost("result-01-2")] })).toEqual(["post-end end-2"]);
  });
});

function names(differences: Partial<JobRecord>, limit?: SpendLimit): string[] {
  return due(exampleRecord(differences), now, limit).map((effect) => {
    if (effect.type === "submit" || effect.type === "hold-up" || effect.type === "lift")
      return `${effect.type} ${effect.run.number}`;
    if (effect.type === "answer") return `answer ${effect.ask.id}`;
    if (effect.type === "post-board" || effect.type === "refuse") return effect.type;
    return "key" in effect ? `${effect.type} ${effect.key}` : effect.type;
  });
}
