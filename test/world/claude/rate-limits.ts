// The rate-limit headers of every answer, counted for each key in whole minutes.
import type { Usage } from "@anthropic-ai/sdk/resources/messages";

/** Limits a minute of an organization in the fourth tier. They are told and not enforced: faults do that. */
const LIMITS = { requests: 4000, "input-tokens": 2_000_000, "output-tokens": 400_000 };

/** What each key used in the running minute. */
export interface RateWindows {
  count(key: string, nowMs: number, usage?: Usage): void;
  headers(key: string, nowMs: number): Record<string, string>;
}

/** Empty windows. Reads from the cache do not count as input. */
export function rateWindows(): RateWindows {
  const windows = new Map<string, { minute: number; requests: number; input: number; output: number }>();
  const windowOf = (key: string, nowMs: number) => {
    const minute = Math.floor(nowMs / 60_000);
    const window = windows.get(key);
    if (window?.minute === minute) return window;
    const fresh = { minute, requests: 0, input: 0, output: 0 };
    windows.set(key, fresh);
    return fresh;
  };
  return {
    count(key, nowMs, usage) {
      const window = windowOf(key, nowMs);
      if (usage === undefined) {
        window.requests += 1;
        return;
      }
      window.input += usage.input_tokens + (usage.cache_creation_input_tokens ?? 0);
      window.output += usage.output_tokens;
    },
    headers(key, nowMs) {
      const window = windowOf(key, nowMs);
      const reset = new Date((window.minute + 1) * 60_000).toISOString();
      const used = {
        requests: window.requests,
        "input-tokens": window.input,
        "output-tokens": window.output,
      };
      const rows = [
        ...Object.entries(LIMITS).map(
          ([name, limit]) => [name, limit, used[name as keyof typeof used]] as const,
        ),
        ["tokens", LIMITS["input-tokens"] + LIMITS["output-tokens"], window.input + window.output] as const,
      ];
      return Object.fromEntries(
        rows.flatMap(([name, limit, spent]) => [
          [`anthropic-ratelimit-${name}-limit`, String(limit)],
          [`anthropic-ratelimit-${name}-remaining`, String(Math.max(0, limit - spent))],
          [`anthropic-ratelimit-${name}-reset`, reset],
        ]),
      );
    },
  };
}
