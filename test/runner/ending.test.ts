// What a round comes to that was broken off, or broke.
import { Failed } from "@cody/core/failure.ts";
import { makeLog } from "@cody/core/log.ts";
import { expect, test } from "vitest";
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

test("the end of its minutes asks for more, and throws nothing away", () => {
  expect(endingAfter(new Failed("limit-reached", "55 minutes"), round, true)).toEqual({
    type: "wait",
    waiting: { for: "budget", since: 7, reached: "55 minutes", offerUsd: exampleJob().budgetUsd },
  });
});
