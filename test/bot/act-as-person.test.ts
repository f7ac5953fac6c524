// Approving, merging and closing from the thread: one effect and one record, whatever people and networks do.
import { claimMs } from "@cody/core/limits.ts";
import { describe, expect, test } from "vitest";
import { open, serveTable } from "../core/adapters/table/table-server.ts";
import type { Fault } from "./hub.ts";
import { accounts, member, Office, type OfficeOptions, personOf } from "./office.ts";

serveTable();

const office = (options?: OfficeOptions) => Office.open(open(), options);

describe("a press of somebody who may", () => {
  test("approves the commit that was seen, and is told and written down", async () => {
    const at = await office();
    const ask = await at.press("U2", "approve");
    await at.attend();
    expect(at.hub.done).toEqual(["approve ben f00"]);
    expect(at.told).toMatchObject([{ user: "U2", words: "Approved acme/shop#12 at f00, as ben." }]);
    expect(await at.answers()).toEqual(["Approved acme/shop#12 at f00, as ben."]);
    expect(await at.audits()).toEqual([
      {
        id: ask.id,
        at: expect.any(Number),
        team: "T1",
        job: at.job,
        by: "U2",
        account: accounts.U2,
        action: "approve",
        repository: "acme/shop",
        pull: 12,
        sha: "f00",
        decision: "done",
        words: "Approved acme/shop#12 at f00, as ben.",
      },
    ]);
    expect((await at.run()).pullRequest?.standing?.review).toBe("approved");
  });

  test.each([
    ["request-changes", "request-changes ben f00"],
    ["merge", "merge ben f00"],
    ["auto-merge", "auto-merge ben f00"],
    ["close", "close ben f00"],
  ] as const)("%s is done as that person", async (kind, effect) => {
    const at = await office();
    await at.press("U2", kind, { text: "Use 2.17.1." });
    await at.attend();
    expect(at.hub.done).toEqual([effect]);
    expect(await at.audits()).toMatchObject([{ action: kind, decision: "done" }]);
  });

  test("closes the job again, and the thread hears of the end", async () => {
    const at = await office();
    await at.press("U2", "merge");
    await at.attend();
    const record = await open().jobs.read(at.job);
    expect(record?.job.closedAt).toBeDefined();
    expect(at.posted).toMatchObject([{ key: "merged-01-f00", text: "acme/shop #12 · merged by ben." }]);
  });
});

