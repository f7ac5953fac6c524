// What people see of pull requests: on the board, in replies, and in the questions about a branch.

import type { Standing } from "@cody/core/pull-request-schema.ts";
import type { Run } from "@cody/core/schema.ts";
import type { KnownBlock } from "@slack/types";
import { describe, expect, test } from "vitest";
import { drawBoard } from "../../packages/bot/src/views/board.ts";
import { allButtons, standingWords } from "../../packages/bot/src/views/pull-request.ts";
import {
  checksReply,
  headReply,
  outdatedReply,
  pullEndedReply,
  reviewReply,
} from "../../packages/bot/src/views/pull-request-replies.ts";
import { endReply, failureReply, resultReply } from "../../packages/bot/src/views/result.ts";
import { waitingReply } from "../../packages/bot/src/views/waiting.ts";
import { endedRun, exampleDiff, exampleJob, exampleRun, repository, start } from "../core/examples.ts";
import { problemsOfBlocks } from "../world/slack/blocks.ts";
import { slackLimits } from "../world/slack/limits.ts";
import { openStanding } from "./hub.ts";
import { lines } from "./shown.ts";

function delivered(standing?: Partial<Standing>, differences: Partial<Run> = {}): Run {
  const pullRequest = {
    number: 12,
    url: "https://github.com/acme/shop/pull/12",
    headSha: "f00d1234",
    draft: false,
    ...(standing ? { standing: openStanding({ headSha: "f00d1234", readAt: start, ...standing }) } : {}),
  };
  return endedRun("changed", {
    headSha: "f00d1234",
    lookedAt: start + 200_000,
    diff: exampleDiff(),
    pullRequest,
    ...differences,
  });
}

/** Values of the buttons, by their labels. */
function values(blocks: KnownBlock[]): Record<string, string | undefined> {
  const buttons = blocks.flatMap((block) => (block.type === "actions" ? block.elements : []));
  return Object.fromEntries(
    buttons.flatMap((one) => (one.type === "button" ? [[one.text.text, one.value]] : [])),
  );
}

test.each<[Partial<Standing> | undefined, string]>([
  [undefined, ""],
  [{}, "open · checks passed"],
  [{ checks: "none" }, "open · no checks"],
  [{ checks: "pending" }, "open · checks pending"],
  [{ review: "approved" }, "approved · checks passed"],
  [{ review: "changes requested", checks: "failed" }, "changes requested · checks failed"],
  [{ draft: true, checks: "none" }, "draft · no checks"],
  [{ mergeable: "behind" }, "open · checks passed · behind"],
  [{ mergeable: "conflicts", openThreads: 2 }, "open · checks passed · conflicts · 2 open comments"],
  [{ autoMerge: true }, "open · checks passed · merges by itself"],
  [{ state: "merged", checks: "failed" }, "merged"],
  [{ state: "closed" }, "closed"],
])("%j reads as “%s”", (standing, words) => {
  expect(standingWords(delivered(standing)).join(" · ")).toBe(words);
});

describe("the board", () => {
  const job = exampleJob({ repositories: [repository("shop"), repository("docs")] });
  const second = (standing: Partial<Standing>) =>
    delivered(standing, { number: 2, repository: repository("docs") });

  test("shows how each stands, and offers what can be done to all", () => {
    const runs = [delivered({ review: "approved" }), second({ checks: "pending" })];
    const { blocks, text } = drawBoard({ job, runs });
    expect(lines(blocks)).toContain("+3 −3 in 2 files · approved · checks passed");
    expect(text).toContain("open · checks pending");
    expect(lines(blocks)).toContain("[Approve all green] [Close all]");
    expect(values(blocks)["Approve all green"]).toBe("abcdefgh23@1:f00d1234");
    expect(values(blocks)["Close all"]).toBe("abcdefgh23@1:f00d1234,2:f00d1234");
    expect(problemsOfBlocks(blocks, "message", slackLimits, "/blocks")).toEqual([]);
  });

  test("offers nothing for all where there is one, and approves nothing without checks", () => {
    expect(allButtons(job, [delivered({})])).toEqual([]);
    expect(allButtons(job, [delivered({}), second({ state: "merged" })])).toEqual([]);
    const labels = allButtons(job, [delivered({ checks: "none" }), second({ checks: "none" })]).map(
      ({ text }) => text.text,
    );
    expect(labels).toEqual(["Close all"]);
  });
});

