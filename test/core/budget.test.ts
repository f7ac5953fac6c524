// How far runs may go: shares of the job's dollars, and what people allow beyond them.
import { capsOf, jobCapUsd, shareUsd, timeLeftMs } from "@cody/core/budget.ts";
import { maxRoundMs, maxTurns } from "@cody/core/limits.ts";
import { expect, test } from "vitest";
import { exampleJob, exampleRun, repository, start } from "./examples.ts";

const pair = exampleJob({ repositories: [repository("shop"), repository("docs")], budgetUsd: 5 });

test("runs share the dollars of their job equally", () => {
  expect(shareUsd(pair)).toBe(2.5);
  expect(capsOf(pair, exampleRun())).toEqual({ turns: maxTurns, costUsd: 2.5, ms: maxRoundMs });
});

test("what people allow is added to the caps of the run, and to the dollars of the job", () => {
  const granted = exampleRun({ grantedUsd: 2.5, grantedTurns: 200, grantedMs: 60_000 });
  expect(capsOf(pair, granted)).toEqual({ turns: maxTurns + 200, costUsd: 5, ms: maxRoundMs + 60_000 });
  expect(jobCapUsd(pair, [granted, exampleRun({ number: 2 })])).toBe(7.5);
});

test.each([
  ["a new round", {}, maxRoundMs],
  ["what other machines worked", { workedMs: 20 * 60_000 }, maxRoundMs - 20 * 60_000],
  ["all of it", { workedMs: maxRoundMs + 7_000 }, 0],
  ["all of it, and as much again", { workedMs: maxRoundMs, grantedMs: maxRoundMs }, maxRoundMs],
  ["all of it, while it is published", { workedMs: maxRoundMs, publishingSince: start }, maxRoundMs],
])("the time that is left after %s", (_what, run, leftMs) => {
  expect(timeLeftMs(run)).toBe(leftMs);
});
