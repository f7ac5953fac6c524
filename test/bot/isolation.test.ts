// What the board and the result say of the isolation of the tools: nothing where it is as it should be.
import { describe, expect, test } from "vitest";
import { drawBoard } from "../../packages/bot/src/views/board.ts";
import { resultReply } from "../../packages/bot/src/views/result.ts";
import { endedRun, exampleJob, exampleRun } from "../core/examples.ts";
import { lines } from "./shown.ts";

const boardOf = (isolation?: string) =>
  lines(drawBoard({ job: exampleJob(), runs: [exampleRun({ isolation })] }).blocks);

describe("the board", () => {
  test("says where the tools are not isolated, and whether commands run", () => {
    expect(boardOf("none, commands off, network registries (advisory)")).toContain(
      "tools not isolated (none, commands off, network registries (advisory))",
    );
  });

  test.each([undefined, "user, no-new-privs, network registries (advisory)"])(
    "says nothing of %s",
    (isolation) => {
      expect(boardOf(isolation)).not.toContain("isolated");
    },
  );
});

describe("the result", () => {
  test("names the hosts that were refused to the tools", () => {
    const denied = [
      { host: "collect.example", count: 3 },
      { host: "slack.com", count: 1 },
    ];
    expect(lines(resultReply(endedRun("changed", { denied })).blocks)).toContain(
      "connections refused to its tools: collect.example (3 times) and slack.com",
    );
    expect(lines(resultReply(endedRun("changed")).blocks)).not.toContain("refused");
  });

  test("counts those that it does not name", () => {
    const denied = Array.from({ length: 20 }, (_, index) => ({ host: `h${index}.example`, count: 1 }));
    expect(lines(resultReply(endedRun("unchanged", { denied })).blocks)).toContain(
      "h4.example and 15 more hosts",
    );
  });
});
