// Tries a call to Claude again while that can help, within a deadline of Cody's own, and says so when it takes long.
import { AnthropicError } from "@anthropic-ai/sdk";
import { Failed } from "@cody/core/failure.ts";
import type { Log } from "@cody/core/log.ts";
import type { OnWait } from "@cody/core/ports/model.ts";
import { backoffMs, pause } from "../backoff.ts";
import { judge } from "./anthropic-errors.ts";

interface PatienceOptions {
  log: Log;
  now: () => number;
  /** How long one answer is waited for in all, across tries. */
  patienceMs: number;
  /** Once an answer is late by this much, people are told until when it is tried. */
  tellAfterMs: number;
}

interface Waiting {
  signal: AbortSignal;
  /** Aborted where it may not be tried again. */
  noMore?: AbortSignal;
  onWait?: OnWait;
}

/** One try that has this much time before patience ends; it may begin shortly before, so there is always some. */
const leastTryMs = 1_000;

/**
 * Tries `call` until it succeeds, cannot succeed, or patience ends. `call` is told how many milliseconds are left, and
 * `tooLong` answers where the conversation does not fit into the window.
 */
export async function patiently<T>(
  { log, now, patienceMs, tellAfterMs }: PatienceOptions,
  { signal, noMore, onWait }: Waiting,
  call: (leftMs: number) => Promise<T>,
  tooLong?: () => T,
): Promise<T> {
  const begunAt = now();
  const giveUpAt = begunAt + patienceMs;
  const waiting = noMore ? AbortSignal.any([signal, noMore]) : signal;
  for (let tries = 1; ; tries += 1) {
    noMore?.throwIfAborted();
    try {
      return await call(Math.max(leastTryMs, giveUpAt - now()));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AnthropicError)) throw error;
      const verdict = judge(error);
      log.warn("A call to Claude failed", { error, tries, outcome: verdict.outcome });
      if (verdict.outcome === "failed") throw verdict.failed;
      if (verdict.outcome === "window") {
        if (tooLong) return tooLong();
        throw new Failed("limit-reached", "the conversation is longer than the model can take", error);
      }
      const waitMs = Math.max(verdict.waitMs ?? 0, backoffMs(tries));
      if (now() + waitMs > giveUpAt) throw new Failed("claude-unavailable", verdict.why, error);
      if (now() + waitMs - begunAt > tellAfterMs)
        onWait?.(`${verdict.matter}, trying again until ${clock(giveUpAt)}`, {
          since: begunAt,
          why: verdict.matter,
          until: giveUpAt,
        });
      else onWait?.(`waiting for Claude: ${verdict.why}`);
      await pause(waitMs, waiting);
    }
  }
}

/** People read it in many places, so the zone stands with it. */
function clock(time: number): string {
  return `${new Date(time).toISOString().slice(11, 16)} UTC`;
}
