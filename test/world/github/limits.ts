// Counts requests as GitHub's limits do: so many an hour for each caller, and so much new content a minute.
import type { components } from "@octokit/openapi-types";

/** GitHub's published limits for a user; tests lower them to meet them. */
export interface Limits {
  requestsPerHour: number;
  anonymousRequestsPerHour: number;
  graphqlPointsPerHour: number;
  /** Pull requests, comments, reviews and the like: the secondary limit. */
  contentPerMinute: number;
  contentPerHour: number;
}

const GITHUB_LIMITS: Limits = {
  requestsPerHour: 5_000,
  anonymousRequestsPerHour: 60,
  graphqlPointsPerHour: 5_000,
  contentPerMinute: 80,
  contentPerHour: 500,
};

export type Resource = "core" | "graphql";

type Rate = components["schemas"]["rate-limit"];

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

interface Window {
  endsAtMs: number;
  used: number;
}

/** `login` is undefined for callers without a token, who share one address here. */
export class RateLimits {
  readonly limits: Limits;
  readonly #now: () => number;
  readonly #windows = new Map<string, Window>();
  readonly #contentAtMs = new Map<string, number[]>();

  constructor(limits: Partial<Limits>, now: () => number) {
    this.limits = { ...GITHUB_LIMITS, ...limits };
    this.#now = now;
  }

  /** Counts one request; false if the hour's share is used up (and then counts nothing). */
  take(login: string | undefined, resource: Resource): boolean {
    const window = this.#window(login, resource);
    if (window.used >= this.#limit(login, resource)) return false;
    window.used += 1;
    return true;
  }

  /** An answer 304 costs nothing. */
  giveBack(login: string | undefined, resource: Resource): void {
    this.#window(login, resource).used -= 1;
  }

  standing(login: string | undefined, resource: Resource): Rate {
    const { endsAtMs, used } = this.#window(login, resource);
    const limit = this.#limit(login, resource);
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil(endsAtMs / 1000) };
  }

  /** Counts one new piece of content; gives the seconds to wait if that is too much, and then counts nothing. */
  takeContent(login: string): number | undefined {
    const now = this.#now();
    const times = (this.#contentAtMs.get(login) ?? []).filter((at) => at > now - HOUR_MS);
    const wait = Math.max(
      waitMs(times, this.limits.contentPerMinute, MINUTE_MS, now),
      waitMs(times, this.limits.contentPerHour, HOUR_MS, now),
    );
    if (wait === 0) times.push(now);
    this.#contentAtMs.set(login, times);
    return wait === 0 ? undefined : Math.ceil(wait / 1000);
  }

  #limit(login: string | undefined, resource: Resource): number {
    if (resource === "graphql") return login === undefined ? 0 : this.limits.graphqlPointsPerHour;
    return login === undefined ? this.limits.anonymousRequestsPerHour : this.limits.requestsPerHour;
  }

  #window(login: string | undefined, resource: Resource): Window {
    const key = `${resource} ${login ?? ""}`;
    const now = this.#now();
    let window = this.#windows.get(key);
    if (window === undefined || window.endsAtMs <= now) {
      window = { endsAtMs: now + HOUR_MS, used: 0 };
      this.#windows.set(key, window);
    }
    return window;
  }
}

/** How long until fewer than `limit` of these times lie inside the last `spanMs`. */
function waitMs(times: number[], limit: number, spanMs: number, now: number): number {
  const inside = times.filter((at) => at > now - spanMs);
  const oldestThatCounts = inside.at(-limit);
  if (inside.length < limit) return 0;
  return oldestThatCounts === undefined ? spanMs : oldestThatCounts + spanMs - now;
}
