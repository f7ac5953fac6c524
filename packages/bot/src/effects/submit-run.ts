// Gives a queued run its Batch job, oldest first, never more at once than allowed.
import { queueJobName } from "@cody/core/ids.ts";
import { isRefusal, transition } from "@cody/core/job.ts";
import { claimMs } from "@cody/core/limits.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import type { EffectContext } from "./context.ts";
import { preflight } from "./preflight.ts";

/**
 * Submits the run if there is a place for it. Batch knows no idempotency: the table is told first, and a submission
 * whose answer was lost is looked up by its name before it is made again.
 */
export async function submitRun(run: Run, job: Job, context: EffectContext): Promise<boolean> {
  const { store, queue, now, log } = context;
  const isTakeover = run.state === "submitted";
  if (!isTakeover && !(await hasPlace(run, context))) return false;
  const look = isTakeover ? "ready" : await preflight(run, context);
  if (look !== "ready") return look === "changed";
  const claimed = await store.jobs.changeRun(run.job, run.number, (current) =>
    isTakeover ? takeOver(current, now()) : transition(current, { type: "submit" }, now()),
  );
  if (isRefusal(claimed)) return false;
  const name = queueJobName(claimed.job, claimed.number, claimed.round, claimed.attempts);
  const found = isTakeover ? await queue.find(name) : undefined;
  const queueJob = found ?? (await queue.submit({ name, run: claimed, share: job.requester }));
  await store.jobs.changeRun(run.job, run.number, (current) =>
    transition(current, { type: "submitted", queueJob }, now()),
  );
  log.info("run submitted", { job: run.job, run: run.number, round: run.round, queueJob });
  return true;
}

function takeOver(run: Run, now: number): Run | { refused: string } {
  const isLeft = run.state === "submitted" && !run.queueJob && now - (run.submittedAt ?? 0) > claimMs;
  return isLeft ? { ...run, submittedAt: now } : { refused: "somebody is at it" };
}

/** Whether the run is among the oldest waiting ones for which there is room. */
async function hasPlace(run: Run, { store, maxRuns }: EffectContext): Promise<boolean> {
  const open = await store.jobs.openRuns();
  const waiting = open.filter(({ state }) => state === "queued");
  const places = maxRuns - (open.length - waiting.length);
  const at = waiting.findIndex(({ job, number }) => job === run.job && number === run.number);
  // The index may be a moment behind and not list the run yet; then it is the newest.
  return (at === -1 ? waiting.length : at) < places;
}
