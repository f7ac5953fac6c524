// What a run spends: the whole, which its limits go by, and the part that belongs to the turn that is stored next.
import { addCost, addUsage, costUsd, modelOf, noUsage, type Usage } from "@cody/core/models.ts";
import type { Spent } from "./transcript.ts";

const nothing: Spent = { usage: noUsage, costUsd: 0 };

export class Bill {
  readonly #model: ReturnType<typeof modelOf>;
  #spent: Spent;
  #open = nothing;

  /** `spent` is what earlier turns cost. A model without a known price makes every sum unknown. */
  constructor(model: string, spent: Spent) {
    this.#model = modelOf(model);
    this.#spent = spent;
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
