// How far a run may go, as the agent's loop sees it; and what is said when little or nothing is left.
import { capsOf } from "@cody/core/budget.ts";
import { wrapUpShare } from "@cody/core/limits.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import { type Message, textsIn } from "./message.ts";

export interface Budget {
  turns: number;
  /** Dollars of this run, over all its rounds. */
  costUsd: number;
  /**
   * When the round has to be done, and when it would have begun if one machine had worked on it all the time, in
   * milliseconds since 1970.
   */
  time: { from: number; until: number };
}

export interface Used {
  turns: number;
  /** Null where a price is not known; then only turns and time bound the run. */
  costUsd: number | null;
}

/** What a run may use. `deadline` is when its time is used up, in milliseconds since 1970. */
export function budgetOf(job: Job, run: Run, deadline: number): Budget {
  const { turns, costUsd, ms } = capsOf(job, run);
  return { turns, costUsd, time: { from: deadline - ms, until: deadline } };
}

/** Which cap of turns or dollars was reached, in words; undefined while there is some left. */
export function reached(budget: Budget, used: Used): string | undefined {
  if (used.turns >= budget.turns) return budget.turns === 1 ? "1 turn" : `${budget.turns} turns`;
  if (used.costUsd !== null && used.costUsd >= budget.costUsd)
    return `$${used.costUsd.toFixed(2)} of the $${budget.costUsd.toFixed(2)} for this repository`;
  return undefined;
}

/** The time of a round, in the words of the other limits. */
export function timeUsedUp(job: Job, run: Run): string {
  return `${Math.round(capsOf(job, run).ms / 60_000)} minutes`;
}

/** What is used of the scarcest of the three, from 0 to 1 and beyond. */
export function usedShare({ turns, costUsd, time }: Budget, used: Used, now: number): number {
  const shares = [
    used.turns / turns,
    (used.costUsd ?? 0) / costUsd,
    (now - time.from) / (time.until - time.from),
  ];
  return Math.max(...shares);
}

const comeToAnEnd =
  "Most of what this run may use is used up. Come to an end with what you have: finish what you have begun, begin nothing new, check it in the shortest way, and call finish. Say in the summary what is left to do.";
const roomAgain = "There is room again: more was allowed, so you need not come to an end yet.";

/** Tells the agent once to come to an end, and takes that back where more was allowed since. */
export class WrapUp {
  #isTold: boolean;

  /** `messages` are the conversation so far: another machine may have told it already. */
  constructor(messages: readonly Message[]) {
    const told = textsIn(messages, "user").filter((text) => text === comeToAnEnd || text === roomAgain);
    this.#isTold = told.at(-1) === comeToAnEnd;
  }

  /** What is to be said now, if anything, by the share that is used. */
  words(share: number): string[] {
    const isScarce = share >= wrapUpShare;
    if (isScarce === this.#isTold) return [];
    this.#isTold = isScarce;
    return [isScarce ? comeToAnEnd : roomAgain];
  }
}
