// What people see: the board in each state, the replies, and that foreign text can do nothing there.
import type { Failure } from "@cody/core/failure.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import type { KnownBlock } from "@slack/types";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawBoard } from "../../packages/bot/src/views/board.ts";
import { help, jobList } from "../../packages/bot/src/views/messages.ts";
import { endReply, failureReply, refusalReply, resultReply } from "../../packages/bot/src/views/result.ts";
import { count, dollars, duration, list } from "../../packages/bot/src/views/words.ts";
import { endedRun, exampleDiff, exampleJob, exampleRun, repository, start } from "../core/examples.ts";
import { problemsOfBlocks, textLength } from "../world/slack/blocks.ts";
import { slackLimits } from "../world/slack/limits.ts";

const three = exampleJob({
  name: "Upgrade Log4j past CVE-2021-44228",
  repositories: [repository("shop-service"), repository("legacy-batch"), repository("checkout")],
  budgetUsd: 9,
});
const pullRequest = { number: 12, url: "https://github.com/acme/shop/pull/12", headSha: "f00", draft: false };
const changed = endedRun("changed", {
  repository: repository("shop-service"),
  diff: exampleDiff(),
  pullRequest,
  summary: "Log4j is 2.17.1 now.\nNothing else had to change.",
  verification: "ran the tests, all pass",
  modelName: "Claude Sonnet 5.5",
});
const unchanged = endedRun("unchanged", {
  number: 2,
  repository: repository("legacy-batch"),
  summary: "Log4j is not used: searched 214 files for `log4j`, no hit.\nIt uses logback.",
  costUsd: 0.03,
  endedAt: start + 41_000,
});
const running = exampleRun({
  number: 3,
  repository: repository("checkout"),
  state: "running",
  startedAt: start + 120_000,
  turns: 14,
  costUsd: 0.16,
  progress: "running the tests",
});
const stuck: Failure = { kind: "stuck", detail: "it went in circles" };
const failed = endedRun("failed", { number: 3, repository: repository("checkout"), reason: stuck });

