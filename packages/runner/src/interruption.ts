// Why a round is broken off from outside, as the reason of an aborted signal.
import type { SpendLimit } from "@cody/core/schema.ts";

/**
 * `stopped`: a person asked for it. `paused`: a person asked to wait; the detail says who. `terminated`: the machine
 * goes away. `lease-lost`: the round is no longer this runner's, so it may write and push nothing more. `spend-limit`:
 * Claude takes nothing more from the key that all runs share.
 */
export type InterruptionKind = "stopped" | "paused" | "terminated" | "lease-lost" | "spend-limit";

export class Interruption extends Error {
  readonly kind: InterruptionKind;

  constructor(kind: InterruptionKind, detail: string) {
    super(detail);
    this.name = "Interruption";
    this.kind = kind;
  }
}

/** This run or another one met the spend limit of the key. */
export class SpendLimitMet extends Interruption {
  readonly limit: SpendLimit;

  constructor(limit: SpendLimit) {
    super("spend-limit", limit.reached);
    this.name = "SpendLimitMet";
    this.limit = limit;
  }
}

/** Whether the round has to be left as it is, for another runner to go on with. */
export function leavesRound(thrown: unknown): thrown is Interruption {
  return thrown instanceof Interruption && (thrown.kind === "terminated" || thrown.kind === "lease-lost");
}

export function isStop(thrown: unknown): thrown is Interruption {
  return thrown instanceof Interruption && thrown.kind === "stopped";
}

export function isPause(thrown: unknown): thrown is Interruption {
  return thrown instanceof Interruption && thrown.kind === "paused";
}