describe("the result of a round", () => {
  test("offers what can be done with the commit that it shows", () => {
    const { blocks } = resultReply(delivered());
    expect(lines(blocks.slice(-2))).toMatchInlineSnapshot(`
      "[Approve] [Merge] [Ask for changes] [Conversation] [Pull request #12]
      [Request changes on GitHub] [Enable auto-merge] [Close]"
    `);
    expect(values(blocks)).toMatchObject({
      Approve: "abcdefgh23.1@1:f00d1234",
      Close: "abcdefgh23.1@1:f00d1234",
    });
    expect(values(resultReply(delivered({ headSha: "c0ffee" })).blocks).Merge).toBe("abcdefgh23.1@1:c0ffee");
  });

  test("of a draft offers no merge, and of an ended one nothing but a look", () => {
    expect(lines(resultReply(delivered({ draft: true })).blocks)).not.toMatch(/Merge|auto-merge/);
    expect(lines(resultReply(delivered({ state: "merged" })).blocks.slice(-1))).toBe(
      "[Conversation] [Pull request #12]",
    );
  });

  test("that is a patch can become a pull request", () => {
    const { blocks } = resultReply(delivered(undefined, { pullRequest: undefined }));
    expect(lines(blocks.slice(-1))).toBe("[Open pull request] [Ask for changes] [Conversation]");
    expect(values(blocks)["Open pull request"]).toBe("abcdefgh23.1");
  });

  test("with the longest names keeps to Slack's limits", () => {
    const long = { baseBranch: "b".repeat(200), repository: repository("x".repeat(90)) };
    for (const run of [delivered({}, long), delivered(undefined, { ...long, pullRequest: undefined })])
      expect(problemsOfBlocks(resultReply(run).blocks, "message", slackLimits, "/blocks")).toEqual([]);
  });
});

describe("a failure", () => {
  const stuck = { kind: "stuck", detail: "it went in circles" } as const;
  const failed = (number: number) => endedRun("failed", { number, reason: stuck });

  test("offers another try for all that it tells of", () => {
    expect(values(failureReply([failed(1), failed(3)]).blocks)).toEqual({ Retry: "abcdefgh23...1,3" });
    expect(values(failureReply([failed(1)]).blocks)).toEqual({
      Retry: "abcdefgh23...1",
      "Ask for changes": "abcdefgh23.1",
    });
  });

  test("that a retry does not help offers none", () => {
    const archived = { kind: "repository-archived", detail: "acme/shop" } as const;
    expect(values(failureReply([endedRun("failed", { reason: archived, turns: 0 })]).blocks)).toEqual({});
  });

  test("by somebody's stop can be taken back at the end", () => {
    const runs = [endedRun("cancelled"), endedRun("unchanged", { number: 2 })];
    expect(values(endReply(exampleJob(), runs).blocks)).toEqual({
      "Retry what was stopped": "abcdefgh23...1",
    });
  });
});