describe("the board", () => {
  test("before its runs are known", () => {
    const { text, blocks } = drawBoard({ job: three, runs: [] });
    expect(text).toBe("Cody · Upgrade Log4j past CVE-2021-44228 · reading 3 repositories");
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j past CVE-2021-44228*
      by <@U1> · reading 3 repositories
      (Claude Sonnet 5.5 · effort high · pull requests)
      [Stop]"
    `);
  });

  test("while its runs go on, in text and in blocks", () => {
    const { text, blocks } = drawBoard({ job: three, runs: [changed, unchanged, running] });
    expect(text).toMatchInlineSnapshot(`
      "Cody · Upgrade Log4j past CVE-2021-44228 · 2 of 3 done · $0.41 of $9.00
      ✔ acme/shop-service · changed · #12 · +3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22
      ✔ acme/legacy-batch · no change needed · Log4j is not used: searched 214 files for log4j, no hit · 21s · $0.03
      ◐ acme/checkout · running the tests · turn 14 · $0.16"
    `);
    expect(blocks).toMatchInlineSnapshot(`
      [
        {
          "expand": true,
          "text": {
            "text": "*Upgrade Log4j past CVE-2021-44228*
      by <@U1> · 2 of 3 done · $0.41 of $9.00",
            "type": "mrkdwn",
          },
          "type": "section",
        },
        {
          "block_id": "runs",
          "tasks": [
            {
              "details": {
                "elements": [
                  {
                    "elements": [
                      {
                        "text": "+3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22",
                        "type": "text",
                      },
                    ],
                    "type": "rich_text_section",
                  },
                ],
                "type": "rich_text",
              },
              "sources": [
                {
                  "text": "#12",
                  "type": "url",
                  "url": "https://github.com/acme/shop/pull/12",
                },
              ],
              "status": "complete",
              "task_id": "run-1",
              "title": "acme/shop-service · changed",
              "type": "task_card",
            },
            {
              "details": {
                "elements": [
                  {
                    "elements": [
                      {
                        "text": "Log4j is not used: searched 214 files for log4j, no hit · 21s · $0.03",
                        "type": "text",
                      },
                    ],
                    "type": "rich_text_section",
                  },
                ],
                "type": "rich_text",
              },
              "status": "complete",
              "task_id": "run-2",
              "title": "acme/legacy-batch · no change needed",
              "type": "task_card",
            },
            {
              "details": {
                "elements": [
                  {
                    "elements": [
                      {
                        "text": "turn 14 · $0.16",
                        "type": "text",
                      },
                      {
                        "text": " · since ",
                        "type": "text",
                      },
                      {
                        "fallback": "10:32",
                        "format": "{time}",
                        "timestamp": 1795170720,
                        "type": "date",
                      },
                    ],
                    "type": "rich_text_section",
                  },
                ],
                "type": "rich_text",
              },
              "status": "in_progress",
              "task_id": "run-3",
              "title": "acme/checkout · running the tests",
              "type": "task_card",
            },
          ],
          "title": "3 repositories",
          "type": "plan",
        },
        {
          "elements": [
            {
              "text": "Claude Sonnet 5.5 · effort high · pull requests",
              "type": "mrkdwn",
            },
          ],
          "type": "context",
        },
        {
          "block_id": "board",
          "elements": [
            {
              "action_id": "stop",
              "confirm": {
                "confirm": {
                  "emoji": true,
                  "text": "Stop it",
                  "type": "plain_text",
                },
                "deny": {
                  "emoji": true,
                  "text": "Go on",
                  "type": "plain_text",
                },
                "text": {
                  "emoji": true,
                  "text": "Runs that are already being published finish; the others end without a pull request.",
                  "type": "plain_text",
                },
                "title": {
                  "emoji": true,
                  "text": "Stop this job?",
                  "type": "plain_text",
                },
              },
              "style": "danger",
              "text": {
                "emoji": true,
                "text": "Stop",
                "type": "plain_text",
              },
              "type": "button",
              "value": "abcdefgh23",
            },
            {
              "action_id": "conversation",
              "text": {
                "emoji": true,
                "text": "Conversation",
                "type": "plain_text",
              },
              "type": "button",
              "value": "abcdefgh23",
            },
          ],
          "type": "actions",
        },
      ]
    `);
  });

  test("while runs wait", () => {
    const runs = [
      exampleRun(),
      exampleRun({ number: 2, state: "submitted" }),
      exampleRun({ number: 3, state: "publishing", startedAt: start, progress: "publishing", turns: 20 }),
    ];
    expect(lines(drawBoard({ job: three, runs }).blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j past CVE-2021-44228*
      by <@U1> · 0 of 3 done · $0.00 of $9.00
      pending: acme/shop · waiting for a place
        base main
      pending: acme/shop · waiting for a machine
        base main
      in_progress: acme/shop · publishing
        turn 20 · $0.00 · since 10:30
      (Claude Sonnet 5.5 · effort high · pull requests)
      [Stop] [Conversation]"
    `);
  });

  test("while it is being stopped", () => {
    const runs = [{ ...running, stop: { by: "U2", at: start } }];
    expect(lines(drawBoard({ job: exampleJob(), runs }).blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j*
      by <@U1> · 0 of 1 done · $0.16 of $3.00
      in_progress: acme/checkout · stopping
        turn 14 · $0.16 · since 10:32
      (Claude Sonnet 5.5 · effort high · pull requests)
      [Stop] [Conversation]"
    `);
  });

  test("when all went well", () => {
    const { text, blocks } = drawBoard({ job: exampleJob(), runs: [changed] });
    expect(text).toMatchInlineSnapshot(`
      "Cody · Upgrade Log4j · done · $0.22 of $3.00
      ✔ acme/shop-service · changed · #12 · +3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22"
    `);
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j*
      by <@U1> · done · $0.22 of $3.00
      complete: acme/shop-service · changed
        +3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22
        #12 → https://github.com/acme/shop/pull/12
      (Claude Sonnet 5.5 · effort high · pull requests)
      [Conversation]"
    `);
  });

  test("when one changed, one failed and one was stopped", () => {
    const never = { turns: 0, costUsd: 0, startedAt: undefined };
    const stopped = endedRun("cancelled", { ...never, number: 2, repository: repository("legacy-batch") });
    const { text, blocks } = drawBoard({ job: three, runs: [changed, stopped, failed] });
    expect(text).toMatchInlineSnapshot(`
      "Cody · Upgrade Log4j past CVE-2021-44228 · partly failed · $0.44 of $9.00
      ✔ acme/shop-service · changed · #12 · +3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22
      ■ acme/legacy-batch · stopped · nothing was spent
      ✘ acme/checkout · failed · The agent got stuck: it went in circles. · 1m 40s · $0.22"
    `);
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j past CVE-2021-44228*
      by <@U1> · partly failed · $0.44 of $9.00
      complete: acme/shop-service · changed
        +3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22
        #12 → https://github.com/acme/shop/pull/12
      error: acme/legacy-batch · stopped
        nothing was spent
      error: acme/checkout · failed
        The agent got stuck: it went in circles. · 1m 40s · $0.22
      (Claude Sonnet 5.5 · effort high · pull requests)
      [Conversation]"
    `);
  });

  test("of a job that was refused offers nothing to stop", () => {
    const job = exampleJob({ refused: { kind: "channel-unavailable", detail: "it is archived" } });
    expect(lines(drawBoard({ job, runs: [] }).blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j*
      by <@U1> · reading 1 repository
      (Claude Sonnet 5.5 · effort high · pull requests)"
    `);
  });

  test("says what a change could not have: a check, a push, a price", () => {
    const run = endedRun("changed", {
      diff: exampleDiff({ files: 1 }),
      patchOnly: "Cody may not push to acme/shop",
      verification: undefined,
      costUsd: null,
    });
    expect(
      lines(drawBoard({ job: exampleJob({ deliver: "draft" }), runs: [run] }).blocks),
    ).toMatchInlineSnapshot(`
      "*Upgrade Log4j*
      by <@U1> · done · cost unknown of $3.00
      complete: acme/shop · changed
        +3 −3 in 1 file · patch only · 1m 40s · cost unknown
      (Claude Sonnet 5.5 · effort high · draft pull requests)
      [Conversation]"
    `);
  });

  test("has the same state in sections, for workspaces that do not know plans", () => {
    const { blocks, plainBlocks } = drawBoard({ job: three, runs: [changed, unchanged, running] });
    expect(plainBlocks.map(({ type }) => type)).toEqual(["section", "section", "context", "actions"]);
    expect(plainBlocks[0]).toEqual(blocks[0]);
    expect(lines(plainBlocks.slice(1, 2))).toMatchInlineSnapshot(`
      "✔ acme/shop-service · changed · #12 · +3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22
      ✔ acme/legacy-batch · no change needed · Log4j is not used: searched 214 files for log4j, no hit · 21s · $0.03
      ◐ acme/checkout · running the tests · turn 14 · $0.16"
    `);
    const settings = { ...slackLimits, unsupportedBlocks: ["plan", "task_card"] };
    expect(problemsOfBlocks(blocks, "message", settings, "/blocks")).not.toEqual([]);
    expect(problemsOfBlocks(plainBlocks, "message", settings, "/blocks")).toEqual([]);
  });

  test("depends on the table alone: the same record draws the same blocks", () => {
    const record = { job: three, runs: [changed, unchanged, running] };
    expect(drawBoard(structuredClone(record))).toEqual(drawBoard(record));
  });

  test("keeps the ids of its blocks and cards over every state", () => {
    const ids = (runs: Run[]) => {
      const plan = drawBoard({ job: exampleJob(), runs }).blocks.find(({ type }) => type === "plan");
      return plan?.type === "plan" && [plan.block_id, ...(plan.tasks ?? []).map(({ task_id }) => task_id)];
    };
    expect(ids([running])).toEqual(["runs", "run-3"]);
    expect(ids([failed])).toEqual(["runs", "run-3"]);
  });
});

