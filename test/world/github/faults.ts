// What goes wrong on purpose: the next calls that match fail as GitHub fails, or nothing answers at all.
export type Fault =
  /** An error of GitHub's own; the work is not done. */
  | { answer: 500 | 502 | 503 }
  /** The secondary rate limit; the work is not done. */
  | { secondaryLimit: { retryAfterSeconds: number } }
  /** The work is done, and the connection breaks before the answer. */
  | { loseAnswer: true };

/** Which calls: everything left out matches. A path is as in `record.calls`; a string is a part of it. */
export interface CallPattern {
  method?: string;
  path?: string | RegExp;
}

export class Faults {
  /** True: every connection breaks at once, web pages and git included. */
  down = false;
  #planned: { pattern: CallPattern; fault: Fault; left: number }[] = [];

  /** The next `times` calls that match meet this fault. Plans are used up in the order they were made. */
  next(pattern: CallPattern, fault: Fault, times = 1): void {
    this.#planned.push({ pattern, fault, left: times });
  }

  clear(): void {
    this.#planned = [];
    this.down = false;
  }

  /** The fault this call meets; counts it. */
  take(method: string, path: string): Fault | undefined {
    const plan = this.#planned.find(({ pattern }) => matches(pattern, method, path));
    if (plan === undefined) return undefined;
    plan.left -= 1;
    if (plan.left <= 0) this.#planned.splice(this.#planned.indexOf(plan), 1);
    return plan.fault;
  }
}

function matches(pattern: CallPattern, method: string, path: string): boolean {
  if (pattern.method !== undefined && pattern.method !== method) return false;
  if (pattern.path === undefined) return true;
  return typeof pattern.path === "string" ? path.includes(pattern.path) : pattern.path.test(path);
}
