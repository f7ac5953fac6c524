// Delivers a change: the patch into the table, then a commit, its branch and its pull request.
import { isRegression } from "@cody/core/check-words.ts";
import { Failed } from "@cody/core/failure.ts";
import { isRefusal, type RunEvent } from "@cody/core/job.ts";
import type { Change, Workspace } from "@cody/core/ports.ts";
import { Interruption } from "../interruption.ts";
import type { Place } from "../repository-check.ts";
import type { FinishInput } from "../tools/finish.ts";
import type { Round } from "../world.ts";
import { bodyOf, commitMessageOf, leftOutNote, reasonsNote, titleOf } from "./pull-request.ts";

/** Stores the patch; from here on it is delivered whatever happens. */
export async function keepPatch(
  { world, run, heartbeat, result }: Round,
  { patch, diff }: Change,
): Promise<void> {
  await heartbeat.whileHeld(() => world.work.savePatch(run.round, patch, world.now()));
  result.diff = { ...diff, preview: world.redact(diff.preview) };
}

interface Delivery {
  place: Place;
  change: Change;
  words: FinishInput;
  /** Why a person has to look at the change before it is pushed; empty where nobody has to. */
  reasons: readonly string[];
}

/**
 * Publishes what `workspace.diff` showed last, and returns the end of the round; or, where the change has to be held,
 * that it waits. A stop that came first wins.
 */
export async function deliver(
  round: Round,
  workspace: Workspace,
  { place, change, words, reasons }: Delivery,
): Promise<RunEvent> {
  const { world, job, run, heartbeat, result } = round;
  const { leftOut } = change;
  const patchOnly = run.patchOnly ?? (place.mayPush ? undefined : `Cody may not push to ${place.fullName}.`);
  const isPushed = job.deliver !== "patch" && !patchOnly;
  const notes = [
    leftOut.length > 0 ? leftOutNote(leftOut) : "",
    reasons.length > 0 && !isPushed ? `Before it is applied, please look at:\n${reasonsNote(reasons)}` : "",
  ];
  result.summary = world.redact([words.summary, ...notes].filter(Boolean).join("\n\n"));
  result.verification = world.redact(words.verification);
  const released = reasons.length > 0 && run.released?.change === change.id ? run.released : undefined;
  if (isPushed && reasons.length > 0 && !released) return held(round, change, reasons);

  const publishing = await heartbeat.write({ type: "publish" });
  if (isRefusal(publishing)) throw new Interruption("stopped", publishing.refused);
  if (!isPushed) {
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
    checks: result.checks,
    leftOut,
    ...(released && { released: { by: released.by, reasons: reasons.map(world.redact) } }),
  });
  const delivered = await world.codeHost.deliverPullRequest({
    repository: place,
    branch: run.branch,
    base: run.baseBranch,
    title: titleOf(job),
    body,
    draft: job.deliver === "draft" || isRegression(result.checks),
    labels: job.labels ?? [],
    reviewers: job.reviewers ?? [],
    known: run.pullRequest,
  });
  result.pullRequest = delivered.pullRequest;
  return { type: "finish", outcome: "changed", result };
}

/** All that a person needs to decide is written, and the machine given back. */
function held(
  { world, run, heartbeat, result }: Round,
  change: Change,
  reasons: readonly string[],
): RunEvent {
  // It was judged when it was being published, so this one is another change.
  if (run.state === "publishing")
    throw new Failed(
      "change-refused",
      `it is not what was about to be pushed when its machine ended. ${reasons[0]}`,
    );
  const { summary, verification, checks, diff } = result;
  heartbeat.report({ summary, verification, checks, diff });
  return {
    type: "wait",
    waiting: { for: "hold", since: world.now(), reasons: reasons.map(world.redact), change: change.id },
  };
}
