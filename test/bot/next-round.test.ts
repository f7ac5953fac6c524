// Another round: who may begin it, when it makes no sense, and what GitHub is asked before a machine is.
import type { BranchState, RepositoryCheck } from "@cody/core/ports/code-host.ts";
import type { Ask, Run, Waiting } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { eventFor } from "../../packages/bot/src/effects/preflight.ts";
import { open, serveTable, now as start } from "../core/adapters/table/table-server.ts";
import { endedRun, exampleRun, repository } from "../core/examples.ts";
import { Office, type OfficeOptions } from "./office.ts";

serveTable();

const office = (options?: OfficeOptions) => Office.open(open(), options);
const failed: Partial<Run> = {
  outcome: "failed",
  reason: { kind: "stuck", detail: "it went in circles" },
  pullRequest: undefined,
  headSha: undefined,
};

describe("a round begins", () => {
  test("with what somebody wrote, with a share of its own, and the job is looked after again", async () => {
    const at = await office();
    await at.press("U2", "follow-up", { text: " Use 2.17.1. " });
    await at.attend();
    expect(await at.run()).toMatchObject({
      round: 2,
      state: "submitted",
      task: { kind: "follow-up", by: "U2", text: "Use 2.17.1." },
      grantedUsd: 3,
      pullRequest: { number: 12 },
    });
    expect(at.submitted).toEqual([`cody-${at.job}-1-2-1`]);
    expect(at.told).toMatchObject([{ words: "acme/shop goes on: round 2." }]);
    expect((await open().jobs.read(at.job))?.job.closedAt).toBeUndefined();
    expect(await at.audits()).toMatchObject([{ action: "follow-up", by: "U2", decision: "done", pull: 12 }]);
  });

  test("again after a failure, for each run that the reply told of", async () => {
    const at = await office({ run: failed });
    await at.say("failure-1-ignored");
    await at.press("U2", "retry", { run: undefined, text: "1,2", heads: undefined });
    await at.attend();
    expect(await at.run()).toMatchObject({ round: 2, task: { kind: "again", by: "U2" } });
  });

  test("again as what it was for, where a later round failed", async () => {
    const task = { kind: "follow-up", by: "U1", text: "Use 2.17.1." } as const;
    const at = await office({ run: { ...failed, round: 2, task } });
    await at.press("U2", "retry", { heads: undefined });
    await at.attend();
    expect((await at.run()).task).toEqual({ ...task, by: "U2" });
  });

  test("anew where the patch no longer applies", async () => {
    const task = { kind: "apply-patch", by: "U1", to: "branch" } as const;
    const reason = { kind: "patch-stale", detail: "src/a.js" } as const;
    const at = await office({ run: { ...failed, round: 2, task, reason } });
    await at.press("U2", "retry", { heads: undefined });
    await at.attend();
    expect((await at.run()).task).toEqual({ kind: "again", by: "U2" });
  });

  test.each([
    ["fix-checks", { checks: "failed", failing: [{ name: "build", required: true }] }, { sha: "f00" }],
    ["address-review", { openThreads: 2 }, {}],
    ["resolve-conflicts", { mergeable: "conflicts" }, {}],
  ] as const)("%s, from how the pull request stands now", async (kind, standing, more) => {
    const at = await office();
    Object.assign(at.hub.pull, standing);
    await at.press("U2", kind);
    await at.attend();
    expect((await at.run()).task).toEqual({ kind, by: "U2", ...more });
  });

  test.each([
    [true, "branch"],
    [false, "fork"],
  ] as const)("with a stored patch, without paying again; may push: %s", async (mayPush, to) => {
    const at = await office({ run: { pullRequest: undefined, headSha: undefined, patchOnly: "no right" } });
    if (at.hub.check.found) at.hub.check = { ...at.hub.check, repository: repository("shop", { mayPush }) };
    await open().work(at.job, 1).savePatch(1, Buffer.from("diff"), start);
    await at.press("U2", "apply-patch");
    await at.attend();
    expect(await at.run()).toMatchObject({
      round: 2,
      task: { kind: "apply-patch", by: "U2", to },
      grantedUsd: 0,
    });
  });

  test("once for a double click, two people, and two programs", async () => {
    const at = await office();
    await at.press("U2", "follow-up", { text: "Use 2.17.1." });
    await at.press("U2", "follow-up", { text: "Use 2.17.1." });
    await at.press("U3", "follow-up", { text: "Use 2.24." });
    await Promise.all([at.attend(), at.attend(), at.attend()]);
    await at.attend(61_000);
    expect(at.submitted).toHaveLength(1);
    expect((await at.run()).round).toBe(2);
    expect((await at.answers()).filter((words) => words?.includes("goes on: round 2"))).not.toHaveLength(0);
    expect(await at.answers()).toContainEqual(expect.stringMatching(/is at work already/));
  });

  test("once for the same ask, whose answer was lost", async () => {
    const at = await office({ run: failed });
    const ask = await at.press("U2", "retry", { heads: undefined });
    const { answer } = at.context.store.jobs;
    at.context.store.jobs.answer = async () => {
      throw new Error("the table did not answer");
    };
    await expect(at.attend()).rejects.toThrow("the table did not answer");
    at.context.store.jobs.answer = answer;
    // It failed again before anybody looked.
    await open().jobs.changeRun(at.job, 1, (run) => ({
      ...run,
      state: "done",
      outcome: "failed",
      reason: failed.reason,
      endedAt: at.clock,
    }));
    await at.attend(61_000);
    expect((await at.run()).round).toBe(2);
    expect(await at.answers()).toEqual(["acme/shop goes on: round 2."]);
    expect(await at.audits()).toMatchObject([{ id: ask.id, decision: "done" }]);
  });

  test("only after everything of the round before was said", async () => {
    const at = await office({ run: { ...failed, queuedAt: start } });
    await at.press("U2", "retry", { heads: undefined });
    await at.attend();
    expect(at.posted.map(({ key }) => key)).toMatchObject([expect.stringMatching(/^failure-1-/)]);
    expect((await at.run()).round).toBe(2);
  });
});

