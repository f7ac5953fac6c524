// The models Cody knows: window, largest output, effort, thinking, and prices with the day they were read.
import * as z from "zod";

export const efforts = ["low", "medium", "high", "xhigh", "max"] as const;
export const effortSchema = z.enum(efforts);
export type Effort = z.infer<typeof effortSchema>;

/** Dollars per million tokens. */
export interface Price {
  inputUsd: number;
  outputUsd: number;
  write5mUsd: number;
  write1hUsd: number;
  cacheReadUsd: number;
}

export interface Model {
  id: string;
  name: string;
  windowTokens: number;
  maxOutputTokens: number;
  effort: Effort;
  /** `adaptive`: the model decides how long it thinks. `none`: no thinking parameter is sent. */
  thinking: "adaptive" | "none";
  /** Prices by size of the whole prompt, smallest bound first; undefined where nobody told us. */
  prices?: { upToPromptTokens: number; price: Price }[];
}

/** The day on which the prices below were read from Anthropic's price list. */
export const pricesReadOn = "2026-11-20";

const million = 1_000_000;
const current = { windowTokens: million, maxOutputTokens: 128_000, thinking: "adaptive" } as const;

export const models: readonly Model[] = [
  {
    ...current,
    id: "claude-sonnet-5-5",
    name: "Claude Sonnet 5.5",
    effort: "high",
    prices: flat({ inputUsd: 2, outputUsd: 10, write5mUsd: 2.5, write1hUsd: 4, cacheReadUsd: 0.1 }),
  },
  {
    ...current,
    id: "claude-opus-5-5",
    name: "Claude Opus 5.5",
    effort: "medium",
    prices: flat({ inputUsd: 4, outputUsd: 20, write5mUsd: 5, write1hUsd: 8, cacheReadUsd: 0.2 }),
  },
  {
    ...current,
    id: "claude-haiku-5-5",
    name: "Claude Haiku 5.5",
    effort: "medium",
    prices: [
      {
        upToPromptTokens: 100_000,
        price: { inputUsd: 0.1, outputUsd: 0.5, write5mUsd: 0.125, write1hUsd: 0.2, cacheReadUsd: 0.01 },
      },
      {
        upToPromptTokens: Number.POSITIVE_INFINITY,
        price: { inputUsd: 0.5, outputUsd: 2.5, write5mUsd: 0.625, write1hUsd: 1, cacheReadUsd: 0.05 },
      },
    ],
  },
  {
    ...current,
    id: "claude-fable-5-2",
    name: "Claude Fable 5.2",
    effort: "high",
    prices: flat({ inputUsd: 8, outputUsd: 40, write5mUsd: 10, write1hUsd: 16, cacheReadUsd: 0.2 }),
  },
];

/** The model of a job whose requester chose none. */
export const defaultModel = "claude-sonnet-5-5";

/** A model of the table; undefined for any other, which the Models API has to describe before it is used. */
export function modelOf(id: string): Model | undefined {
  return models.find((model) => model.id === id);
}

export const usageSchema = z.object({
  /** Tokens at full price. */
  inputTokens: z.number(),
  cacheReadTokens: z.number(),
  /** Tokens written to the cache, both lifetimes. */
  cacheWriteTokens: z.number(),
  /** Of those, the ones written for an hour. */
  cacheWrite1hTokens: z.number(),
  outputTokens: z.number(),
});
export type Usage = z.infer<typeof usageSchema>;

export const noUsage: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
};

export function addUsage(one: Usage, other: Usage): Usage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    cacheReadTokens: one.cacheReadTokens + other.cacheReadTokens,
    cacheWriteTokens: one.cacheWriteTokens + other.cacheWriteTokens,
    cacheWrite1hTokens: one.cacheWrite1hTokens + other.cacheWrite1hTokens,
    outputTokens: one.outputTokens + other.outputTokens,
  };
}

/** Everything that a call sent, cached or not. */
export function promptTokensOf(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/**
 * Dollars of one call; null where the model has no known price, which is not the same as 0.
 * The price tier follows from the whole prompt of that call, so sum costs over calls and never price a sum.
 */
export function costUsd(model: Model, usage: Usage): number | null {
  const promptTokens = promptTokensOf(usage);
  const price = model.prices?.find((tier) => promptTokens <= tier.upToPromptTokens)?.price;
  if (!price) return null;
  const write5mTokens = usage.cacheWriteTokens - usage.cacheWrite1hTokens;
  const dollars =
    usage.inputTokens * price.inputUsd +
    usage.cacheReadTokens * price.cacheReadUsd +
    write5mTokens * price.write5mUsd +
    usage.cacheWrite1hTokens * price.write1hUsd +
    usage.outputTokens * price.outputUsd;
  return dollars / million;
}

/** Adds costs; anything unknown makes the sum unknown. */
export function addCost(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}

function flat(price: Price): Model["prices"] {
  return [{ upToPromptTokens: Number.POSITIVE_INFINITY, price }];
}
