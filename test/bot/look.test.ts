// Looking at pull requests: what the table keeps of it, that every look makes the next one later, and what follows.
import { lookEveryMs, lookForMs } from "@cody/core/limits.ts";
import type { Run } from "@cody/core/schema.ts";
import { isGreen, newerLook, nextLook } from "@cody/core/standing.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { open, serveTable, now as start } from "../core/adapters/table/table-server.ts";
import { openStanding } from "./hub.ts";
import { accounts, Office, type OfficeOptions } from "./office.ts";

serveTable();

const office = (options?: OfficeOptions) => Office.open(open(), options);
const unseen: Partial<Run> = {
  pullRequest: { number: 12, url: "https://github.com/acme/shop/pull/12", headSha: "f00", draft: false },
  lookAt: undefined,
  lookedAt: undefined,
};
const failing = {
  checks: "failed" as const,
  failing: [{ name: "build", required: true, url: "https://ci.example/1" }],
};
const keys = (at: Office) => at.posted.map(({ key }) => key);

describe("a look", () => {
  test("is taken as soon as there is a pull request, which is named for webhooks", async () => {
    const at = await office({ run: unseen });
    await at.attend();
    const run = await at.run();
    expect(run.pullRequest?.standing).toMatchObject({ state: "open", checks: "passed" });
    expect(run.lookAt).toBeGreaterThanOrEqual(at.clock + lookEveryMs.first);
    expect(run.lookedAt).toBe(at.clock);
    expect(await open().jobs.ofPullRequest(run.repository.id, 12)).toEqual({ job: at.job, number: 1 });
    await at.attend(1_000);
    expect(at.hub.looks).toBe(1);
  });

  test("that finds nothing new makes the next one later, until nobody waits any more", async () => {
    const at = await office({ run: unseen });
    await at.attend();
    const steps: number[] = [];
    for (const share of [0, 0.01, 0.1, 0.5]) {
      at.clock = Math.max(at.clock, start + share * lookForMs, (await at.run()).lookAt ?? 0);
      await at.attend();
      steps.push(((await at.run()).lookAt ?? 0) - at.clock);
    }
    expect(steps).toEqual(steps.toSorted((one, other) => one - other));
    expect(steps.at(-1)).toBe(lookEveryMs.last);
    at.clock = start + lookForMs + lookEveryMs.last;
    await at.attend();
    expect((await at.run()).lookAt).toBeUndefined();
    const { looks } = at.hub;
    await at.attend(lookEveryMs.last);
    expect(at.hub.looks).toBe(looks);
  });

  test("that GitHub does not answer makes the next one later as well", async () => {
    const at = await office({ run: unseen });
    at.hub.isAway = true;
    await at.attend();
    expect((await at.run()).lookAt).toBeGreaterThanOrEqual(at.clock + lookEveryMs.first);
    const { calls } = at.hub;
    await at.attend(1_000);
    expect(at.hub.calls).toBe(calls);
  });

  test.each([
    ["merged", "merged by ben."],
    ["closed", "closed by ben."],
  ] as const)("is the last one once it is %s and the thread has heard of it", async (state, words) => {
    const at = await office({ run: unseen });
    at.hub.pull = openStanding({ state, endedBy: "ben" });
    await at.attend();
    expect(keys(at)).toEqual([`${state}-01-f00`]);
    expect(at.posted[0]?.text).toContain(words);
    const again = (await at.run()).lookAt ?? 0;
    await at.attend(again - at.clock);
    expect((await at.run()).lookAt).toBeUndefined();
    expect(keys(at)).toHaveLength(1);
  });

  test("follows a press in the thread, but not each of many", async () => {
    const at = await office();
    await at.press("U2", "stop", { heads: undefined });
    await at.press("U2", "stop", { heads: undefined });
    await at.attend();
    expect(at.hub.looks).toBe(1);
    await at.press("U2", "stop", { heads: undefined });
    await at.attend(1_000);
    expect(at.hub.looks).toBe(1);
    await at.press("U2", "stop", { heads: undefined });
    await at.attend(20_000);
    expect(at.hub.looks).toBe(2);
  });
});

