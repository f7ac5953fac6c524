// The board in each of its states: as blocks, as text, and for workspaces that do not know plans.
import type { Run, Waiting } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { drawBoard } from "../../packages/bot/src/views/board.ts";
import { endedRun, exampleDiff, exampleJob, exampleRun, repository, start } from "../core/examples.ts";
import { problemsOfBlocks } from "../world/slack/blocks.ts";
import { slackLimits } from "../world/slack/limits.ts";
import { changed, failed, lines, running, three, unchanged } from "./shown.ts";

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
      "Cody · Upgrade Log4j past CVE-2021-44228 · 2 of 3 done · $0.41 of $9
      ✔ acme/shop-service · changed · #12 · +3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22
      ✔ acme/legacy-batch · no change needed · Log4j is not used: searched 214 files for log4j, no hit · 21s · $0.03
      ◐ acme/checkout · running the tests · turn 14 of 200 · $0.16 of $3 · at most 55 min"
    `);
    expect(blocks).toMatchInlineSnapshot(`
      [
        {
          "expand": true,
          "text": {
            "text": "*Upgrade Log4j past CVE-2021-44228*
      by <@U1> · 2 of 3 done · $0.41 of $9",
            "type": "mrkdwn",
            "verbatim": true,
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
                        "text": "turn 14 of 200 · $0.16 of $3",
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
                      {
                        "text": ", at most 55 min",
                        "type": "text",
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
              "verbatim": true,
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
                  "text": "Runs that are already being published finish. The others end, and what they have done is not delivered. Pause keeps it.",
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
              "action_id": "pause",
              "text": {
                "emoji": true,
                "text": "Pause",
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
      by <@U1> · 0 of 3 done · $0.00 of $9
      pending: acme/shop · waiting for a place
        base main
      pending: acme/shop · waiting for a machine
        base main
      in_progress: acme/shop · publishing
        turn 20 of 200 · $0.00 of $3 · since 10:30
      (Claude Sonnet 5.5 · effort high · pull requests)
      [Stop] [Pause] [Conversation]"
    `);
  });

  test("while runs wait for a person", () => {
    const waits: Waiting[] = [
      { for: "question", since: start, question: "Which version?", options: [] },
      { for: "budget", since: start, reached: "$3.00 of $3.00", offerUsd: 3 },
      { for: "paused", since: start, by: "U2" },
      { for: "hold", since: start, reasons: ["it changes a workflow"], change: "b..t" },
    ];
    const runs = waits.map((waiting, index) => exampleRun({ number: index + 1, state: "waiting", waiting }));
    const four = { ...three, repositories: runs.map((run) => run.repository) };
    expect(lines(drawBoard({ job: four, runs }).blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j past CVE-2021-44228*
      by <@U1> · 0 of 4 done · $0.00 of $9
      pending: acme/shop · waiting for an answer
        base main
      pending: acme/shop · at its limit, waiting for a decision
        base main
      pending: acme/shop · paused
        base main
      pending: acme/shop · held until somebody has looked
        base main
      (Claude Sonnet 5.5 · effort high · pull requests)
      [Stop] [Resume]"
    `);
  });

  test("while it is being stopped", () => {
    const runs = [{ ...running, stop: { by: "U2", at: start } }];
    expect(lines(drawBoard({ job: exampleJob(), runs }).blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j*
      by <@U1> · 0 of 1 done · $0.16 of $3
      in_progress: acme/checkout · stopping
        turn 14 of 200 · $0.16 of $3 · since 10:32, at most 55 min
      (Claude Sonnet 5.5 · effort high · pull requests)
      [Stop] [Conversation]"
    `);
  });

  test("when all went well", () => {
    const { text, blocks } = drawBoard({ job: exampleJob(), runs: [changed] });
    expect(text).toMatchInlineSnapshot(`
      "Cody · Upgrade Log4j · done · $0.22 of $3
      ✔ acme/shop-service · changed · #12 · +3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22"
    `);
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j*
      by <@U1> · done · $0.22 of $3
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
      "Cody · Upgrade Log4j past CVE-2021-44228 · partly failed · $0.44 of $9
      ✔ acme/shop-service · changed · #12 · +3 −3 in 2 files · ran the tests, all pass · 1m 40s · $0.22
      ■ acme/legacy-batch · stopped · nothing was spent
      ✘ acme/checkout · failed · The agent got stuck: it went in circles. · 1m 40s · $0.22"
    `);
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*Upgrade Log4j past CVE-2021-44228*
      by <@U1> · partly failed · $0.44 of $9
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
      by <@U1> · not started
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
      by <@U1> · done · cost unknown
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
      ◐ acme/checkout · running the tests · turn 14 of 200 · $0.16 of $3 · at most 55 min"
    `);
    const settings = { ...slackLimits, unsupportedBlocks: ["plan", "task_card"] };
    expect(problemsOfBlocks(blocks, "message", settings, "/blocks")).not.toEqual([]);
    expect(problemsOfBlocks(plainBlocks, "message", settings, "/blocks")).toEqual([]);
  });

  test("shows the step of the plan that a run is at, and behind it what it does right now", () => {
    const plan: Run["plan"] = [
      { step: "Find the version", status: "done" },
      { step: "Raise the version", status: "doing" },
      { step: "Run the tests", status: "open" },
    ];
    const textOf = (run: Run) => drawBoard({ job: exampleJob(), runs: [run] }).text.split("\n")[1];
    expect(textOf({ ...running, plan })).toBe(
      "◐ acme/checkout · Raise the version (2 of 3) · running the tests · turn 14 of 200 · $0.16 of $3 · at most 55 min",
    );
    expect(textOf({ ...running, plan, state: "publishing", progress: "publishing" })).toBe(
      "◐ acme/checkout · publishing · turn 14 of 200 · $0.16 of $3",
    );
    expect(textOf({ ...running, plan: plan.map(({ step }) => ({ step, status: "done" as const })) })).toBe(
      "◐ acme/checkout · running the tests · turn 14 of 200 · $0.16 of $3 · at most 55 min",
    );
  });

  test("shows every brake of a run with what people allowed beyond its share, and of the job as a whole", () => {
    const granted = {
      ...running,
      costUsd: 3.4,
      turns: 214,
      grantedUsd: 3,
      grantedTurns: 200,
      // Another machine than the first: since when it works, and what was left by then.
      machine: { since: start + 40 * 60_000, leftMs: 24.2 * 60_000 },
    };
    const { text, blocks } = drawBoard({ job: three, runs: [changed, unchanged, granted] });
    expect(text.split("\n")[0]).toMatch(/ · \$3\.65 of \$12$/);
    expect(text).toContain("turn 214 of 400 · $3.40 of $6 · at most 25 min");
    expect(lines(blocks)).toContain("turn 214 of 400 · $3.40 of $6 · since 11:10, at most 25 min");
  });

  test("shows the brakes before the first turn, and no dollars as a brake where no price is known", () => {
    const details = (run: Run) => lines(drawBoard({ job: exampleJob(), runs: [run] }).blocks);
    expect(details({ ...running, turns: 0, costUsd: 0 })).toContain(
      "turn 0 of 200 · $0.00 of $3 · since 10:32, at most 55 min",
    );
    expect(details({ ...running, costUsd: null })).toContain("turn 14 of 200 · cost unknown · since 10:32");
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
