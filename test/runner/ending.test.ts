// What a round comes to that was broken off, or broke.
import { Failed } from "@cody/core/failure.ts";
import { makeLog } from "@cody/core/log.ts";
import { expect, test } from "vitest";
import { countedLines } from "../../infra/counted-lines.ts";
import { Interruption, SpendLimitMet } from "../../packages/runner/src/interruption.ts";
import { endingAfter } from "../../packages/runner/src/round.ts";
import { exampleDiff, exampleJob } from "../core/examples.ts";

const redact = (text: string) => text.replace("secret", "[hidden]");
const world = {
  now: () => 7,
  redact,
  log: makeLog({ level: "error", redact, write: () => {}, now: () => 7 }),
};
const round = { world, job: exampleJob(), result: { diff: exampleDiff() } };

test.each([
  ["a stop", new Interruption("stopped", "U1"), { type: "finish", outcome: "cancelled" }],
  [
    "a pause",
    new Interruption("paused", "U1"),
    { type: "wait", waiting: { for: "paused", by: "U1", since: 7 } },
  ],
  [
    "a spend limit",
    new SpendLimitMet({ since: 3, reached: "the limit" }),
    { type: "wait", waiting: { for: "spend-limit", since: 3, reached: "the limit" } },
  ],
  [
    "a failure, with what was done",
    new Failed("stuck", "in circles"),
    { type: "fail", reason: { kind: "stuck" }, result: { diff: exampleDiff() } },
  ],
  [
    "anything else",
    new Error("a secret"),
    { type: "fail", reason: { kind: "unexpected", detail: "a [hidden]" } },
  ],
])("%s", (_what, error, ending) => {
  expect(endingAfter(error, round, false)).toMatchObject(ending);
});

test("a spend limit is told in the line that an alarm counts", () => {
  const lines: { level: string; text: string }[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line));
  const log = makeLog({ level: "warn", redact, write, now: () => 7 });
  const met = new SpendLimitMet({ since: 3, reached: "the limit" });
  endingAfter(met, { ...round, world: { ...world, log } }, false);
  const counted = countedLines.find(({ name }) => name === "SpendLimit");
  expect(lines).toEqual([
    expect.objectContaining({ level: "warn", text: counted?.text, reached: "the limit" }),
  ]);
});

test("the end of its minutes asks for more, and throws nothing away", () => {
  expect(endingAfter(new Failed("limit-reached", "55 minutes"), round, true)).toEqual({
    type: "wait",
    waiting: { for: "budget", since: 7, reached: "55 minutes", offerUsd: exampleJob().budgetUsd },
  });
});