describe("what follows from it", () => {
  const seen = (standing: object) => ({
    run: {
      ...unseen,
      pullRequest: {
        ...unseen.pullRequest,
        standing: openStanding({ readAt: start, ...standing }),
      } as Run["pullRequest"],
      lookAt: start + 3_600_000,
      lookedAt: start - 50_000,
    },
  });

  test("failing checks are told once a commit, with links and a button", async () => {
    const at = await office(seen(failing));
    await at.attend();
    await at.attend();
    expect(keys(at)).toEqual(["checks-01-f00"]);
    expect(at.posted[0]?.text).toContain("<https://ci.example/1|build> (required)");
    expect(JSON.stringify(at.posted[0]?.blocks)).toContain('"action_id":"fix-checks"');
    expect((await at.run()).round).toBe(1);
  });

  test("failing checks begin at most two rounds by themselves, and none for a head that one left as it was", async () => {
    const at = await office({ job: { fixChecks: true }, ...seen(failing) });
    await at.attend();
    expect(await at.run()).toMatchObject({
      round: 2,
      task: { kind: "fix-checks", sha: "f00" },
      automaticRounds: 1,
    });
    expect(at.posted[0]?.text).toContain("(1 of 2)");
    const end = async (headSha: string) => {
      at.hub.pull = openStanding({ headSha, ...failing });
      await open().jobs.changeRun(at.job, 1, (run) => ({
        ...run,
        state: "done",
        outcome: "changed",
        endedAt: at.clock,
        headSha,
        lookAt: at.clock,
      }));
      await at.attend();
      await at.attend();
    };
    await end("f00");
    expect((await at.run()).round).toBe(2);
    await end("f01");
    expect(await at.run()).toMatchObject({ round: 3, task: { sha: "f01" }, automaticRounds: 2 });
    await end("f02");
    expect((await at.run()).round).toBe(3);
    expect(at.posted.at(-1)?.text).not.toContain("by itself");
  });

  test("reviewers are told of once, and not again for what a round has answered", async () => {
    const at = await office(seen({ openThreads: 2 }));
    await at.attend();
    expect(keys(at)).toEqual(["review-01-f00-2"]);
    await at.press("U2", "address-review");
    at.hub.pull = openStanding({ openThreads: 2 });
    await at.attend();
    const answered = openStanding({ headSha: "f01", openThreads: 2, readAt: at.clock });
    const done = (standing: typeof answered) =>
      open().jobs.changeRun(at.job, 1, (run) => ({
        ...run,
        state: "done",
        outcome: "changed",
        headSha: "f01",
        lookAt: at.clock + 3_600_000,
        pullRequest: run.pullRequest && { ...run.pullRequest, standing },
      }));
    await done(answered);
    await at.attend();
    expect(keys(at).filter((key) => key.startsWith("review-"))).toHaveLength(1);
    await done({ ...answered, openThreads: 3 });
    await at.attend();
    expect(keys(at).filter((key) => key.startsWith("review-"))).toHaveLength(2);
  });

  test.each([
    ["conflicts", "resolve-conflicts"],
    ["behind", "update-branch"],
  ] as const)("%s is told once a commit, with its button", async (mergeable, action) => {
    const at = await office(seen({ mergeable }));
    await at.attend();
    await at.attend();
    expect(keys(at)).toEqual([`${mergeable}-01-f00`]);
    expect(JSON.stringify(at.posted[0]?.blocks)).toContain(`"action_id":"${action}"`);
  });

  test("a commit of somebody else gets buttons of its own, and a quick series of them not each", async () => {
    const at = await office(seen({ headSha: "c0ffee" }));
    await at.attend();
    expect(keys(at)).toEqual(["head-01-c0ffee"]);
    expect(JSON.stringify(at.posted[0]?.blocks)).toContain("@1:c0ffee");
    const push = (headSha: string) =>
      open().jobs.changeRun(at.job, 1, (run) => ({
        ...run,
        pullRequest: run.pullRequest && {
          ...run.pullRequest,
          standing: openStanding({ headSha, readAt: at.clock }),
        },
      }));
    await push("c0ffee2");
    await at.attend(60_000);
    expect(keys(at)).toHaveLength(1);
    await at.attend(11 * 60_000);
    expect(keys(at)).toHaveLength(2);
  });
});

