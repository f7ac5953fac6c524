// Models: their table is whole, and a call costs what its price list says.
import {
  addCost,
  addUsage,
  costUsd,
  defaultModel,
  type Model,
  modelOf,
  models,
  noUsage,
  type Usage,
} from "@cody/core/models.ts";
import { describe, expect, test } from "vitest";

const million = 1_000_000;
const sonnet = known("claude-sonnet-5-5");
const haiku = known("claude-haiku-5-5");

describe("the table", () => {
  test("knows the default, and every id once", () => {
    expect(modelOf(defaultModel)?.name).toBe("Claude Sonnet 5.5");
    expect(new Set(models.map(({ id }) => id)).size).toBe(models.length);
    expect(modelOf("gpt-4")).toBeUndefined();
  });

  test.each(models)("$name has prices for prompts of every size, dearer with it", ({ prices = [] }) => {
    expect(prices.at(-1)?.upToPromptTokens).toBe(Number.POSITIVE_INFINITY);
    const bounds = prices.map(({ upToPromptTokens }) => upToPromptTokens);
    expect(bounds).toEqual(bounds.toSorted((one, other) => one - other));
    for (const { price } of prices) {
      expect(price.cacheReadUsd).toBeLessThan(price.inputUsd);
      // Anthropic's own factors of the input price: 1.25 for five minutes, 2 for an hour.
      expect(price.write5mUsd).toBeCloseTo(price.inputUsd * 1.25);
      expect(price.write1hUsd).toBeCloseTo(price.inputUsd * 2);
    }
  });

  test.each(models)("$name answers within its window", ({ windowTokens, maxOutputTokens }) => {
    expect(maxOutputTokens).toBeLessThan(windowTokens);
  });
});

describe("the cost of a call", () => {
  test("is nothing for nothing", () => {
    expect(costUsd(sonnet, noUsage)).toBe(0);
  });

  test.each<{ what: string; usage: Partial<Usage>; usd: number }>([
    { what: "input", usage: { inputTokens: million }, usd: 2 },
    { what: "output", usage: { outputTokens: million }, usd: 10 },
    { what: "cache reads", usage: { cacheReadTokens: million }, usd: 0.1 },
    { what: "cache writes for five minutes", usage: { cacheWriteTokens: million }, usd: 2.5 },
    {
      what: "cache writes for an hour",
      usage: { cacheWriteTokens: million, cacheWrite1hTokens: million },
      usd: 4,
    },
    {
      what: "cache writes of both lifetimes",
      usage: { cacheWriteTokens: million, cacheWrite1hTokens: million / 2 },
      usd: 3.25,
    },
    {
      what: "everything together",
      usage: {
        inputTokens: 1_000,
        cacheReadTokens: 20_000,
        cacheWriteTokens: 3_000,
        cacheWrite1hTokens: 1_000,
        outputTokens: 500,
      },
      usd: (1_000 * 2 + 20_000 * 0.1 + 2_000 * 2.5 + 1_000 * 4 + 500 * 10) / million,
    },
  ])("counts $what: $usd dollars", ({ usage, usd }) => {
    expect(costUsd(sonnet, { ...noUsage, ...usage })).toBeCloseTo(usd, 10);
  });

  test("follows the tier of the whole prompt, cached or not", () => {
    const output = { outputTokens: million };
    expect(costUsd(haiku, { ...noUsage, ...output, inputTokens: 100_000 })).toBeCloseTo(0.51, 10);
    expect(costUsd(haiku, { ...noUsage, ...output, inputTokens: 100_001 })).toBeCloseTo(2.5500005, 10);
    expect(costUsd(haiku, { ...noUsage, ...output, cacheReadTokens: 100_001 })).toBeCloseTo(2.50500005, 10);
    expect(
      costUsd(haiku, { ...noUsage, ...output, inputTokens: 50_000, cacheWriteTokens: 50_001 }),
    ).toBeCloseTo(2.5 + 0.025 + 0.031250625, 10);
  });

  test("of a long answer to a short prompt stays in the low tier", () => {
    expect(costUsd(haiku, { ...noUsage, inputTokens: 10, outputTokens: 128_000 })).toBeCloseTo(0.064001, 10);
  });

  test("is unknown where the price is, which is not nothing", () => {
    expect(costUsd({ ...sonnet, prices: undefined }, { ...noUsage, inputTokens: 5 })).toBeNull();
  });
});

describe("sums", () => {
  test("of usage add every kind of token", () => {
    const one = {
      inputTokens: 1,
      cacheReadTokens: 2,
      cacheWriteTokens: 3,
      cacheWrite1hTokens: 4,
      outputTokens: 5,
    };
    expect(addUsage(one, addUsage(one, noUsage))).toEqual({
      inputTokens: 2,
      cacheReadTokens: 4,
      cacheWriteTokens: 6,
      cacheWrite1hTokens: 8,
      outputTokens: 10,
    });
  });

  test("of costs are unknown as soon as one of them is", () => {
    expect(addCost(1, 2)).toBe(3);
    expect(addCost(null, 2)).toBeNull();
    expect(addCost(1, null)).toBeNull();
  });
});

function known(id: string): Model {
  const model = modelOf(id);
  if (!model) throw new Error(`${id} is not in the table`);
  return model;
}
