// Lets runs wait while the key that all of them share takes nothing more, and go on when somebody has raised its limit.
import { isRefusal, type RunEvent, transition } from "@cody/core/job.ts";
import type { Ask, Run, SpendLimit } from "@cody/core/schema.ts";
import type { EffectContext } from "./context.ts";

/** A queued run waits with the others instead of taking a machine that could do nothing. */
export function holdUp(run: Run, limit: SpendLimit, context: EffectContext): Promise<boolean> {
  return change(run, { type: "limit", limit }, context);
}

/** Back into the queue, because the limit that the run waits for is no longer in force. */
export function letGoOn(run: Run, context: EffectContext): Promise<boolean> {
  return change(run, { type: "lift" }, context);
}

/**
 * Somebody says that the limit was raised which one of these runs waits for: from then on all runs go on, whoever's
 * they are. False where none of them waits for the limit that is in force.
 */
export async function liftSpendLimit(
  ask: Ask,
  runs: readonly Run[],
  { store, now, log }: EffectContext,
): Promise<boolean> {
  const waiting = runs.map((run) => run.waiting).find((one) => one?.for === "spend-limit");
  if (!waiting || (ask.since !== undefined && ask.since !== waiting.since)) return false;
  const isLifted = await store.spendLimit.lift(waiting, now());
  if (isLifted) log.info("the spend limit was lifted", { job: ask.job, by: ask.by });
  return isLifted;
}

async function change(run: Run, event: RunEvent, { store, now }: EffectContext): Promise<boolean> {
  const after = await store.jobs.changeRun(run.job, run.number, (current) =>
    transition(current, event, now()),
  );
  return !isRefusal(after);
}
