// Faults that a test puts into the workspace: failing, limited, lost, slow and absent answers.

export interface Fault {
  method: string;
  left: number;
  act:
    | { kind: "status"; status: number }
    | { kind: "limited"; retryAfterSeconds: number }
    | { kind: "error"; error: string }
    | { kind: "dropped" }
    | { kind: "slow"; ms: number };
}

/** The interface that tests use. `method` is a Web API method, `upload`, `response_url`, or `*` for any of them. */
export class Faults {
  #queue: Fault[] = [];
  #isDown = false;
  #repeatedEvents = 0;

  /** The next `count` calls answer this HTTP status and do nothing. */
  status(method: string, status = 500, count = 1): void {
    this.#queue.push({ method, left: count, act: { kind: "status", status } });
  }

  /** The next `count` calls answer 429 and do nothing. */
  limited(method: string, retryAfterSeconds: number, count = 1): void {
    this.#queue.push({ method, left: count, act: { kind: "limited", retryAfterSeconds } });
  }

  /** The next `count` calls are refused with this code of Slack and do nothing. */
  error(method: string, error: string, count = 1): void {
    this.#queue.push({ method, left: count, act: { kind: "error", error } });
  }

  /** The next `count` calls do their work, but the connection closes before the answer. */
  dropped(method: string, count = 1): void {
    this.#queue.push({ method, left: count, act: { kind: "dropped" } });
  }

  /** The next `count` calls take this long before they do anything. */
  slow(method: string, ms: number, count = Number.POSITIVE_INFINITY): void {
    this.#queue.push({ method, left: count, act: { kind: "slow", ms } });
  }

  /** Slack is wholly down: whatever the app calls answers 503. People and deliveries go on. */
  down(isDown = true): void {
    this.#isDown = isDown;
  }

  /** The next `count` events are delivered twice at the same time, with the same event_id. */
  repeatEvents(count = 1): void {
    this.#repeatedEvents += count;
  }

  clear(): void {
    this.#queue = [];
    this.#isDown = false;
    this.#repeatedEvents = 0;
  }

  /** What befalls this call, at most one fault. */
  take(method: string): Fault["act"] | undefined {
    if (this.#isDown) return { kind: "status", status: 503 };
    const fault = this.#queue.find((candidate) => [method, "*"].includes(candidate.method));
    if (!fault) return undefined;
    fault.left -= 1;
    if (fault.left <= 0) this.#queue = this.#queue.filter((candidate) => candidate !== fault);
    return fault.act;
  }

  takeRepeat(): boolean {
    if (this.#repeatedEvents === 0) return false;
    this.#repeatedEvents -= 1;
    return true;
  }
}
