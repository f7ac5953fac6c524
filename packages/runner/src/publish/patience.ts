// Waits while GitHub is away, and where it takes no more content: a short time here, for longer without a machine.
import { Failed } from "@cody/core/failure.ts";
import { shortLimitMs } from "@cody/core/limits.ts";
import type { Log } from "@cody/core/log.ts";
import { type CodeHost, ContentLimited } from "@cody/core/ports/code-host.ts";
import type { Pace } from "@cody/core/ports/store.ts";
import { backoffMs, pause } from "../backoff.ts";

export interface Patience {
  /** When nobody waits any longer, in milliseconds since 1970. */
  until: number;
  now: () => number;
  signal: AbortSignal;
  log: Log;
  /** Hears before each wait. */
  onWait?: () => void;
}

/** Does it again while GitHub does not answer, when it says or in growing steps. */
export async function whileGitHubIsAway<T>(
  { until, now, signal, log, onWait }: Patience,
  work: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failed) || error.failure.kind !== "github-unavailable") throw error;
      const waitMs = backoffMs(tries) + (askedToWaitMs(error.cause) ?? 0);
      if (now() + waitMs > until) throw error;
      log.warn("GitHub is away while a change is published", { error, waitMs });
      onWait?.();
      await pause(waitMs, signal);
    }
  }
}

/** What GitHub's answer says about coming back, if there was an answer. */
function askedToWaitMs(cause: unknown): number | undefined {
  const { headers } =
    (cause as { response?: { headers?: Record<string, unknown> } } | undefined)?.response ?? {};
  const seconds = Number(headers?.["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}

interface Pacing {
  /** Takes room for one change of content, of what all runs together may make. */
  takeRoom: () => ReturnType<Pace["take"]>;
  now: () => number;
  signal: AbortSignal;
  log: Log;
}

/** Limits in a row that are waited for; what goes on being limited waits without a machine. */
const maxShortLimits = 3;

/**
 * The same GitHub, at the pace of all runs together. What would have to wait for longer than `shortLimitMs` throws
 * `ContentLimited`.
 */
export function pacedCodeHost(codeHost: CodeHost, pacing: Pacing): CodeHost {
  const paced = <T>(work: () => Promise<T>) => atPace(pacing, work);
  return {
    ...codeHost,
    deliverPullRequest: (wanted) => paced(() => codeHost.deliverPullRequest(wanted)),
    signedCommit: (repository, commit) => paced(() => codeHost.signedCommit(repository, commit)),
    answerThread: (...thread) => paced(() => codeHost.answerThread(...thread)),
  };
}

async function atPace<T>({ takeRoom, now, signal, log }: Pacing, work: () => Promise<T>): Promise<T> {
  for (let limits = 0; ; limits += 1) {
    const until = await tried();
    if (typeof until !== "number") return until.done;
    const waitMs = Math.max(0, until - now());
    if (waitMs > shortLimitMs || limits === maxShortLimits) throw new ContentLimited(until);
    log.info("GitHub takes no more content for a moment", { waitMs });
    // All that were held up come back at the same time otherwise.
    await pause(waitMs + backoffMs(1), signal);
  }

  async function tried(): Promise<number | { done: T }> {
    signal.throwIfAborted();
    const room = await takeRoom();
    if (!room.ok) return room.until;
    try {
      return { done: await work() };
    } catch (error) {
      if (error instanceof ContentLimited) return error.until;
      throw error;
    }
  }
}
