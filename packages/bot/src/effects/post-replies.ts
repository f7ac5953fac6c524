// The replies in a job's thread, each sent once.
import { maxPatchUploadBytes } from "@cody/core/limits.ts";
import type { Job, JobRecord, Run } from "@cody/core/schema.ts";
import { heldReply } from "../views/held.ts";
import { endReply, failureReply, type Reply, refusalReply, resultReply } from "../views/result.ts";
import { waitingReply } from "../views/waiting.ts";
import type { EffectContext } from "./context.ts";
import { postOnce } from "./post-once.ts";
import { uploadOnce } from "./upload-once.ts";

/** What a finished round brought. */
export async function postResult({ run, key }: { run: Run; key: string }, job: Job, context: EffectContext) {
  return reply(job, key, resultReply(run), context);
}

/** What went wrong, once for all runs that failed in the same words. */
export async function postFailure(
  { runs, key }: { runs: Run[]; key: string },
  job: Job,
  context: EffectContext,
) {
  return reply(job, key, failureReply(runs), context);
}

/** What a waiting run needs. */
export async function postWaiting({ run, key }: { run: Run; key: string }, job: Job, context: EffectContext) {
  return reply(job, key, waitingReply(run), context);
}

/** That Claude keeps runs waiting. */
export async function postHeld(
  { runs, key }: { runs: Run[]; key: string },
  job: Job,
  context: EffectContext,
) {
  return reply(job, key, heldReply(runs), context);
}

/** That the job is over. */
export async function postEnd(key: string, { job, runs }: JobRecord, context: EffectContext) {
  return reply(job, key, endReply(job, runs), context);
}

/** Why a job did not begin: in its thread, or in a direct message where there is no channel to say it in. */
export async function postRefusal(job: Job, context: EffectContext): Promise<boolean> {
  if (job.thread) return reply(job, "refusal", refusalReply(job), context);
  const channel = await context.chat.directChannel(job.requester);
  const ts = await postOnce({ job: job.id, key: "refusal" }, { channel, ...refusalReply(job) }, context);
  return ts !== undefined;
}

/** The patch as a file; one that is too large for Slack is on the branch, and the reply says so. */
export async function postPatch({ run, key }: { run: Run; key: string }, job: Job, context: EffectContext) {
  // Rounds after the first have a patch of their own.
  const round = run.round > 1 ? `-${run.round}` : "";
  const name = `${run.repository.fullName.replace("/", "-")}${round}.patch`;
  if ((run.diff?.patchBytes ?? 0) > maxPatchUploadBytes) {
    const words = `The patch of ${run.repository.fullName} is over ${maxPatchUploadBytes / 1024 / 1024} MB, too large for Slack. It is on the branch ${run.branch}.`;
    return reply(job, key, { text: words, blocks: [] }, context);
  }
  const read = () => context.store.work(run.job, run.number).patch(run.round);
  return uploadOnce({ job, key, name, comment: `\`${run.repository.fullName}\` as a patch`, read }, context);
}

/** Says something in a job's thread, once for this key. */
export async function reply(
  job: Job,
  key: string,
  { text, blocks }: Reply,
  context: EffectContext,
): Promise<boolean> {
  if (!job.thread) return false;
  const message = { channel: job.thread.channel, threadTs: job.thread.ts, text, blocks };
  return (await postOnce({ job: job.id, key }, message, context)) !== undefined;
}
