// Text of people, repositories and models: it shows as it is, can do nothing, and never makes a message Slack refuses.
import type { Job, Run, Waiting } from "@cody/core/schema.ts";
import type { KnownBlock } from "@slack/types";
import fc from "fast-check";
import { expect, test } from "vitest";
import { drawBoard } from "../../packages/bot/src/views/board.ts";
import { jobList } from "../../packages/bot/src/views/messages.ts";
import {
  checksReply,
  headReply,
  outdatedReply,
  pullEndedReply,
  reviewReply,
} from "../../packages/bot/src/views/pull-request-replies.ts";
import { endReply, failureReply, refusalReply, resultReply } from "../../packages/bot/src/views/result.ts";
import { waitingReply } from "../../packages/bot/src/views/waiting.ts";
import { endedRun, exampleDiff, exampleJob, exampleRun, repository, start } from "../core/examples.ts";
import { problemsOfBlocks, textLength } from "../world/slack/blocks.ts";
import { slackLimits } from "../world/slack/limits.ts";
import { openStanding } from "./hub.ts";
import { failed } from "./shown.ts";

const evil = "<!channel> <!here|here> <@U666> <https://evil.example|good> & ```\n*bold* <!subteam^S1|x>";
const escapedEvil =
  "&lt;!channel&gt; &lt;!here|here&gt; &lt;@U666&gt; &lt;https://evil.example|good&gt; &amp; ```";

function everythingSays(words: string): { job: Job; runs: Run[] } {
  const detail = { kind: "unexpected", detail: words } as const;
  const said = {
    summary: words,
    verification: words,
    progress: words,
    modelName: words,
    patchOnly: words,
    diff: exampleDiff({ preview: words || "-" }),
  };
  return {
    job: exampleJob({
      name: words.slice(0, 80) || "-",
      prompt: words || "-",
      refused: detail,
      repositories: [repository("a"), repository("b"), repository("c")],
    }),
    runs: [
      endedRun("changed", said),
      endedRun("failed", { ...said, number: 2, reason: detail }),
      exampleRun({ ...said, number: 3, state: "running", turns: 1 }),
    ],
  };
}

function everyMessage({ job, runs }: { job: Job; runs: Run[] }): { text: string; blocks: KnownBlock[] }[] {
  const board = drawBoard({ job: { ...job, refused: undefined }, runs });
  return [
    board,
    { text: board.text, blocks: board.plainBlocks },
    resultReply(run(runs, 0)),
    failureReply([run(runs, 1)]),
    endReply({ ...job, refused: undefined }, runs),
    refusalReply(job),
    ...waits(job.prompt).map((waiting) => waitingReply(exampleRun({ state: "waiting", waiting }))),
    ...everyPullRequestReply(job),
    { text: jobList([{ job, runs, asks: [], posts: [] }]), blocks: [] },
  ];
}

/** Everything that the standing of a pull request calls for; names of checks and people are anybody's. */
function everyPullRequestReply({ name, prompt }: Job): { text: string; blocks: KnownBlock[] }[] {
  const job = exampleJob({ name, prompt, fixChecks: true });
  const standing = openStanding({
    checks: "failed",
    failing: Array(12).fill({ name: prompt || "-", required: true, url: `https://ci.example/${prompt}` }),
    openThreads: 2,
    mergeable: "conflicts",
    headSha: "c0ffee",
    endedBy: prompt,
  });
  const url = "https://github.com/acme/shop/pull/12";
  const run = endedRun("changed", {
    baseBranch: prompt || "main",
    pullRequest: { number: 12, url, headSha: "f00", draft: false, standing },
  });
  return [
    checksReply(
      {
        ...run,
        pullRequest: run.pullRequest && {
          ...run.pullRequest,
          standing: { ...standing, failing: standing.failing.map((one) => ({ ...one, url: undefined })) },
        },
      },
      job,
    ),
    reviewReply(run),
    headReply(run),
    outdatedReply(run),
    pullEndedReply(run),
  ];
}

/** Everything for which a run waits, in these words. */
function waits(words: string): Waiting[] {
  return [
    { for: "question", since: start, question: words, options: [words, words] },
    { for: "budget", since: start, reached: words, offerUsd: 3 },
    { for: "hold", since: start, reasons: Array.from({ length: 40 }, () => words), change: "b..t" },
    { for: "branch", since: start, why: "commits", people: Array(9).fill(words), commits: 2, headSha: "f00" },
    { for: "branch", since: start, why: "closed", people: [words], commits: 0, headSha: "f00" },
  ];
}

test("foreign text shows as it is: no mention, no link, no broadcast", () => {
  const messages = everyMessage(everythingSays(evil));
  for (const { text, blocks } of messages) {
    for (const words of [text, ...mrkdwnOf(blocks)]) {
      expect(words.replaceAll("<@U1>", "")).not.toMatch(/[<>]/);
    }
  }
  const { text } = resultReply(run(everythingSays(evil).runs, 0));
  expect(text).toContain(escapedEvil);
});

test("foreign text in a diff or a request stands in a block that knows no markup", () => {
  const { blocks } = resultReply(run(everythingSays(evil).runs, 0));
  const preformatted = blocks.find(({ type }) => type === "rich_text");
  expect(JSON.stringify(preformatted)).toContain(JSON.stringify(evil));
});

test("foreign text of any length and kind makes messages that Slack takes", () => {
  const words = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom("&".repeat(3_000), "<".repeat(5_000), "a\n".repeat(2_000), " ".repeat(200), evil, ""),
  );
  fc.assert(
    fc.property(words, (said) => {
      for (const { text, blocks } of everyMessage(everythingSays(said))) {
        expect(problemsOfBlocks(blocks, "message", slackLimits, "/blocks")).toEqual([]);
        expect(textLength(blocks)).toBeLessThanOrEqual(slackLimits.messageBlocksMaxCharacters);
        expect(text.length).toBeGreaterThan(0);
        expect(text.replaceAll("<@U1>", "")).not.toMatch(/[<>]/);
      }
    }),
    { numRuns: 25 },
  );
});

test("foreign text does not make the board longer than Slack lets it be edited", () => {
  const { text, plainBlocks } = drawBoard(everythingSays("&".repeat(3_000)));
  expect(text.length).toBeLessThanOrEqual(4_000);
  expect(problemsOfBlocks(plainBlocks, "message", slackLimits, "/blocks")).toEqual([]);
});

test("foreign text in a failure of any length does not make the message longer than Slack takes", () => {
  const { text } = failureReply([{ ...failed, reason: { kind: "unexpected", detail: "x".repeat(100_000) } }]);
  expect(text.length).toBeLessThanOrEqual(40_000);
});

/** Every text of the blocks in which Slack reads markup. */
function mrkdwnOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("type" in value && value.type === "mrkdwn" && "text" in value) return [String(value.text)];
  return Object.values(value).flatMap(mrkdwnOf);
}

function run(runs: Run[], index: number): Run {
  const found = runs[index];
  if (!found) throw new Error(`there is no run ${index}`);
  return found;
}
