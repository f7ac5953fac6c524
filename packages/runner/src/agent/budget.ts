// How far a round may go: turns, dollars, and when it has to be over.
import { maxRoundMs, maxTurns } from "@cody/core/limits.ts";

export interface Budget {
  turns: number;
  /** Dollars of this run, over all its rounds. */
  costUsd: number;
}

/** A run's share of what its job may spend: the same for each, so that none can starve the others. */
export function budgetOf(job: { budgetUsd: number; repositories: readonly unknown[] }): Budget {
  return { turns: maxTurns, costUsd: job.budgetUsd / job.repositories.length };
}

/**
 * What was used up, in words for the failure; undefined while there is some left. A cost that is not known cannot be
 * compared, so there only turns and time bound the run.
 */
export function usedUp(budget: Budget, spent: { turns: number; costUsd: number | null }): string | undefined {
  if (spent.turns >= budget.turns) return `${budget.turns} turns`;
  if (spent.costUsd !== null && spent.costUsd >= budget.costUsd)
    return `$${spent.costUsd.toFixed(2)} of the $${budget.costUsd.toFixed(2)} for this repository`;
  return undefined;
}

/** The time of a round, in the words of the other limits. */
export const timeUsedUp = `${Math.round(maxRoundMs / 60_000)} minutes`;