describe("a round does not begin", () => {
  const cases: {
    name: string;
    kind?: "retry" | "fix-checks" | "address-review" | "resolve-conflicts" | "apply-patch" | "follow-up";
    by?: string;
    before?: (at: Office) => unknown;
    options?: OfficeOptions;
    words: RegExp;
  }[] = [
    { name: "after a success, for a retry", kind: "retry", words: /did not fail/ },
    { name: "where it is at work", options: { run: { state: "running" } }, words: /is at work already/ },
    {
      name: "where it is merged",
      options: {
        run: {
          pullRequest: {
            number: 12,
            url: "https://github.com/acme/shop/pull/12",
            headSha: "f00",
            draft: false,
            standing: {
              state: "merged",
              headSha: "f00",
              draft: false,
              review: "approved",
              approvals: [],
              checks: "passed",
              failing: [],
              openThreads: 0,
              mergeable: "clean",
              autoMerge: false,
              readAt: start,
            },
          },
        },
      },
      words: /is merged\. Start a new job/,
    },
    { name: "without words", before: () => {}, words: /needs words/, kind: "follow-up" },
    { name: "for checks that pass", kind: "fix-checks", words: /has no failing checks: they passed/ },
    {
      name: "for checks that are not there",
      kind: "fix-checks",
      before: (at) => Object.assign(at.hub.pull, { checks: "none" }),
      words: /they do not exist/,
    },
    {
      name: "for checks of an older commit",
      kind: "fix-checks",
      before: (at) => at.hub.push("c0ffee"),
      words: /newer commit, c0ffee/,
    },
    { name: "for conflicts that are not there", kind: "resolve-conflicts", words: /no conflicts/ },
    { name: "for reviews that want nothing", kind: "address-review", words: /no open review comments/ },
    {
      name: "for a closed pull request",
      kind: "address-review",
      before: (at) => Object.assign(at.hub.pull, { state: "closed" }),
      words: /it was closed/,
    },
    {
      name: "for a patch that is there as a pull request",
      kind: "apply-patch",
      words: /has its pull request already: #12/,
    },
    {
      name: "for a patch that is gone",
      kind: "apply-patch",
      options: { run: { pullRequest: undefined } },
      words: /has no patch any more/,
    },
    {
      name: "for somebody without the right",
      by: "U3",
      before: (at) => at.hub.writers.delete("cleo"),
      words: /cleo may not push/,
    },
    { name: "for somebody who has not linked an account", by: "U8", words: /Connect GitHub once/ },
  ];

  test.each(cases)("$name", async ({ kind = "follow-up", by = "U2", before, options, words }) => {
    const at = await office(options);
    await before?.(at);
    await at.press(by, kind, kind === "follow-up" && !words.test("needs words") ? { text: "More." } : {});
    await at.attend();
    expect(at.told.map((one) => one.words)).toMatchObject([expect.stringMatching(words)]);
    expect(at.submitted).toEqual([]);
    expect((await at.run()).round).toBe(1);
    expect(await at.audits()).toMatchObject([{ by, action: kind, decision: "refused" }]);
  });

  test("where access is for members, a member needs no link", async () => {
    const at = await office({ context: { access: "members", linked: undefined } });
    await at.press("U8", "follow-up", { text: "More." });
    await at.attend();
    expect((await at.run()).round).toBe(2);
  });
});

