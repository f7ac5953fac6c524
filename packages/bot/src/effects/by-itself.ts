// What Cody does about a run without anybody pressing: goes on when the time has come, mends checks, sets auto-merge.
import { isRefusal, transition } from "@cody/core/job.ts";
import type { Standing } from "@cody/core/pull-request-schema.ts";
import type { Job, JobRecord, Run } from "@cody/core/schema.ts";
import { autoMergeReply, autoMergeWaitsReply } from "../views/pull-request-replies.ts";
import { actOn, requestersOf } from "./asks/as-person.ts";
import { writeAudit } from "./asks/audit.ts";
import { hasOtherApproval } from "./asks/judge.ts";
import { continueRun } from "./asks/next-round.ts";
import { onceAtATime, orRefused } from "./asks/once.ts";
import type { EffectContext } from "./context.ts";
import { reply } from "./post-replies.ts";

/** GitHub takes changes again, so the run goes on. */
export async function goOn(run: Run, { store, now }: EffectContext): Promise<boolean> {
  const after = await store.jobs.changeRun(run.job, run.number, (current) =>
    transition(
      current,
      { type: "resume", by: "Cody", given: { kind: "time" }, since: run.waiting?.since },
      now(),
    ),
  );
  return !isRefusal(after);
}

/** A round for failing checks, because whoever began the job wants it so. */
export async function fixChecks(
  { run, sha }: { run: Run; sha: string },
  job: Job,
  context: EffectContext,
): Promise<boolean> {
  const after = await continueRun(run, { kind: "fix-checks", sha }, job, context, context.now());
  if (after) context.log.info("a round for failing checks began by itself", { job: job.id, run: run.number });
  return after !== undefined;
}

/**
 * Has GitHub merge the pull request by itself, in the name of who asked for the job and with that person's token. Where
 * two people are needed it waits for the approval of another one; where it cannot be, the thread is told why.
 */
export async function setAutoMerge(
  { run, key }: { run: Run; key: string },
  record: JobRecord,
  context: EffectContext,
): Promise<boolean> {
  const { job, posts } = record;
  const standing = run.pullRequest?.standing;
  if (!standing) return false;
  if (context.twoPerson && !(await isApprovedByAnother(job, standing, context))) {
    const waits = `${key}-waits`;
    const isTold = posts.some((post) => post.key === waits && post.ts !== undefined);
    return isTold ? false : reply(job, waits, autoMergeWaitsReply(job, run), context);
  }
  const sha = standing.headSha;
  // It stands for a press: the same of this round is made once.
  const id = `${key}-${sha.slice(0, 12)}`;
  const ask = { id, job: job.id, at: standing.readAt };
  const told = await onceAtATime(
    { ...ask, kind: "auto-merge", by: job.requester },
    context,
    async (isAgain) => {
      const press = {
        kind: "auto-merge" as const,
        by: job.requester,
        text: "",
        sha,
        isAgain,
        onlyGreen: false,
      };
      const outcome = await orRefused(ask, context, () => actOn(press, job, run, context));
      const audit = { id: `${job.id}-${id}`, action: "auto-merge", by: job.requester, run, sha, outcome };
      await writeAudit(audit, job, context);
      return outcome;
    },
  );
  if (!told) return false;
  return reply(job, key, autoMergeReply(job, run, told), context);
}

async function isApprovedByAnother(job: Job, standing: Standing, context: EffectContext): Promise<boolean> {
  const requesters = await requestersOf(job, undefined, context);
  return hasOtherApproval(standing, requesters);
}