describe("nothing is done", () => {
  const refusals: {
    name: string;
    by?: string;
    kind?: "approve" | "merge" | "auto-merge" | "close";
    before?: (at: Office) => unknown;
    options?: OfficeOptions;
    words: RegExp;
  }[] = [
    {
      name: "F10: to a newer commit",
      before: (at) => at.hub.push("c0ffee"),
      words: /has a newer commit, c0ffee,/,
    },
    {
      name: "F10: after it was closed",
      before: (at) => Object.assign(at.hub.pull, { state: "closed", endedBy: "cleo" }),
      words: /is closed already, by cleo/,
    },
    {
      name: "after it was merged",
      kind: "merge",
      before: (at) => Object.assign(at.hub.pull, { state: "merged", endedBy: "cleo" }),
      words: /is merged already, by cleo/,
    },
    {
      name: "F9: without the right, though it was there at the start",
      before: (at) => at.hub.writers.delete("ben"),
      words: /ben may not push to acme\/shop/,
    },
    {
      name: "F8: for a guest",
      before: (at) => at.members.set("U2", { ...member, isGuest: true }),
      words: /you are a guest/,
    },
    {
      name: "F8: for somebody who was deactivated",
      before: (at) => at.members.set("U2", { ...member, isDeactivated: true }),
      words: /deactivated/,
    },
    {
      name: "F8: for somebody of another company",
      before: (at) => at.members.set("U2", { ...member, isStranger: true, teams: ["T2"] }),
      words: /another one/,
    },
    {
      name: "F10: for another app",
      before: (at) => at.members.set("U2", { ...member, isBot: true }),
      words: /not for other apps/,
    },
    {
      name: "F10: for who asked, who would be the only one to approve",
      by: "U1",
      words: /somebody else has to approve/,
    },
    {
      name: "for who asked, to merge without an approval",
      by: "U1",
      kind: "merge",
      words: /somebody else has to approve/,
    },
    {
      name: "for who asked, to let it merge by itself without an approval",
      by: "U1",
      kind: "auto-merge",
      words: /somebody else has to approve/,
    },
    {
      name: "for who asked, by the word of a machine",
      by: "U1",
      kind: "merge",
      before: (at) =>
        Object.assign(at.hub.pull, { approvals: [{ account: { id: 9, login: "lint[bot]" }, sha: "f00" }] }),
      words: /somebody else has to approve/,
    },
    {
      name: "for who asked, by an approval of an older commit",
      by: "U1",
      kind: "merge",
      before: (at) => Object.assign(at.hub.pull, { approvals: [{ account: accounts.U2, sha: "0ld" }] }),
      words: /somebody else has to approve/,
    },
    {
      name: "for who asked under another name in Slack",
      by: "U9",
      before: () => open().people.link(personOf("U9", { id: 1, login: "ann" })),
      words: /somebody else has to approve/,
    },
    {
      name: "for the account that asked, whoever it is linked to by now",
      by: "U3",
      options: { job: { requesterAccount: { id: 3, login: "cleo" } } },
      words: /somebody else has to approve/,
    },
    {
      name: "to a draft",
      kind: "merge",
      before: (at) => Object.assign(at.hub.pull, { draft: true }),
      words: /is a draft/,
    },
    {
      name: "to what conflicts",
      kind: "merge",
      before: (at) => Object.assign(at.hub.pull, { mergeable: "conflicts" }),
      words: /has conflicts/,
    },
  ];

  test.each(refusals)("$name", async ({ by = "U2", kind = "approve", before, options, words }) => {
    const at = await office(options);
    await before?.(at);
    await at.press(by, kind);
    await at.attend();
    expect(at.hub.done).toEqual([]);
    expect(at.told).toMatchObject([{ user: by, words: expect.stringMatching(words) }]);
    expect(await at.audits()).toMatchObject([{ by, action: kind, decision: "refused" }]);
  });

  test("F9: without a linked account, and there is the way to link one", async () => {
    const at = await office();
    await at.press("U7", "approve");
    await at.attend();
    expect(at.hub.done).toEqual([]);
    expect(JSON.stringify(at.told[0]?.blocks)).toContain("https://cody.example/github/link?request=U7");
    // The address is good for one person and one use, and is no part of what is kept.
    expect(JSON.stringify([await at.answers(), await at.audits()])).not.toContain("request=");
    expect(await at.audits()).toMatchObject([{ by: "U7", decision: "refused" }]);
  });

  test("where linking is not set up, and there is the way to GitHub", async () => {
    const at = await office({ context: { linked: undefined, access: "members" } });
    await at.press("U2", "merge");
    await at.attend();
    expect(at.hub.done).toEqual([]);
    expect(JSON.stringify(at.told[0]?.blocks)).toContain("https://github.com/acme/shop/pull/12");
  });

  test("where GitHub no longer takes the link", async () => {
    const at = await office({
      context: {
        linked: {
          actAs: async () => ({ words: "Connect GitHub again." }),
          linkUrl: async () => "https://cody.example/x",
        },
      },
    });
    await at.press("U2", "approve");
    await at.attend();
    expect(at.told).toMatchObject([{ words: "Connect GitHub again." }]);
    expect(await at.audits()).toMatchObject([{ decision: "refused" }]);
  });
});

describe("two people", () => {
  test("who asked may approve and merge once somebody else has approved this commit", async () => {
    const at = await office();
    await at.press("U2", "approve");
    await at.press("U1", "approve");
    await at.press("U1", "merge");
    await at.attend();
    expect(at.hub.done).toEqual(["approve ben f00", "approve ann f00", "merge ann f00"]);
  });

  test("who asked may do it alone where the operator allows that", async () => {
    const at = await office({ context: { twoPerson: false } });
    await at.press("U1", "approve");
    await at.press("U1", "merge");
    await at.attend();
    expect(at.hub.done).toEqual(["approve ann f00", "merge ann f00"]);
  });

  test("who asked may always close it and say what should change", async () => {
    const at = await office();
    await at.press("U1", "request-changes", { text: "No." });
    await at.press("U1", "close");
    await at.attend();
    expect(at.hub.done).toEqual(["request-changes ann f00", "close ann f00"]);
  });

  test("an approval counts for the commit that it was given for, and for no newer one", async () => {
    const at = await office();
    await at.press("U2", "approve");
    await at.attend();
    at.hub.push("c0ffee");
    await at.press("U1", "merge", { heads: [{ run: 1, sha: "c0ffee" }] });
    await at.attend();
    expect(at.hub.done).toEqual(["approve ben f00"]);
    expect(at.told.at(-1)?.words).toMatch(/somebody else has to approve/);
  });
});

