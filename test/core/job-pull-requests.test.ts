// What a run keeps of its pull request, and of a branch that needs a decision before anything is spent.
import { isRefusal, type RunEvent, transition } from "@cody/core/job.ts";
import type { Standing } from "@cody/core/pull-request-schema.ts";
import type { Run } from "@cody/core/schema.ts";
import { isSeen, standingOf } from "@cody/core/standing.ts";
import { expect, test } from "vitest";
import { endedRun, exampleRun, start } from "./examples.ts";

const now = start + 60_000;
const standing: Standing = {
  state: "open",
  headSha: "f00",
  draft: false,
  review: "none",
  approvals: [],
  checks: "none",
  failing: [],
  openThreads: 0,
  mergeable: "clean",
  autoMerge: false,
  readAt: start,
};
const pullRequest = { number: 12, url: "https://github.com/acme/shop/pull/12", headSha: "f00", draft: false };
const delivered = endedRun("changed", { pullRequest, headSha: "f00", lookAt: start });
const ask: RunEvent = {
  type: "ask-first",
  waiting: { for: "branch", since: now, why: "commits", people: ["dan"], commits: 1, headSha: "c0ffee" },
};

function after(run: Run, event: RunEvent): Run {
  const changed = transition(run, event, now);
  if (isRefusal(changed)) throw new Error(changed.refused);
  return changed;
}

test("a look is kept with its time, and the time of the next one", () => {
  const seen = after(delivered, { type: "observe", standing, lookAt: now + 60_000 });
  expect(seen).toMatchObject({ pullRequest: { standing }, lookAt: now + 60_000, lookedAt: start + 120_000 });
  const older = { ...standing, readAt: start - 1 };
  expect(transition(seen, { type: "observe", standing: older }, now)).toEqual({
    refused: "a newer look was taken",
  });
  expect(after(seen, { type: "observe", standing }).lookAt).toBeUndefined();
});

test("a look in vain makes the next one later, and is none of another round", () => {
  const vain = after(delivered, { type: "look-at", at: now + 60_000, inVain: true });
  expect(vain).toMatchObject({ lookAt: now + 60_000, lookedAt: start + 120_000 });
  expect(isSeen(vain)).toBe(true);
  expect(isSeen({ ...vain, endedAt: start + 200_000 })).toBe(false);
  expect(standingOf({ ...delivered, pullRequest: { ...pullRequest, standing } })).toBeUndefined();
});

test("the next look can be had sooner, of what is not merged", () => {
  expect(after(delivered, { type: "look-at", at: now })).toEqual({ ...delivered, lookAt: now });
  // Nothing is written where nothing changes.
  expect(transition(delivered, { type: "look-at", at: start }, now)).toBe(delivered);
  const merged = {
    ...delivered,
    pullRequest: { ...pullRequest, standing: { ...standing, state: "merged" as const } },
  };
  expect(transition(merged, { type: "look-at", at: now }, now)).toEqual({ refused: "it is merged" });
  expect(transition(exampleRun(), { type: "look-at", at: now }, now)).toEqual({
    refused: "it has no pull request",
  });
});

test("a round that has not begun waits for a decision about its branch, and goes on with it", () => {
  const next = after(delivered, {
    type: "continue",
    task: { kind: "follow-up", by: "U2", text: "more" },
    grantUsd: 3,
  });
  const waiting = after(next, ask);
  expect(waiting).toMatchObject({ state: "waiting", waiting: { for: "branch" }, attempts: 0 });
  const decided = after(waiting, {
    type: "resume",
    by: "U2",
    given: { kind: "branch", choice: "overwrite" },
    since: now,
  });
  expect(decided).toMatchObject({
    state: "queued",
    branchChoice: { choice: "overwrite", by: "U2", headSha: "c0ffee" },
  });
  expect(transition(waiting, { type: "resume", by: "U2", given: { kind: "more" } }, now)).toEqual({
    refused: "it is waiting for something else",
  });
});

test.each(["submitted", "running", "publishing", "waiting", "done"] as const)(
  "a run that is %s is not asked first",
  (state) => {
    expect(isRefusal(transition(exampleRun({ state }), ask, now))).toBe(true);
  },
);

test("nobody is asked about a run that is to stop", () => {
  const stopped = exampleRun({ stop: { by: "U2", at: start } });
  expect(transition(stopped, ask, now)).toEqual({ refused: "someone asked to stop" });
});
