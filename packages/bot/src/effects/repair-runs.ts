// Finds runs whose runner is gone or never came, and lets them go on or end.
import { isRefusal, type RunEvent, transition } from "@cody/core/job.ts";
import { leaseMs, submittedTooLongMs } from "@cody/core/limits.ts";
import type { QueueState } from "@cody/core/ports/queue.ts";
import type { Run } from "@cody/core/schema.ts";
import type { EffectContext } from "./context.ts";

/** A Batch job ended. If its round is not done, its runner died. */
export async function runnerEnded(
  ended: { queueJob: string; name: string; how: string },
  context: EffectContext,
): Promise<void> {
  const parsed = /^cody-([a-z2-7]{10})-(\d+)-(\d+)-\d+$/.exec(ended.name);
  if (!parsed) return;
  const [, job = "", number, round] = parsed;
  await change(job, Number(number), { type: "die", how: ended.how }, context, (run) => {
    return run.round === Number(round) && run.queueJob === ended.queueJob;
  });
}

/** Looks at every run of a job that should have a runner. */
export async function repairRuns(job: string, context: EffectContext): Promise<void> {
  const { store, queue, now } = context;
  const record = await store.jobs.read(job);
  const watched = (record?.runs ?? []).filter(({ state }) =>
    ["submitted", "running", "publishing"].includes(state),
  );
  const ids = watched.flatMap(({ queueJob }) => (queueJob ? [queueJob] : []));
  if (ids.length === 0) return;
  const states = await queue.states(ids);
  for (const run of watched) {
    const until = await store.work(run.job, run.number).leaseUntil();
    const verdict = verdictOn(run, states.get(run.queueJob ?? ""), until, now());
    if (verdict.type === "well") continue;
    if (verdict.type !== "dead" && run.queueJob) await queue.terminate(run.queueJob, verdict.how);
    const event: RunEvent =
      verdict.type === "unstarted"
        ? { type: "fail", reason: { kind: "never-started", detail: verdict.how } }
        : { type: "die", how: verdict.how };
    await change(run.job, run.number, event, context, (current) => current.revision === run.revision);
  }
}

type Verdict = { type: "well" } | { type: "dead" | "hung" | "unstarted"; how: string };

/** Whether a run's runner is well, from what Batch and its lease say. Pure. */
export function verdictOn(
  run: Run,
  queued: QueueState | undefined,
  leaseUntil: number | undefined,
  now: number,
): Verdict {
  if (run.state === "submitted") {
    const waitedMs = now - (run.submittedAt ?? now);
    if (queued?.state === "ended") return { type: "dead", how: queued.reason ?? "it ended before it began" };
    if (waitedMs > submittedTooLongMs)
      return { type: "unstarted", how: queued?.reason ?? "no machine was free in time" };
    return { type: "well" };
  }
  const isLeased = leaseUntil !== undefined && leaseUntil > now;
  if (isLeased) return { type: "well" };
  if (queued === undefined || queued.state === "ended") {
    return { type: "dead", how: queued?.reason ?? "Batch does not know its job any more" };
  }
  // Between two attempts nobody holds the lease, however long the next one waits for a machine.
  if (queued.state === "waiting") return { type: "well" };
  // A container that lives and is silent this long hangs.
  const silentMs = now - Math.max(leaseUntil ?? 0, run.startedAt ?? 0);
  return silentMs > 3 * leaseMs ? { type: "hung", how: "it stopped answering" } : { type: "well" };
}

async function change(
  job: string,
  number: number,
  event: RunEvent,
  { store, now, log }: EffectContext,
  isMeant: (run: Run) => boolean,
): Promise<void> {
  const after = await store.jobs.changeRun(job, number, (run) =>
    isMeant(run) ? transition(run, event, now()) : { refused: "another runner is at work" },
  );
  if (!isRefusal(after))
    log.warn("a run lost its runner", { job, run: number, event: event.type, state: after.state });
}
