// What follows from how a pull request stands on GitHub: whether it is green, and when to look again.
import { isDeepStrictEqual } from "node:util";
import { lookEveryMs, lookForMs } from "./limits.ts";
import type { Standing } from "./pull-request-schema.ts";
import type { Run } from "./schema.ts";

/** Steps grow with what has passed since something changed: ten looks while that time doubles, or nearly. */
const shareOfQuiet = 0.1;

/** Whether GitHub was asked since the round ended: what was seen before may be of another commit. */
export function isSeen({ state, lookedAt = 0, endedAt = 0 }: Run): boolean {
  return state !== "done" || lookedAt >= endedAt;
}

/** How its pull request stands, where that is known of the commit that it has now. */
export function standingOf(run: Run): Standing | undefined {
  return isSeen(run) ? run.pullRequest?.standing : undefined;
}

/** Ready as far as machines can tell. No checks at all are no success. */
export function isGreen(standing: Standing | undefined): boolean {
  if (standing?.state !== "open" || standing.draft) return false;
  return standing.checks === "passed" && standing.mergeable !== "conflicts";
}

/** Where no rule requires any check, each one counts. */
export function isFailing({ checks, failing }: Standing): boolean {
  return checks === "failed" && failing.length > 0;
}

/** Reviewers want something of it. */
export function wantsReview({ openThreads, review }: Standing): boolean {
  return openThreads > 0 || review === "changes requested";
}

/**
 * When an open pull request is looked at next, in milliseconds since 1970, always later than `now`; undefined where
 * nobody waits for it any more. `since`: when something about it changed last.
 */
export function nextLook(since: number, now: number): number | undefined {
  const quietMs = now - since;
  if (quietMs > lookForMs) return undefined;
  return now + Math.round(Math.min(lookEveryMs.last, Math.max(lookEveryMs.first, quietMs * shareOfQuiet)));
}

/** The newer look; where it shows the same as the older one, that keeps its time, so that it says since when. */
export function newerLook(known: Standing | undefined, read: Standing): Standing {
  if (!known || !isDeepStrictEqual(shown(known), shown(read))) return read;
  return { ...known, ...(read.etag === undefined ? {} : { etag: read.etag }) };
}

function shown({ readAt: _readAt, etag: _etag, ...rest }: Standing): object {
  return rest;
}