describe("replies about a pull request", () => {
  const failing = [
    { name: "build", required: true, url: "https://ci.example/1" },
    { name: "lint <a|b>", required: false, url: "javascript:alert(1)" },
  ];

  const two = "• <https://ci.example/1|build> (required)\n• lint &lt;a|b&gt;";
  test.each<{ name: string; blocks: KnownBlock[]; shown: string[] }>([
    {
      name: "checks",
      blocks: checksReply(delivered({ checks: "failed", failing }), exampleJob()).blocks,
      shown: [`*acme/shop* #12 · 2 checks failed at f00d123\n${two}`, "[Fix the checks] [Pull request #12]"],
    },
    {
      name: "checks, mended by themselves",
      blocks: checksReply(delivered({ checks: "failed", failing }), exampleJob({ fixChecks: true })).blocks,
      shown: [
        `*acme/shop* #12 · 2 checks failed at f00d123\n${two}\nA round for them begins by itself (1 of 2).`,
        "[Fix the checks] [Pull request #12]",
      ],
    },
    {
      name: "reviewers",
      blocks: reviewReply(delivered({ review: "changes requested", openThreads: 1 })).blocks,
      shown: [
        "*acme/shop* #12 · changes were requested and 1 review comment open",
        "[Address review] [Pull request #12]",
      ],
    },
    {
      name: "a new head",
      blocks: headReply(delivered({ headSha: "c0ffee99", checks: "pending" })).blocks,
      shown: [
        "*acme/shop* #12 · has a newer commit: c0ffee9\nThe buttons above are for an older commit; use these. How it stands: open · checks pending.",
        "[Approve] [Merge] [Ask for changes] [Pull request #12]",
        "[Request changes on GitHub] [Enable auto-merge] [Close]",
      ],
    },
    {
      name: "conflicts",
      blocks: outdatedReply(delivered({ mergeable: "conflicts" })).blocks,
      shown: ["*acme/shop* #12 · conflicts with `main`", "[Resolve conflicts] [Pull request #12]"],
    },
    {
      name: "behind",
      blocks: outdatedReply(delivered({ mergeable: "behind" })).blocks,
      shown: [
        "*acme/shop* #12 · is behind `main` and has to be brought up to date before it can be merged.",
        "[Update branch] [Pull request #12]",
      ],
    },
    {
      name: "merged",
      blocks: pullEndedReply(delivered({ state: "merged", endedBy: "ben" })).blocks,
      shown: ["*acme/shop* #12 · merged by ben."],
    },
    {
      name: "closed",
      blocks: pullEndedReply(delivered({ state: "closed" })).blocks,
      shown: ["*acme/shop* #12 · closed."],
    },
  ])("$name", ({ blocks, shown }) => {
    expect(lines(blocks)).toBe(shown.join("\n"));
    expect(problemsOfBlocks(blocks, "message", slackLimits, "/blocks")).toEqual([]);
  });
});

describe("a run that waits", () => {
  const at = Date.UTC(2026, 10, 20, 11, 5);
  const waits = (waiting: NonNullable<Run["waiting"]>, turns = 0) =>
    waitingReply(delivered({}, { state: "waiting", outcome: undefined, waiting, turns }));

  test("for its branch says whose commits are in the way, and what can become of them", () => {
    const { blocks, text } = waits({
      for: "branch",
      since: start,
      why: "commits",
      people: ["dan", "eve"],
      commits: 3,
      headSha: "c0ffee99",
    });
    expect(text).toContain("3 commits by dan and eve");
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*acme/shop* cannot go on: its branch has 3 commits by dan and eve since Cody's own, up to c0ffee9.
      [Build on top] [New branch] [Overwrite] [Stop]
      (Build on top keeps them and works from there. A new branch begins at Cody's own last commit and gets a pull request of its own.)"
    `);
    expect(values(blocks)).toEqual({
      "Build on top": `abcdefgh23.1.${start}.build-on-top`,
      "New branch": `abcdefgh23.1.${start}.new-branch`,
      Overwrite: `abcdefgh23.1.${start}.overwrite`,
      Stop: "abcdefgh23.1@1:f00d1234",
    });
  });

  test("for a closed pull request offers to open it again", () => {
    const waiting = {
      for: "branch",
      since: start,
      why: "closed",
      people: ["dan"],
      commits: 0,
      headSha: "f00",
    } as const;
    expect(lines(waits({ ...waiting, people: ["dan"] }).blocks)).toMatchInlineSnapshot(`
      "*acme/shop* cannot go on: its pull request #12 was closed by dan.
      [Reopen] [New branch] [Stop]
      (Nothing was spent on this round yet. A new branch gets a pull request of its own.)"
    `);
    expect(lines(waits({ ...waiting, people: [] }, 3).blocks)).toContain("Its work is kept.");
  });

  test("for GitHub's limits says until when", () => {
    const { text, blocks } = waits({
      for: "limited",
      since: start,
      until: at,
      reached: "a secondary rate limit",
    });
    expect(text).toBe(
      `acme/shop waits, because GitHub takes no more changes for now: a secondary rate limit. It goes on by itself at <!date^${at / 1000}^{time}|11:05 UTC>.`,
    );
    expect(lines(blocks)).toContain("no machine waits meanwhile");
    expect(problemsOfBlocks(blocks, "message", slackLimits, "/blocks")).toEqual([]);
  });

  test("stands on the board in a few words", () => {
    const waiting = { for: "limited", since: start, until: at, reached: "a limit" } as const;
    const { text } = drawBoard({ job: exampleJob(), runs: [exampleRun({ state: "waiting", waiting })] });
    expect(text).toContain("waiting for GitHub's limits");
  });
});
