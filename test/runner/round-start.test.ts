// Where a round begins and where its commit goes, for every state of its branch.
import { newRun } from "@cody/core/job.ts";
import type { BranchState } from "@cody/core/ports/code-host.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import {
  aimOf,
  branchName,
  readsBranch,
  startOf,
  wantsPullRequest,
} from "../../packages/runner/src/round-start.ts";
import { repository as shop } from "./outside.ts";

const job = { id: "abcdefghij", repositories: [shop], deliver: "pull-request" } as Partial<Job> as Job;
const pullRequest = { number: 7, url: "https://github.com/acme/shop/pull/7", headSha: "h1", draft: false };
const first = newRun(job, 1, shop, 1);
const earlier = [{ round: 1, outcome: "changed" as const, headSha: "h1" }];
const later: Run = {
  ...first,
  round: 2,
  pullRequest,
  headSha: "h1",
  earlier,
  task: { kind: "follow-up", by: "U1", text: "More." },
};
const none = { commits: 0, people: [] };
const open = { ...pullRequest, state: "open" as const };
const at = (headSha: string | undefined, more: Partial<BranchState> = {}): BranchState => ({
  headSha,
  foreign: none,
  pullRequest: open,
  ...more,
});
const foreign = { commits: 2, people: ["ann"] };
const chosen = (choice: NonNullable<Run["branchChoice"]>["choice"], headSha = "h2") => ({
  branchChoice: { choice, by: "U2", headSha },
});
const newestSha = "m9";
const startAt = (run: Run, state?: BranchState, resumedFrom?: string) =>
  startOf(run, { newestSha, state, resumedFrom, now: 5 });

describe("a round begins", () => {
  test("the first at the newest commit, and again where it began if its machine ended", () => {
    expect(startAt(first)).toEqual({ baseSha: "m9", withPatch: false });
    expect(startAt(first, undefined, "m1")).toEqual({ baseSha: "m1", withPatch: false });
    expect(readsBranch(first, job, true)).toBe(false);
  });

  test("on top of its branch, whoever committed last and was let", () => {
    expect(startAt(later, at("h1"))).toEqual({ baseSha: "h1", withPatch: false });
    const run = { ...later, ...chosen("build-on-top") };
    expect(startAt(run, at("h3", { foreign }))).toEqual({ baseSha: "h3", withPatch: false });
    expect(readsBranch(later, job, true)).toBe(true);
  });

  test("with a question where others committed or closed it, before anything is spent", () => {
    expect(startAt(later, at("h2", { foreign }))).toMatchObject({
      waiting: { for: "branch", why: "commits", people: ["ann"], commits: 2, headSha: "h2", since: 5 },
    });
    const closed = { ...open, state: "closed" as const, closedBy: "bob" };
    expect(startAt(later, at("h1", { pullRequest: closed }))).toMatchObject({
      waiting: { why: "closed", people: ["bob"], headSha: "h1" },
    });
    // What was begun is gone on with; it is asked when there is something to push.
    expect(startAt(later, at("h2", { foreign }), "h1")).toEqual({ baseSha: "h1", withPatch: false });
  });

  test("from Cody's own last commit for a new branch and for overwriting", () => {
    const anew = { ...later, ...chosen("new-branch") };
    expect(branchName(anew)).toBe("cody/abcdefghij-2");
    expect(startAt(anew, { foreign: none })).toEqual({ baseSha: "h1", withPatch: false });
    const over = { ...later, ...chosen("overwrite") };
    expect(startAt(over, at("h2", { foreign }))).toEqual({ baseSha: "h1", withPatch: false });
    expect(startAt(over, at("h3", { foreign }))).toMatchObject({ waiting: { headSha: "h3" } });
  });

  test("after a merge from the newest commit, for another branch", () => {
    const merged = at("h1", { pullRequest: { ...open, state: "merged" } });
    expect(startAt(later, merged)).toEqual({ baseSha: "m9", withPatch: false });
    expect(aimOf(later, merged, 5)).toEqual({ branch: "cody/abcdefghij-2", overwrite: false, reopen: false });
  });

  test("with the patch of the round before, on its base, where there is nothing else", () => {
    const patched: Run = {
      ...later,
      pullRequest: undefined,
      headSha: undefined,
      baseSha: "m1",
      earlier: [{ round: 1, outcome: "changed" }],
    };
    expect(startAt(patched)).toEqual({ baseSha: "m1", withPatch: true });
    expect(startAt(patched, undefined, "m1")).toEqual({ baseSha: "m1", withPatch: true });
    // Its own push in this round is no sign of an earlier one.
    expect(startAt({ ...patched, headSha: "h9" }, at("h9"), "m1")).toEqual({
      baseSha: "m1",
      withPatch: true,
    });
    const again: Run = { ...patched, task: { kind: "again", by: "U1" } };
    expect(startAt(again)).toEqual({ baseSha: "m9", withPatch: false });
    const applied: Run = { ...patched, task: { kind: "apply-patch", by: "U1", to: "branch" } };
    expect(startAt(applied, { foreign: none })).toEqual({ baseSha: "m9", withPatch: true });
    expect(startAt(applied, { foreign: none }, "m8")).toEqual({ baseSha: "m8", withPatch: true });
  });

  test("a retry of something pushed is on top of it; its branch gone, it begins anew", () => {
    const again: Run = { ...later, pullRequest: undefined, task: { kind: "again", by: "U1" } };
    expect(startAt(again, at("h1"))).toEqual({ baseSha: "h1", withPatch: false });
    expect(startAt(again, { foreign: none })).toEqual({ baseSha: "m9", withPatch: false });
  });
});

