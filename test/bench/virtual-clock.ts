// A clock that stands still until it is moved, so that hours of a cache's life can be measured in milliseconds.
import { setTimeout as sleep } from "node:timers/promises";

interface Sleeper {
  dueAt: number;
  wake(): void;
}

/** What is done at one moment, such as a request on loopback, is over by then. */
const settledMs = 2_000;

export class VirtualClock {
  #now = Date.UTC(2026, 10, 20);
  /** How many waits were begun or ended; whoever moves the clock waits for the next change. */
  #changes = 0;
  readonly #sleepers = new Set<Sleeper>();

  readonly now = (): number => this.#now;

  /** Waits by this clock; rejects as soon as the signal is aborted. */
  readonly pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = () => {
        this.#sleepers.delete(sleeper);
        this.#changes += 1;
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        dueAt: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave, { once: true });
      this.#sleepers.add(sleeper);
      this.#changes += 1;
    });

  /** Moves on; each sleeper that is due on the way is woken at its time and has done its work before time goes on. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#sleepers].sort((one, other) => one.dueAt - other.dueAt)[0];
      if (!next || next.dueAt > end) break;
      this.#now = next.dueAt;
      const before = this.#changes;
      next.wake();
      const giveUpAt = performance.now() + settledMs;
      while (this.#changes === before && performance.now() < giveUpAt) await sleep(1);
    }
    this.#now = end;
  }
}
