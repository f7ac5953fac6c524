// The replies in a thread, the list of jobs, and the words for times, money and counts.
import type { Run, Waiting } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { help, jobList } from "../../packages/bot/src/views/messages.ts";
import { endReply, failureReply, refusalReply, resultReply } from "../../packages/bot/src/views/result.ts";
import { waitingReply } from "../../packages/bot/src/views/waiting.ts";
import { count, dollars, duration, list } from "../../packages/bot/src/views/words.ts";
import { endedRun, exampleDiff, exampleJob, exampleRun, repository, start } from "../core/examples.ts";
import { changed, failed, lines, running, three, unchanged } from "./shown.ts";

describe("replies", () => {
  test("a change: what was done, the diff, how it was checked, the pull request", () => {
    const { text, blocks } = resultReply(changed);
    expect(text).toMatchInlineSnapshot(`
      "acme/shop-service · changed · #12 · +3 −3 in 2 files
      Log4j is 2.17.1 now.
      Nothing else had to change."
    `);
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*acme/shop-service* · changed · #12 · +3 −3 in 2 files
      Log4j is 2.17.1 now.
      Nothing else had to change.
      | -log4j 2.14
      | +log4j 2.17
      (checked: ran the tests, all pass · 1m 40s · 14 turns · $0.22)
      [Approve] [Merge] [Ask for changes] [Conversation] [Pull request #12]
      [Request changes on GitHub] [Enable auto-merge] [Close]"
    `);
  });

  test("a change that only a patch could deliver, unchecked", () => {
    const run = { ...changed, pullRequest: undefined, verification: undefined, patchOnly: "it is archived" };
    expect(lines(resultReply(run).blocks)).toMatchInlineSnapshot(`
      "*acme/shop-service* · changed · +3 −3 in 2 files
      Log4j is 2.17.1 now.
      Nothing else had to change.
      | -log4j 2.14
      | +log4j 2.17
      (checked: not run · patch only: it is archived · 1m 40s · 14 turns · $0.22)
      [Open pull request] [Ask for changes] [Conversation]"
    `);
  });

  test("no change needed: the evidence", () => {
    expect(lines(resultReply(unchanged).blocks)).toMatchInlineSnapshot(`
      "*acme/legacy-batch* · no change needed
      Log4j is not used: searched 214 files for \`log4j\`, no hit.
      It uses logback.
      (21s · 14 turns · $0.03)
      [Ask for changes] [Conversation]"
    `);
  });

  test("one failure of several runs is told once, with what to do", () => {
    const { text, blocks } = failureReply([failed, { ...failed, repository: repository("docs") }]);
    expect(text).toMatchInlineSnapshot(`
      "acme/checkout and acme/docs failed. The agent got stuck: it went in circles.
      Word the request differently, or give it the missing piece."
    `);
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*acme/checkout and acme/docs* · failed
      The agent got stuck: it went in circles.
      Word the request differently, or give it the missing piece.
      [Retry]"
    `);
  });

  test("a failure after changes says where they are", () => {
    const { text } = failureReply([{ ...failed, diff: exampleDiff() }]);
    expect(text).toContain("What was done until then is attached as a patch.");
  });

  test("runs that failed without a reason are a mistake of ours", () => {
    expect(() => failureReply([{ ...failed, reason: undefined }])).toThrow("a failed run has no reason");
  });

  test.each<{ runs: Run[]; words: string }>([
    { runs: [changed], words: "<@U1> Done: 1 changed. $0.22 in all." },
    {
      runs: [changed, unchanged, failed],
      words: "<@U1> Over: partly failed: 1 changed, 1 needed no change and 1 failed. $0.47 in all.",
    },
    { runs: [failed, failed], words: "<@U1> Over: failed: 2 failed. $0.44 in all." },
    {
      runs: [endedRun("cancelled", { costUsd: null })],
      words: "<@U1> Over: cancelled: 1 stopped. The cost is not known.",
    },
  ])("the end pings who asked: $words", ({ runs, words }) => {
    expect(endReply(exampleJob({ repositories: runs.map((run) => run.repository) }), runs).text).toBe(words);
  });

  test("a refusal gives the request back, so that it is not lost", () => {
    const job = exampleJob({ refused: { kind: "channel-unavailable", detail: "it is archived" } });
    const { text, blocks } = refusalReply(job);
    expect(text).toMatchInlineSnapshot(
      `"<@U1> “Upgrade Log4j” was not started. Cody cannot work in that channel: it is archived. Invite Cody with /invite, or choose a public channel of your own workspace. Nothing was spent."`,
    );
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "<@U1> “Upgrade Log4j” was not started. Cody cannot work in that channel: it is archived. Invite Cody with /invite, or choose a public channel of your own workspace. Nothing was spent.
      Your request, so that it is not lost:
      | Upgrade Log4j past CVE-2021-44228"
    `);
    expect(() => refusalReply(exampleJob())).toThrow("the job was not refused");
  });

  test("a run that waits says for what, with the buttons that give it", () => {
    const waits: Waiting[] = [
      { for: "question", since: start, question: "Which version?", options: ["2.17", "2.24"] },
      { for: "budget", since: start, reached: "$3.00 of $3.00", offerUsd: 3 },
      { for: "hold", since: start, reasons: ["it changes .github/workflows/ci.yml"], change: "b..t" },
    ];
    const replies = waits.map((waiting) => waitingReply(exampleRun({ state: "waiting", waiting })).blocks);
    expect(replies.map(lines).join("\n---\n")).toMatchInlineSnapshot(`
      "*acme/shop* asks: Which version?
      [2.17] [2.24]
      (Or answer in this thread in your own words. No machine waits meanwhile.)
      ---
      *acme/shop* reached its limit: $3.00 of $3.00. Its work so far is kept.
      [Continue with $3.00 more] [Deliver what is there]
      (Deliver what is there ends the round with the change as it is by now. No machine waits meanwhile.)
      ---
      *acme/shop* is ready, but touches what somebody should look at before it is pushed:
      • it changes .github/workflows/ci.yml
      [Push it]
      (The patch is in this thread. Stop on the board ends the job without a push.)"
    `);
    const values = JSON.stringify(replies).match(/"value":"[^"]*"/g) ?? [];
    expect(values).toContain(`"value":"abcdefgh23.1.${start}.1"`);
    for (const value of values) expect(value).toContain(`abcdefgh23.1.${start}.`);
  });

  test("the list of jobs", () => {
    const job = exampleJob({ thread: { channel: "C1", ts: "1.1", link: "https://slack.example/p1" } });
    const records = [
      { job: three, runs: [changed, unchanged, running], asks: [], posts: [] },
      { job, runs: [], asks: [], posts: [] },
    ];
    expect(jobList(records)).toMatchInlineSnapshot(`
      "*Latest jobs*
      • Upgrade Log4j past CVE-2021-44228 · running · 2 of 3 done · by <@U1>
      • <https://slack.example/p1|Upgrade Log4j> · starting · by <@U1>"
    `);
    expect(jobList([])).toBe("No jobs yet. Type `/cody` to start one.");
  });
});

describe("words", () => {
  test.each([
    [0, "0s"],
    [-5, "0s"],
    [21_499, "21s"],
    [59_600, "1m 00s"],
    [100_000, "1m 40s"],
    [3_599_000, "59m 59s"],
    [3_900_000, "1h 05m"],
    [90_000_000, "25h 00m"],
  ])("%i ms are %s", (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  test.each([
    [null, "cost unknown"],
    [0, "$0.00"],
    [0.0001, "<$0.01"],
    [0.22, "$0.22"],
    [0.996, "$1.00"],
    [12, "$12.00"],
  ])("%s is %s", (usd, words) => {
    expect(dollars(usd)).toBe(words);
  });

  test("counts and lists read as people say them", () => {
    expect([count(0, "file"), count(1, "file"), count(2, "file")]).toEqual(["0 files", "1 file", "2 files"]);
    expect([list([]), list(["a"]), list(["a", "b"]), list(["a", "b", "c"])]).toEqual([
      "",
      "a",
      "a and b",
      "a, b and c",
    ]);
  });

  test("the help names every command", () => {
    for (const command of ["/cody", "/cody status", "/cody help"]) expect(help).toContain(`\`${command}\``);
  });
});