describe("a commit goes", () => {
  test("to the branch as it is, for the pull request that is known", () => {
    expect(aimOf(later, at("h1"), 5)).toEqual({
      branch: "cody/abcdefghij",
      head: "h1",
      overwrite: false,
      known: pullRequest,
      reopen: false,
    });
  });

  test("over others' commits only where exactly those were named", () => {
    const over = { ...later, ...chosen("overwrite") };
    expect(aimOf(over, at("h2", { foreign }), 5)).toMatchObject({ overwrite: true, head: "h2" });
    expect(aimOf(over, at("h3", { foreign }), 5)).toHaveProperty("waiting");
  });

  test("to a closed pull request only where it is opened again; without its branch to another one", () => {
    const closed = { ...open, state: "closed" as const, closedBy: "bob" };
    const run = { ...later, ...chosen("reopen") };
    expect(aimOf(run, at("h2", { pullRequest: closed, foreign }), 5)).toMatchObject({
      reopen: true,
      known: pullRequest,
    });
    const gone = aimOf(run, at(undefined, { pullRequest: closed }), 5);
    expect(gone).toMatchObject({ reopen: false, known: undefined });
    expect(
      aimOf({ ...later, ...chosen("build-on-top") }, at("h1", { pullRequest: closed }), 5),
    ).toHaveProperty("waiting");
  });
});

test("a pull request is wanted by its job, or since there is one, and never where Cody may not push", () => {
  const patch = { deliver: "patch" } as const;
  expect(wantsPullRequest(first, job, true)).toBe(true);
  expect(wantsPullRequest(first, patch, true)).toBe(false);
  expect(wantsPullRequest(first, job, false)).toBe(false);
  expect(wantsPullRequest({ ...first, patchOnly: "No right." }, job, true)).toBe(false);
  expect(wantsPullRequest(later, patch, true)).toBe(true);
  expect(wantsPullRequest({ ...later, fork: "cody/shop" }, patch, false)).toBe(true);
  const applied: Run = { ...first, task: { kind: "apply-patch", by: "U1", to: "fork" } };
  expect(wantsPullRequest(applied, patch, false)).toBe(true);
});
