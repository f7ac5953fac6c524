// Claude as the runs of one key share it: a spend limit that one of them meets holds up all, and a long wait is told.
import { Failed } from "@cody/core/failure.ts";
import type { ModelClient, OnWait } from "@cody/core/ports/model.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { SpendLimitMet } from "./interruption.ts";
import type { World } from "./world.ts";

type Means = Pick<World, "model" | "spendLimit" | "redact" | "now"> & {
  heartbeat: Pick<Heartbeat, "noMore" | "report" | "whileHeld">;
  /** When the time of the round is used up, in milliseconds since 1970. */
  deadline: number;
};

/**
 * The client of one round. Throws `SpendLimitMet` where the key has reached its limit, after every other runner can
 * know of it; and asks nothing where another one has said so.
 */
export function shareClaude({ model, spendLimit, redact, now, heartbeat, deadline }: Means): ModelClient {
  const { noMore } = heartbeat;

  /** Calls Claude; while that takes long the run says so, and takes it back afterwards. */
  async function call<T>(onWait: OnWait, ask: (onWait: OnWait) => Promise<T>): Promise<T> {
    noMore.throwIfAborted();
    let isHeld = false;
    try {
      return await ask((why, held) => {
        onWait(why, held);
        if (!held) return;
        isHeld = true;
        // A run whose time is over sooner waits for no answer until then.
        const until = Math.min(held.until, deadline);
        heartbeat.report({ held: { ...held, why: redact(held.why), until } });
      });
    } catch (error) {
      throw await named(error);
    } finally {
      if (isHeld) heartbeat.report({ held: undefined });
    }
  }

  async function named(error: unknown): Promise<unknown> {
    if (!(error instanceof Failed) || error.failure.kind !== "claude-spend-limit") return error;
    const met = { since: now(), reached: redact(error.failure.detail) };
    return new SpendLimitMet(await heartbeat.whileHeld(() => spendLimit.reach(met)));
  }

  return {
    nameOf: (id, signal, onWait = () => {}) => call(onWait, (told) => model.nameOf(id, signal, told)),
    answer: (request) =>
      call(request.onWait ?? (() => {}), (onWait) => model.answer({ ...request, noMore, onWait })),
    warm: async (request) => (noMore.aborted ? undefined : model.warm(request)),
  };
}
