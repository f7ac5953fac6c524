// Delivers a change: the patch into the table, then a commit, its branch and its pull request.
import { isRefusal, type RunEvent } from "@cody/core/job.ts";
import type { Change, Workspace } from "@cody/core/ports.ts";
import { Interruption } from "../interruption.ts";
import type { Place } from "../repository-check.ts";
import type { FinishInput } from "../tools/finish.ts";
import type { Round } from "../world.ts";
import { bodyOf, commitMessageOf, leftOutNote, titleOf } from "./pull-request.ts";

/** Stores the patch; from here on it is delivered whatever happens. */
export async function keepPatch(
  { world, run, heartbeat, result }: Round,
  { patch, diff }: Change,
): Promise<void> {
  await heartbeat.whileHeld(() => world.work.savePatch(run.round, patch, world.now()));
  result.diff = { ...diff, preview: world.redact(diff.preview) };
}

/** Publishes what `workspace.diff` showed last, and returns the end of the round. A stop that came first wins. */
export async function deliver(
  round: Round,
  workspace: Workspace,
  { place, change, words }: { place: Place; change: Change; words: FinishInput },
): Promise<RunEvent> {
  const { world, job, run, heartbeat, result } = round;
  const { leftOut } = change;
  const note = leftOut.length > 0 ? `\n\n${leftOutNote(leftOut)}` : "";
  result.summary = world.redact(words.summary + note);
  result.verification = world.redact(words.verification);

  const publishing = await heartbeat.write({ type: "publish" });
  if (isRefusal(publishing)) throw new Interruption("stopped", publishing.refused);
  const patchOnly = run.patchOnly ?? (place.mayPush ? undefined : `Cody may not push to ${place.fullName}.`);
  if (job.deliver === "patch" || patchOnly) {
    if (job.deliver !== "patch") result.patchOnly = patchOnly;
    return { type: "finish", outcome: "changed", result };
  }

  // From here on neither a person nor the clock ends the round; only a runner that lost it stops at once.
  const { signal } = heartbeat;
  const message = commitMessageOf(job);
  result.headSha = await workspace.publish({ branch: run.branch, message, signal });
  heartbeat.assertHeld();
  const body = bodyOf(job, {
    summary: world.redact(words.summary),
    verification: result.verification,
    leftOut,
  });
  result.pullRequest = await world.codeHost.openPullRequest({
    fullName: place.fullName,
    branch: run.branch,
    base: run.baseBranch,
    title: titleOf(job),
    body,
    draft: job.deliver === "draft",
  });
  return { type: "finish", outcome: "changed", result };
}
