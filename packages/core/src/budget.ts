// How far a run may go, in turns, dollars and minutes: what the runner keeps to and the board shows.
import { maxRoundMs, maxTurns } from "./limits.ts";
import type { Job, Run } from "./schema.ts";

export interface Caps {
  /** Of this round. */
  turns: number;
  /** Of the run, over all its rounds. */
  costUsd: number;
  /** Of this round, over all its machines. */
  ms: number;
}

type Shared = Pick<Job, "budgetUsd"> & { repositories: readonly unknown[] };
type Granted = Pick<Run, "grantedUsd" | "grantedTurns" | "grantedMs">;

/** A run's share of what its job may spend, in dollars: the same for each, so that none can starve the others. */
export function shareUsd(job: Shared): number {
  return job.budgetUsd / job.repositories.length;
}

/** What a run may use, with what people allowed beyond its share. */
export function capsOf(job: Shared, { grantedUsd = 0, grantedTurns = 0, grantedMs = 0 }: Granted): Caps {
  return {
    turns: maxTurns + grantedTurns,
    costUsd: shareUsd(job) + grantedUsd,
    ms: maxRoundMs + grantedMs,
  };
}

/** What all runs of a job may spend together, in dollars. */
export function jobCapUsd(job: Shared, runs: readonly Granted[]): number {
  return runs.reduce((sum, { grantedUsd = 0 }) => sum + grantedUsd, job.budgetUsd);
}

/**
 * How long the next machine may work on the round, in milliseconds: never more than `maxRoundMs`, under which Batch
 * leaves each attempt some time. What is being published is ended by no clock.
 */
export function timeLeftMs({
  workedMs = 0,
  grantedMs = 0,
  publishingSince,
}: Pick<Run, "workedMs" | "grantedMs" | "publishingSince">): number {
  if (publishingSince !== undefined) return maxRoundMs;
  return Math.min(maxRoundMs, Math.max(0, maxRoundMs + grantedMs - workedMs));
}
