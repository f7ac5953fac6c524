// What every listener is handed.
import type { Log } from "@cody/core/log.ts";
import type { Chat } from "@cody/core/ports/chat.ts";
import type { Store } from "@cody/core/ports/store.ts";

export interface BotContext {
  /** Opened when it is first needed: most of a cold start is loading the AWS client. */
  store: () => Promise<Store>;
  chat: Chat;
  allowed: readonly string[];
  /** Who may start jobs. */
  access: "linked" | "members";
  /** Where this person links an account on GitHub, good for one use; undefined where nobody can. */
  linkUrl?: (team: string, user: string) => Promise<string>;
  now: () => number;
  log: Log;
}
