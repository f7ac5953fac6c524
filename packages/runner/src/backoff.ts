// How long to wait before trying again, and the waiting itself.
import { setTimeout as sleep } from "node:timers/promises";

const firstMs = 1_000;
const longestMs = 60_000;

/** Doubles from a second to a minute; a random half of it, so that many callers do not come back at once. */
export function backoffMs(tries: number, random: () => number = Math.random): number {
  const full = Math.min(longestMs, firstMs * 2 ** (tries - 1));
  return full / 2 + (full / 2) * random();
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
