// What every effect is handed: the table, the outside, the clock.
import type { ActAs } from "@cody/core/act-as.ts";
import type { Log } from "@cody/core/log.ts";
import type { Chat } from "@cody/core/ports/chat.ts";
import type { CodeHost } from "@cody/core/ports/code-host.ts";
import type { Queue } from "@cody/core/ports/queue.ts";
import type { Store } from "@cody/core/ports/store.ts";

export interface EffectContext {
  store: Store;
  chat: Chat;
  github: CodeHost;
  queue: Queue;
  /** Patterns of the repositories that may be worked on. */
  allowed: readonly string[];
  maxRuns: number;
  /** Who may use Cody. */
  access: "linked" | "members";
  /** Whether one job may have public and private repositories. */
  mixesVisibility: boolean;
  /** Whether who asked for a change cannot be the only one to approve it. */
  twoPerson: boolean;
  /** How people link their accounts on GitHub, and how Cody acts as one of them; undefined where that is not set up. */
  linked?: {
    actAs: ActAs;
    /** Where this person links an account; good for one use. */
    linkUrl: (team: string, user: string) => Promise<string>;
  };
  now: () => number;
  log: Log;
}
