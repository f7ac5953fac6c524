// What a run spends: the whole, which its limits go by, and the part that belongs to the turn that is stored next.
import { addCost, addUsage, costUsd, modelOf, noUsage, type Usage } from "@cody/core/models.ts";
import type { Spent } from "./transcript.ts";

const nothing: Spent = { usage: noUsage, costUsd: 0 };

/** What a run has spent by two accounts, each of which may have missed the newest of it; and what `stored` missed. */
export function settle(stored: Spent, told: Spent): { spent: Spent; unsavedSpent: Spent } {
  if (tokensOf(told) <= tokensOf(stored)) return { spent: stored, unsavedSpent: nothing };
  const { usage, costUsd } = told;
  const missed = Object.entries(stored.usage).map(([kind, tokens]) => [
    kind,
    usage[kind as keyof Usage] - tokens,
  ]);
  return {
    spent: { usage, costUsd },
    unsavedSpent: {
      usage: Object.fromEntries(missed) as Usage,
      costUsd: costUsd === null || stored.costUsd === null ? null : costUsd - stored.costUsd,
    },
  };
}

function tokensOf({ usage }: Spent): number {
  return Object.values(usage).reduce((total, tokens) => total + tokens, 0);
}

export class Bill {
  readonly #model: ReturnType<typeof modelOf>;
  #spent: Spent;
  #open: Spent;

  /**
   * `spent` is the whole so far, `unsaved` what of it no stored turn has. A model without a known price makes every sum
   * unknown.
   */
  constructor(model: string, spent: Spent, unsaved = nothing) {
    this.#model = modelOf(model);
    this.#spent = spent;
    this.#open = unsaved;
  }

  get spent(): Spent {
    return this.#spent;
  }

  charge(usage: Usage): void {
    const one = { usage, costUsd: this.#model ? costUsd(this.#model, usage) : null };
    this.#spent = sum(this.#spent, one);
    this.#open = sum(this.#open, one);
  }

  /** What was charged since this was asked last. */
  take(): Spent {
    const open = this.#open;
    this.#open = nothing;
    return open;
  }
}

function sum(one: Spent, other: Spent): Spent {
  return { usage: addUsage(one.usage, other.usage), costUsd: addCost(one.costUsd, other.costUsd) };
}
