// What people see of the check that was measured: on the board, in the result, and where nothing was measured.
import type { Checks } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { drawBoard } from "../../packages/bot/src/views/board.ts";
import { resultReply } from "../../packages/bot/src/views/result.ts";
import { changed, lines, three } from "./shown.ts";

const measured = (checks: Checks, draft = false) => ({
  ...changed,
  checks,
  pullRequest: { number: 12, url: "https://github.com/acme/shop/pull/12", headSha: "f00", draft },
});
const board = (checks: Checks, draft?: boolean) => drawBoard({ job: three, runs: [measured(checks, draft)] });
const result = (checks: Checks, draft?: boolean) => lines(resultReply(measured(checks, draft)).blocks);

describe("a measured check", () => {
  test.each<[Checks, string]>([
    [{ command: "npm test", outcome: "passed" }, "tests passed"],
    [{ command: "npm test", outcome: "failed before and after" }, "tests failed before and after"],
    [{ command: "npm test", outcome: "newly failing" }, "tests newly fail"],
  ])("%j stands on the board in place of the agent's words", (checks, words) => {
    const { text, blocks } = board(checks);
    for (const shown of [text, JSON.stringify(blocks)]) {
      expect(shown).toContain(words);
      expect(shown).not.toContain("ran the tests, all pass");
    }
  });

  test("one that was not run stands beside them, and one that nobody could name does not stand there", () => {
    const missing: Checks = { command: "mvn verify", outcome: "not run", because: "mvn is not installed" };
    expect(board(missing).text).toContain("tests not run · ran the tests, all pass");
    const none: Checks = { outcome: "not run", because: "nothing in the repository says how it is checked" };
    expect(board(none).text).not.toContain("tests not run");
    expect(board(none).text).toContain("ran the tests, all pass");
  });

  test("a regression says on the board and in the result why there is only a draft", () => {
    const checks: Checks = { command: "npm test", outcome: "newly failing", tail: "1 failed" };
    expect(board(checks, true).text).toContain("tests newly fail, so it is a draft");
    expect(result(checks, true)).toContain(
      "draft, because a check that passed before the change fails with it",
    );
    // Where a draft was asked for, nothing else is.
    expect(result({ ...checks, outcome: "passed" }, true)).toMatch(/ · draft · /);
  });

  test("the result says first what was measured, then what the agent says", () => {
    expect(result({ command: "npm test", outcome: "passed" })).toContain(
      "checked: `npm test` passed. Told, not measured: ran the tests, all pass",
    );
    const missing: Checks = { command: "mvn verify", outcome: "not run", because: "mvn is not installed" };
    expect(result(missing)).toContain("checked: `mvn verify` not run, because mvn is not installed. Told");
    expect(result({ outcome: "not run", because: "nobody says how" })).toContain(
      "checked: not run, because nobody says how.",
    );
  });
});