describe("one effect, one record", () => {
  test("for a press that is delivered four times", async () => {
    const at = await office();
    const ask = await at.press("U2", "approve");
    const isNew = await Promise.all([1, 2, 3].map(() => open().jobs.ask(ask)));
    expect(isNew).toEqual([false, false, false]);
    await Promise.all([at.attend(), at.attend(), at.attend()]);
    expect(at.hub.done).toEqual(["approve ben f00"]);
    expect(await at.audits()).toHaveLength(1);
    expect(at.told).toHaveLength(1);
  });

  test("F10: for a double click of one person", async () => {
    const at = await office();
    await at.press("U2", "approve");
    await at.press("U2", "approve");
    await Promise.all([at.attend(), at.attend()]);
    await at.attend(claimMs + 1);
    expect(at.hub.done).toEqual(["approve ben f00"]);
    expect((await at.audits()).map(({ decision }) => decision).toSorted()).toEqual(["done", "refused"]);
    expect(at.told.map(({ words }) => words)).toContain(
      "acme/shop#12 has your approval of this commit already.",
    );
  });

  test("for two people who merge at once", async () => {
    const at = await office();
    await at.press("U2", "merge");
    await at.press("U3", "merge");
    await Promise.all([at.attend(), at.attend(), at.attend()]);
    await at.attend(claimMs + 1);
    expect(at.hub.done).toHaveLength(1);
    const decisions = (await at.audits()).map(({ decision }) => decision);
    expect(decisions.toSorted()).toEqual(["done", "refused"]);
    expect((await at.answers()).every(Boolean)).toBe(true);
  });

  test("F10: for one who approves while another requests changes: each their own", async () => {
    const at = await office();
    await at.press("U2", "approve");
    await at.press("U3", "request-changes", { text: "No." });
    await Promise.all([at.attend(), at.attend()]);
    await at.attend(claimMs + 1);
    expect(at.hub.done.toSorted()).toEqual(["approve ben f00", "request-changes cleo f00"]);
    expect((await at.audits()).map(({ by, decision }) => `${by} ${decision}`).toSorted()).toEqual([
      "U2 done",
      "U3 done",
    ]);
  });

  // Every call to GitHub of a press, each lost before and after it was carried out.
  const kinds = ["approve", "request-changes", "merge", "auto-merge", "close"] as const;
  const faults = kinds.flatMap((kind) =>
    [1, 2, 3, 4].flatMap((call) =>
      (["before", "after"] as const).map((fault): [string, number, Fault] => [kind, call, fault]),
    ),
  );
  test.each(faults)("for %s whose call %i is lost %s it", async (kind, call, fault) => {
    const at = await office();
    at.hub.faults = { [call]: fault };
    const ask = await at.press("U2", kind as (typeof kinds)[number], { text: "No." });
    await at.attend();
    // Somebody else looks at once, and the watchdog every minute.
    await at.attend();
    for (let minute = 0; minute < 2; minute += 1) await at.attend(claimMs + 1);
    expect(at.hub.done.filter((one) => one.startsWith(kind))).toHaveLength(1);
    expect(await at.audits()).toMatchObject([{ id: ask.id, decision: "done" }]);
    expect((await at.answers()).every(Boolean)).toBe(true);
    expect(at.told.filter(({ user }) => user === "U2")).toHaveLength(1);
  });

  test("where GitHub stays away, the person is told in the end, and it is not tried for ever", async () => {
    const at = await office();
    at.hub.isAway = true;
    await at.press("U2", "merge");
    for (let minute = 0; minute < 20; minute += 1) await at.attend(claimMs + 1);
    expect(at.told).toHaveLength(1);
    expect(at.told[0]?.words).toMatch(/GitHub did not answer.*nobody knows; look at the pull request/);
    expect(await at.audits()).toMatchObject([{ decision: "refused" }]);
    const { calls } = at.hub;
    at.hub.isAway = false;
    await at.attend(claimMs + 1);
    expect(at.hub.done).toEqual([]);
    expect(at.hub.calls).toBeLessThanOrEqual(calls + 1);
  });
});

describe("all at once", () => {
  test("approves what is green and says why not for the rest", async () => {
    const at = await office();
    Object.assign(at.hub.pull, { checks: "none" });
    await at.press("U2", "approve-all", { run: undefined });
    await at.attend();
    expect(at.hub.done).toEqual([]);
    expect(at.told[0]?.words).toMatch(/is not green at this moment/);
    Object.assign(at.hub.pull, { checks: "passed" });
    await at.press("U2", "approve-all", { run: undefined });
    await at.attend();
    expect(at.hub.done).toEqual(["approve ben f00"]);
    expect((await at.audits()).map(({ id }) => id)).toEqual([`${at.job}1-01`, `${at.job}2-01`]);
  });

  test("closes everything that was seen", async () => {
    const at = await office();
    await at.press("U2", "close-all", { run: undefined });
    await at.attend();
    expect(at.hub.done).toEqual(["close ben f00"]);
  });

  test("does nothing where no commit was shown", async () => {
    const at = await office();
    await at.press("U2", "approve", { heads: undefined });
    await at.attend();
    expect(at.hub.done).toEqual([]);
    expect(at.told[0]?.words).toBe("There is no pull request to do that to.");
  });
});

test("the private answer comes in the thread where the button's address is no longer good", async () => {
  const at = await office();
  at.context.chat.answer = async () => false;
  await at.press("U2", "approve");
  await at.attend();
  expect(at.told).toMatchObject([{ user: "U2", words: "Approved acme/shop#12 at f00, as ben." }]);
});