describe("before a machine is asked for", () => {
  const good = {
    found: true,
    repository: repository("shop"),
    empty: false,
    baseSha: "ba5e",
    cloneUrl: "https://github.com/acme/shop.git",
  } as const;
  const own: BranchState = { headSha: "f00", foreign: { commits: 0, people: [] } };
  const foreign: BranchState = { headSha: "c0ffee", foreign: { commits: 2, people: ["dan"] } };
  const pull = { number: 12, url: "https://github.com/acme/shop/pull/12", headSha: "f00", draft: false };

  test("commits of people are asked about, and the answer goes to the runner", async () => {
    const at = await office();
    at.hub.branchState = foreign;
    await at.press("U2", "follow-up", { text: "More." });
    await at.attend();
    expect(at.submitted).toEqual([]);
    const { waiting } = await at.run();
    expect(waiting).toMatchObject({
      for: "branch",
      why: "commits",
      people: ["dan"],
      commits: 2,
      headSha: "c0ffee",
    });
    expect(at.posted.at(-1)?.text).toMatch(/its branch has 2 commits by dan/);
    const since = waiting?.since;
    await at.press("U2", "branch", { since, text: "reopen", heads: undefined });
    await at.attend();
    expect((await at.run()).state).toBe("waiting");
    await at.press("U2", "branch", { since, text: "build-on-top", heads: undefined });
    await at.attend();
    expect(await at.run()).toMatchObject({
      state: "submitted",
      branchChoice: { choice: "build-on-top", by: "U2", headSha: "c0ffee" },
    });
    expect(at.submitted).toHaveLength(1);
  });

  test("a pull request that somebody closed is asked about", async () => {
    const at = await office();
    at.hub.branchState = { ...own, pullRequest: { ...pull, state: "closed", closedBy: "dan" } };
    await at.press("U2", "follow-up", { text: "More." });
    await at.attend();
    expect((await at.run()).waiting).toMatchObject({ for: "branch", why: "closed", people: ["dan"] });
    expect(at.posted.at(-1)?.text).toMatch(/was closed by dan/);
    expect(at.submitted).toEqual([]);
  });

  const bad: [string, RepositoryCheck, string][] = [
    ["gone", { found: false }, "repository-gone"],
    ["archived", { ...good, repository: repository("shop", { archived: true }) }, "repository-archived"],
    ["empty", { ...good, empty: true }, "repository-empty"],
    [
      "not Cody's to push to",
      { ...good, repository: repository("shop", { mayPush: false }) },
      "github-rejected",
    ],
    [
      "not allowed",
      { ...good, repository: repository("shop", { fullName: "evil/shop" }) },
      "repository-not-allowed",
    ],
  ];
  test.each(bad)("a repository that is %s by now ends the round", async (_name, check, kind) => {
    const at = await office();
    at.hub.check = check;
    await at.press("U2", "follow-up", { text: "More." });
    await at.attend();
    expect(await at.run()).toMatchObject({ outcome: "failed", reason: { kind } });
    expect(at.submitted).toEqual([]);
  });

  test("a GitHub that is away is waited for, and for too long not", async () => {
    const at = await office({ context: { access: "members" } });
    await at.press("U2", "follow-up", { text: "More." });
    at.hub.isAway = true;
    await at.attend();
    expect((await at.run()).state).toBe("queued");
    at.hub.isAway = false;
    await at.attend(60_000);
    expect((await at.run()).state).toBe("submitted");
    const other = await office({ context: { access: "members" } });
    await other.press("U2", "follow-up", { text: "More." });
    other.hub.isAway = true;
    await other.attend();
    await other.attend(16 * 60_000);
    expect(await other.run()).toMatchObject({ outcome: "failed", reason: { kind: "github-unavailable" } });
  });

  test.each([
    ["own commits only", own, undefined],
    ["no branch yet", { foreign: { commits: 3, people: [] } }, undefined],
    ["merged", { ...own, pullRequest: { ...pull, state: "merged" } }, "fail"],
    ["commits", foreign, "ask-first"],
  ] as const)("the branch decides: %s", (_name, state, type) => {
    const run = exampleRun({ ...endedRun("changed"), pullRequest: pull });
    expect(eventFor(run, state as BranchState, start)?.type).toBe(type);
  });
});

