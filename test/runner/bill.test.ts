// What a run has spent, where neither the run nor its stored turns need know all of it.
import { noUsage, type Usage } from "@cody/core/models.ts";
import { expect, test } from "vitest";
import { Bill, settle } from "../../packages/runner/src/agent/bill.ts";

const model = "claude-sonnet-5-5";
const usage = (inputTokens: number, outputTokens: number): Usage => ({
  ...noUsage,
  inputTokens,
  outputTokens,
});
const spent = (inputTokens: number, outputTokens: number, costUsd: number | null) => ({
  usage: usage(inputTokens, outputTokens),
  costUsd,
});

test("turns that were stored and not told are what was spent", () => {
  const stored = spent(300, 30, 0.3);
  expect(settle(stored, spent(200, 20, 0.2))).toEqual({ spent: stored, unsavedSpent: spent(0, 0, 0) });
  expect(settle(stored, stored)).toEqual({ spent: stored, unsavedSpent: spent(0, 0, 0) });
});

test("an answer that was told and whose turn was lost is paid all the same, and belongs to the next turn", () => {
  const told = spent(300, 30, 0.3);
  const settled = settle(spent(100, 10, 0.125), told);
  expect(settled).toEqual({ spent: told, unsavedSpent: spent(200, 20, 0.175) });
  const bill = new Bill(model, settled.spent, settled.unsavedSpent);
  bill.charge(usage(0, 5));
  // So the stored turns have all of it, whoever reads them next, and in whatever order the machines die.
  expect(bill.take().usage).toEqual(usage(200, 25));
  expect(bill.spent.usage).toEqual(usage(300, 35));
  expect(bill.take()).toEqual(spent(0, 0, 0));
});

test("what kept the prompt cache warm counts as well, although it gave no answer", () => {
  expect(settle(spent(100, 10, 0.1), spent(150, 10, 0.15)).unsavedSpent.usage).toEqual(usage(50, 0));
});

test("a price that is not known makes no sum", () => {
  const { unsavedSpent } = settle(spent(100, 10, null), spent(300, 30, null));
  expect(unsavedSpent).toEqual(spent(200, 20, null));
});
