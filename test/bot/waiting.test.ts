// What a run that waits for a person shows, and what the buttons carry.
import { describe, expect, test } from "vitest";
import { waitingReply } from "../../packages/bot/src/views/waiting.ts";
import { exampleRun } from "../core/examples.ts";
import { lines } from "./shown.ts";

const since = 1_790_000_000_000;

describe("the reply of a run that waits", () => {
  test("for an answer has a button for each option, and says that the thread takes words as well", () => {
    const waiting = { for: "question", since, question: "Which one?", options: ["2.17.1", "2.24"] } as const;
    const reply = waitingReply(
      exampleRun({ state: "waiting", waiting: { ...waiting, options: [...waiting.options] } }),
    );
    expect(lines(reply.blocks)).toMatchInlineSnapshot(`
      "*acme/shop* asks: Which one?
      [2.17.1] [2.24]
      (Or answer in this thread in your own words. No machine waits meanwhile.)"
    `);
  });

  test("for money says what was reached and what more would be", () => {
    const waiting = {
      for: "budget",
      since,
      reached: "$3.00 of the $3.00 for this repository",
      offerUsd: 3,
    } as const;
    expect(lines(waitingReply(exampleRun({ state: "waiting", waiting })).blocks)).toMatchInlineSnapshot(`
      "*acme/shop* reached its limit: $3.00 of the $3.00 for this repository. Its work so far is kept.
      [Continue with $3.00 more] [Deliver what is there]
      (Deliver what is there ends the round with the change as it is by now. No machine waits meanwhile.)"
    `);
  });

  test("with what somebody should look at lists the reasons, at most twelve", () => {
    const reasons = Array.from({ length: 14 }, (_, index) => `file-${index} is a workflow`);
    const run = exampleRun({ state: "waiting", waiting: { for: "hold", since, reasons, change: "f00" } });
    const shown = lines(waitingReply(run).blocks);
    expect(shown).toContain("• file-11 is a workflow");
    expect(shown).toContain("• and 2 more");
    expect(shown).not.toContain("file-12");
    expect(shown).toContain("[Push it]");
  });

  test("for a spend limit speaks of the whole job, and says who has to do what", () => {
    const waiting = { for: "spend-limit", since, reached: "You have reached your limit." } as const;
    const { text, blocks } = waitingReply(exampleRun({ state: "waiting", waiting }));
    expect(text).toBe(
      "This job waits, because a spend limit of Claude's API is reached: You have reached your limit. The work so far is kept.",
    );
    expect(lines(blocks)).toMatchInlineSnapshot(`
      "*This job* waits, because a spend limit of Claude's API is reached: You have reached your limit. The work so far is kept.
      [Resume]
      (It holds up every job. Once whoever operates Cody has raised it in the Claude Console, Resume in any of their threads lets all of them go on.)"
    `);
  });

  test("carries in each button the run, the waiting and the choice, and nothing of the words", () => {
    const waiting = { for: "question" as const, since, question: "?", options: ["<!channel>", "b"] };
    const { blocks } = waitingReply(exampleRun({ state: "waiting", waiting }));
    const row = blocks.find((block) => block.type === "actions");
    const buttons = row?.type === "actions" ? row.elements : [];
    const run = exampleRun();
    expect(buttons.map((button) => ("value" in button ? button.value : ""))).toEqual([
      `${run.job}.${run.number}.${since}.0`,
      `${run.job}.${run.number}.${since}.1`,
    ]);
  });
});