describe("auto-merge, which a job wants", () => {
  const wanted = { job: { autoMerge: true } };

  test("waits for the approval of somebody else, says so once, and is then set as who asked", async () => {
    const at = await office(wanted);
    await at.attend();
    await at.attend();
    expect(at.posted.map(({ text }) => text)).toMatchObject([
      expect.stringMatching(/once somebody else than <@U1>/),
    ]);
    at.hub.pull = openStanding({
      approvals: [{ account: accounts.U2, sha: "f00" }],
      readAt: at.clock,
    } as never);
    await at.press("U2", "stop", { heads: undefined });
    await at.attend();
    await at.attend();
    expect(at.hub.done).toEqual(["auto-merge ann f00"]);
    expect(at.posted.filter(({ key }) => key === "auto-merge-01-1")).toHaveLength(1);
    const set = (await at.audits()).filter(({ action }) => action === "auto-merge");
    expect(set).toMatchObject([{ by: "U1", decision: "done" }]);
  });

  test("is set at once where one person is enough", async () => {
    const at = await office({ ...wanted, context: { twoPerson: false } });
    await Promise.all([at.attend(), at.attend()]);
    await at.attend(61_000);
    expect(at.hub.done).toEqual(["auto-merge ann f00"]);
    expect(at.posted.filter(({ key }) => key === "auto-merge-01-1")).toHaveLength(1);
  });

  test("that cannot be is told in the thread, once", async () => {
    const at = await office({ ...wanted, context: { twoPerson: false } });
    at.hub.writers.delete("ann");
    await at.attend();
    await at.attend(61_000);
    expect(at.hub.done).toEqual([]);
    expect(at.posted.map(({ text }) => text)).toMatchObject([
      expect.stringMatching(/<@U1>: Your GitHub account ann may not push/),
    ]);
  });
});

test("the time that a run waited for lets it go on", async () => {
  const waiting = {
    for: "limited" as const,
    since: start,
    until: start + 60_000,
    reached: "a secondary limit",
  };
  const at = await office({
    job: { closedAt: undefined },
    run: { state: "waiting", outcome: undefined, waiting },
  });
  await at.attend();
  expect((await at.run()).state).toBe("waiting");
  await at.attend(60_000);
  expect((await at.run()).state).toBe("submitted");
});

describe("pure", () => {
  test("the next look is always later, and steps never shrink while nothing changes", () => {
    fc.assert(
      fc.property(fc.nat(lookForMs + 1), fc.nat(lookForMs), (quietMs, moreMs) => {
        const next = nextLook(start, start + quietMs);
        expect(next === undefined).toBe(quietMs > lookForMs);
        if (next === undefined) return;
        expect(next).toBeGreaterThan(start + quietMs);
        const later = nextLook(start, start + quietMs + moreMs);
        if (later !== undefined) expect(later - moreMs).toBeGreaterThanOrEqual(next);
      }),
    );
  });

  test("a week of quiet is some two hundred looks", () => {
    let looks = 0;
    for (let at: number | undefined = start; at !== undefined; at = nextLook(start, at)) looks += 1;
    expect(looks).toBeLessThan(250);
  });

  test("a look that shows the same keeps the time since when it does", () => {
    const known = openStanding({ readAt: start, etag: "one" });
    expect(newerLook(known, { ...known, readAt: start + 5, etag: "two" })).toEqual({ ...known, etag: "two" });
    const other = { ...known, readAt: start + 5, openThreads: 1 };
    expect(newerLook(known, other)).toBe(other);
    expect(newerLook(undefined, other)).toBe(other);
  });

  test("green is what passed its checks; none at all are no success", () => {
    expect(isGreen(openStanding())).toBe(true);
    for (const checks of ["none", "pending", "failed"] as const)
      expect(isGreen(openStanding({ checks }))).toBe(false);
    expect(isGreen(openStanding({ mergeable: "conflicts" }))).toBe(false);
    expect(isGreen(openStanding({ draft: true }))).toBe(false);
    expect(isGreen(openStanding({ state: "merged" }))).toBe(false);
    expect(isGreen(undefined)).toBe(false);
  });
});
