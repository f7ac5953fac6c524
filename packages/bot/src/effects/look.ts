// Asks GitHub how a pull request stands, and says when to ask again; every look makes the next one later.
import { Failed } from "@cody/core/failure.ts";
import { twoDigits } from "@cody/core/ids.ts";
import { isRefusal, transition } from "@cody/core/job.ts";
import { claimMs, lookForMs } from "@cody/core/limits.ts";
import type { Standing } from "@cody/core/pull-request-schema.ts";
import type { JobRecord, Run } from "@cody/core/schema.ts";
import { newerLook, nextLook } from "@cody/core/standing.ts";
import type { EffectContext } from "./context.ts";

/** Looks once. Where GitHub does not answer, the next look is due later as well. */
export async function look(run: Run, record: JobRecord, context: EffectContext): Promise<boolean> {
  const { store, github, now, log } = context;
  const { pullRequest, repository } = run;
  if (!pullRequest) return false;
  const known = pullRequest.standing;
  if (!known) await store.jobs.namePullRequest(repository.id, pullRequest.number, run);
  try {
    // What is merged stays merged.
    const isFinal = known?.state === "merged";
    const read = isFinal ? known : await github.standing(repository, pullRequest.number, known);
    return await observe(run, newerLook(known, read), record, context);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    log.warn("a pull request could not be looked at", { job: run.job, run: run.number, error });
    // Nobody has seen it yet, and nothing says since when it has been like that.
    const at = nextLook(known?.readAt ?? run.endedAt ?? run.queuedAt, now());
    const after = await store.jobs.changeRun(run.job, run.number, (current) =>
      transition(current, { type: "look-at", at, inVain: true }, now()),
    );
    return !isRefusal(after);
  }
}

async function observe(
  run: Run,
  standing: Standing,
  record: JobRecord,
  { store, now }: EffectContext,
): Promise<boolean> {
  const lookAt =
    standing.state === "open"
      ? nextOpenLook(run, standing, now())
      : nextEndedLook(run, standing, record, now());
  const after = await store.jobs.changeRun(run.job, run.number, (current) =>
    current.pullRequest?.number === run.pullRequest?.number
      ? transition(current, { type: "observe", standing, lookAt }, now())
      : { refused: "it has another pull request by now" },
  );
  return !isRefusal(after);
}

/** The longer nothing has changed, the later. */
function nextOpenLook(run: Run, standing: Standing, now: number): number | undefined {
  return nextLook(Math.max(standing.readAt, run.endedAt ?? 0), now);
}

/** Once the thread has heard of the end, nothing is left to wait for. */
function nextEndedLook(run: Run, standing: Standing, { posts }: JobRecord, now: number): number | undefined {
  const key = `${standing.state}-${twoDigits(run.number)}-${standing.headSha.slice(0, 12)}`;
  const isTold = posts.some((post) => post.key === key && post.ts !== undefined);
  return isTold || now - standing.readAt > lookForMs ? undefined : now + 2 * claimMs;
}
