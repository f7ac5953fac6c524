// What every effect is handed: the table, the outside, the clock.
import type { Log } from "@cody/core/log.ts";
import type { Chat, CodeHost, Queue, Store } from "@cody/core/ports.ts";

export interface EffectContext {
  store: Store;
  chat: Chat;
  github: CodeHost;
  queue: Queue;
  /** Patterns of the repositories that may be worked on. */
  allowed: readonly string[];
  maxRuns: number;
  now: () => number;
  log: Log;
}
