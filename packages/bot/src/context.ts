// What every listener is handed.
import type { Store } from "@cody/core/adapters/table/store.ts";
import type { Log } from "@cody/core/log.ts";

export interface BotContext {
  /** Opened when it is first needed: most of a cold start is loading the AWS client. */
  store: () => Promise<Store>;
  allowed: readonly string[];
  now: () => number;
  log: Log;
}