describe("replies", () => {
  test("a change: what was done, the diff, how it was checked, the pull request", () => {
    const { text, blocks } = resultReply(changed);
    expect(text).toMatchInlineSnapshot(`
      "acme/shop-service · changed · +3 −3 in 2 files
      Log4j is 2.17.1 now.
      Nothing else had to change."
    `);
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*acme/shop-service* · changed · +3 −3 in 2 files
      Log4j is 2.17.1 now.
      Nothing else had to change.
      | -log4j 2.14
      | +log4j 2.17
      (checked: ran the tests, all pass · 1m 40s · 14 turns · $0.22)
      [Pull request #12]"
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
      (checked: not run · patch only: it is archived · 1m 40s · 14 turns · $0.22)"
    `);
  });

  test("no change needed: the evidence", () => {
    expect(lines(resultReply(unchanged).blocks)).toMatchInlineSnapshot(`
      "*acme/legacy-batch* · no change needed
      Log4j is not used: searched 214 files for \`log4j\`, no hit.
      It uses logback.
      (21s · 14 turns · $0.03)"
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
      Word the request differently, or give it the missing piece."
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
      words: "<@U1> Over: cancelled: 1 stopped. cost unknown in all.",
    },
  ])("the end pings who asked: $words", ({ runs, words }) => {
    expect(endReply(exampleJob({ repositories: runs.map((run) => run.repository) }), runs).text).toBe(words);
  });

  test("a refusal gives the request back, so that it is not lost", () => {
    const job = exampleJob({ refused: { kind: "channel-unavailable", detail: "it is archived" } });
    const { text, blocks } = refusalReply(job);
    expect(text).toMatchInlineSnapshot(
      `"“Upgrade Log4j” was not started. Cody cannot work in that channel: it is archived. Invite Cody with /invite, or choose a public channel of your own workspace. Nothing was spent."`,
    );
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "“Upgrade Log4j” was not started. Cody cannot work in that channel: it is archived. Invite Cody with /invite, or choose a public channel of your own workspace. Nothing was spent.
      Your request, so that it is not lost:
      | Upgrade Log4j past CVE-2021-44228"
    `);
    expect(() => refusalReply(exampleJob())).toThrow("the job was not refused");
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

describe("foreign text", () => {
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
      { text: jobList([{ job, runs, asks: [], posts: [] }]), blocks: [] },
    ];
  }

  test("shows as it is: no mention, no link, no broadcast", () => {
    const messages = everyMessage(everythingSays(evil));
    for (const { text, blocks } of messages) {
      for (const words of [text, ...mrkdwnOf(blocks)]) {
        expect(words.replaceAll("<@U1>", "")).not.toMatch(/[<>]/);
      }
    }
    const { text } = resultReply(run(everythingSays(evil).runs, 0));
    expect(text).toContain(escapedEvil);
  });

  test("in a diff or a request stands in a block that knows no markup", () => {
    const { blocks } = resultReply(run(everythingSays(evil).runs, 0));
    const preformatted = blocks.find(({ type }) => type === "rich_text");
    expect(JSON.stringify(preformatted)).toContain(JSON.stringify(evil));
  });

  test("of any length and kind makes messages that Slack takes", () => {
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
    );
  });

  test("does not make the board longer than Slack lets it be edited", () => {
    const { text, plainBlocks } = drawBoard(everythingSays("&".repeat(3_000)));
    expect(text.length).toBeLessThanOrEqual(4_000);
    expect(problemsOfBlocks(plainBlocks, "message", slackLimits, "/blocks")).toEqual([]);
  });

  test("in a failure of any length does not make the message longer than Slack takes", () => {
    const { text } = failureReply([
      { ...failed, reason: { kind: "unexpected", detail: "x".repeat(100_000) } },
    ]);
    expect(text.length).toBeLessThanOrEqual(40_000);
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

/** The blocks as lines that a person can compare: what is shown, and the buttons in brackets. */
function lines(blocks: KnownBlock[]): string {
  return blocks.flatMap(linesOf).join("\n");
}

function linesOf(block: KnownBlock): string[] {
  switch (block.type) {
    case "section":
      return [block.text?.text ?? ""];
    case "context":
      return block.elements.map((element) => (element.type === "mrkdwn" ? `(${element.text})` : "?"));
    case "actions":
      return [
        block.elements
          .map((element) => (element.type === "button" ? `[${element.text.text}]` : "?"))
          .join(" "),
      ];
    case "rich_text":
      return [`| ${wordsOf(block)}`.replaceAll("\n", "\n| ")];
    case "plan":
      return (block.tasks ?? []).flatMap((task) => [
        `${task.status}: ${task.title}`,
        `  ${wordsOf(task.details)}`,
        ...(task.sources ?? []).map(({ text, url }) => `  ${text} → ${url}`),
      ]);
    default:
      return [`? ${block.type}`];
  }
}

/** The words of a rich text block; a date as its fallback. */
function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join("");
  if (typeof value !== "object" || value === null) return "";
  if ("text" in value) return String(value.text);
  if ("fallback" in value) return String(value.fallback);
  return "elements" in value ? wordsOf(value.elements) : "";
}

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