describe("bringing the branch up to date", () => {
  test("merges the base as Cody, once, for somebody who may push", async () => {
    const at = await office();
    Object.assign(at.hub.pull, { mergeable: "behind" });
    await at.press("U2", "update-branch");
    await at.press("U3", "update-branch");
    await Promise.all([at.attend(), at.attend()]);
    await at.attend(61_000);
    expect(at.hub.done).toEqual(["update f00"]);
    expect((await at.audits()).map(({ decision }) => decision).toSorted()).toEqual(["done", "refused"]);
    expect(at.posted.map(({ key }) => key)).toContain("head-01-0ddba11");
  });

  test("whose answer is lost is looked up and not done again", async () => {
    const at = await office();
    at.hub.faults = { 3: "after" };
    await at.press("U2", "update-branch");
    await at.attend();
    await at.attend(61_000);
    expect(at.hub.done).toEqual(["update f00"]);
    expect(await at.audits()).toMatchObject([{ decision: "done" }]);
  });

  test.each<[string, (at: Office) => unknown, RegExp]>([
    ["a newer commit", (at) => at.hub.push("c0ffee"), /newer commit, c0ffee/],
    ["conflicts", (at) => Object.assign(at.hub.pull, { mergeable: "conflicts" }), /has conflicts with main/],
    ["an ended one", (at) => Object.assign(at.hub.pull, { state: "merged" }), /is merged already/],
    ["a missing right", (at) => at.hub.writers.delete("ben"), /ben may not push/],
  ])("is refused for %s", async (_name, before, words) => {
    const at = await office();
    before(at);
    await at.press("U2", "update-branch");
    await at.attend();
    expect(at.hub.done).toEqual([]);
    expect(at.told.map((one) => one.words)).toMatchObject([expect.stringMatching(words)]);
  });
});

describe("what weighs as much as a push needs the right to push", () => {
  const waits: [Ask["kind"], Waiting, Partial<Ask>][] = [
    ["release", { for: "hold", since: start, reasons: ["a workflow"], change: "b..t" }, {}],
    [
      "branch",
      { for: "branch", since: start, why: "commits", people: ["dan"], commits: 1, headSha: "c0ffee" },
      { text: "overwrite" },
    ],
  ];

  test.each(waits)("%s", async (kind, waiting, more) => {
    const run: Partial<Run> = { state: "waiting", outcome: undefined, waiting };
    const at = await office({ job: { closedAt: undefined }, run });
    at.hub.writers.delete("cleo");
    await at.press("U3", kind, { since: start, heads: undefined, ...more });
    await at.attend();
    expect(at.told.at(-1)?.words).toMatch(/cleo may not push/);
    expect((await at.run()).state).toBe("waiting");
    await at.press("U2", kind, { since: start, heads: undefined, ...more });
    await at.attend();
    expect((await at.run()).state).toBe("submitted");
    expect((await at.audits()).map(({ by, decision }) => `${by} ${decision}`)).toEqual([
      "U3 refused",
      "U2 done",
    ]);
  });
});

describe("what is written in the thread", () => {
  const written = { run: undefined, heads: undefined, responseUrl: undefined };

  test("when all is done is answered with what to do instead, privately and once to each person", async () => {
    const at = await office();
    for (const user of ["U2", "U2", "U3"]) {
      await at.press(user, "message", { ...written, text: "Also update the changelog." });
      await at.attend();
    }
    expect(at.told.map(({ user }) => user)).toEqual(["U2", "U3"]);
    expect(at.told[0]?.words).toMatch(/nobody at work reads .* press \*Ask for changes\*/);
    expect(at.posted).toEqual([]);
    expect((await at.run()).round).toBe(1);
  });

  test("while a run is at work is read by it, and answered by what it does", async () => {
    const at = await office({ run: { state: "running", outcome: undefined, endedAt: undefined } });
    await at.press("U2", "message", { ...written, text: "Also update the changelog." });
    await at.attend();
    expect(at.told).toEqual([]);
    expect(await at.answers()).toEqual(["noted"]);
  });
});
