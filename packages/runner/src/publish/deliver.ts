// Delivers a change: the patch into the table, then a commit, its branch and its pull request.
import { isRegression } from "@cody/core/check-words.ts";
import { Failed } from "@cody/core/failure.ts";
import { isRefusal, type RunEvent } from "@cody/core/job.ts";
import { githubPatienceMs } from "@cody/core/limits.ts";
import type { Change, Workspace } from "@cody/core/ports/workspace.ts";
import type { Run, Waiting } from "@cody/core/schema.ts";
import { guard } from "../guard/guard.ts";
import { Interruption } from "../interruption.ts";
import { checkRepository, isMixed, type Place } from "../repository-check.ts";
import type { GivenThread } from "../review.ts";
import type { Beginning } from "../round-beginning.ts";
import { wantsPullRequest } from "../round-start.ts";
import type { FinishInput } from "../tools/finish.ts";
import type { Round } from "../world.ts";
import { answerThreads } from "./answer-threads.ts";
import { bringToBranch, type OnBranch } from "./branch.ts";
import { type Patience, whileGitHubIsAway } from "./patience.ts";
import { bodyOf, commitMessageOf, leftOutNote, reasonsNote, type Sibling, titleOf } from "./pull-request.ts";

/** Stores the patch; from here on it is delivered whatever happens. */
export async function keepPatch(
  { world, run, heartbeat, result }: Round,
  { patch, diff }: Change,
): Promise<void> {
  await heartbeat.whileHeld(() => world.work.savePatch(run.round, patch, world.now()));
  result.diff = { ...diff, preview: world.redact(diff.preview) };
}

export interface Delivery {
  place: Place;
  beginning: Beginning;
  /** Undefined where only the pull request is missing. */
  change: Change | undefined;
  words: FinishInput;
  /** Conversations of a review that the agent was given. */
  threads: readonly GivenThread[];
}

/** Why a person has to look at a change before it is pushed. Throws `change-refused` where nobody may let it through. */
export function reasonsOf(round: Round, place: Place, change: Change): string[] {
  const { world } = round;
  const judged = guard(change, world.isOwnSecret);
  if (judged.verdict === "refuse") throw new Failed(judged.failure.kind, judged.failure.detail);
  // It names no repository, for what is said in a public pull request is public.
  const mixed = isMixed(round, place)
    ? [
        "This repository is public, and the job has private ones as well: nothing of those may be in the change.",
      ]
    : [];
  return [...mixed, ...(judged.verdict === "hold" ? judged.reasons : [])];
}

/**
 * Publishes what `workspace.diff` showed last, and returns the end of the round; or, where a person or GitHub has to be
 * waited for, that it waits. A stop that came first wins.
 */
export async function deliver(round: Round, workspace: Workspace, delivery: Delivery): Promise<RunEvent> {
  const { world, job, run, heartbeat, result } = round;
  const { place, change, words } = delivery;
  const reasons = change ? reasonsOf(round, place, change) : [];
  const isPushed = wantsPullRequest(run, job, place.mayPush);
  const notes = [
    change && change.leftOut.length > 0 ? leftOutNote(change.leftOut) : "",
    reasons.length > 0 && !isPushed ? `Before it is applied, please look at:\n${reasonsNote(reasons)}` : "",
  ];
  result.summary = world.redact([words.summary, ...notes].filter(Boolean).join("\n\n"));
  result.verification = world.redact(words.verification);
  const released = reasons.length > 0 && run.released?.change === change?.id ? run.released : undefined;
  if (change && isPushed && reasons.length > 0 && !released) return held(round, change, reasons);

  const publishing = await heartbeat.write({ type: "publish" });
  if (isRefusal(publishing)) throw new Interruption("stopped", publishing.refused);
  // Whatever holds it up from here on, people see what there is.
  tell(round);
  if (!isPushed) {
    const why = run.patchOnly ?? `Cody may not push to ${place.fullName}.`;
    if (job.deliver !== "patch") result.patchOnly = why;
    return { type: "finish", outcome: "changed", result };
  }

  // From here on neither a person nor the clock ends the round; only a runner that lost it stops at once.
  const patience = patienceOf(round);
  const pushed = await whileGitHubIsAway(patience, async () => {
    // It may have become public, or been archived, while the agent worked.
    await checkRepository(round);
    return bringToBranch(round, workspace, {
      place,
      baseSha: delivery.beginning.baseSha,
      message: commitMessageOf(job, run),
      judge: (moved) => judgeMoved(round, place, { moved, allowed: reasons }),
    });
  });
  if ("waiting" in pushed) return waits(round, pushed.waiting);
  note(round, pushed, delivery.beginning);
  await whileGitHubIsAway(patience, async () => {
    heartbeat.assertHeld();
    await propose(round, pushed, {
      ...delivery,
      costUsd: publishing.costUsd,
      ...(released && { released: { by: released.by, reasons: reasons.map(world.redact) } }),
    });
  });
  const { threads, beginning } = delivery;
  const pull = result.pullRequest?.number;
  if (pull !== undefined && threads.length > 0) {
    const sha = pushed.sha === beginning.baseSha ? undefined : pushed.sha;
    const replies = words.reviewReplies ?? [];
    const failed = await whileGitHubIsAway(patience, () =>
      answerThreads(round, { place, pull, threads, replies, sha }),
    );
    result.notes = [...(result.notes ?? []), ...failed];
  }
  return { type: "finish", outcome: "changed", result };
}

/** How long GitHub is waited for from now on; the board says so. */
export function patienceOf({ world, heartbeat }: Round): Patience {
  return {
    until: world.now() + githubPatienceMs,
    now: world.now,
    signal: heartbeat.signal,
    log: world.log,
    onWait: () => heartbeat.report({ progress: "waiting for GitHub" }),
  };
}

/** What a later round has to know, and what is true from here on, whatever becomes of the pull request. */
function note({ result, run }: Round, { sha, isSigned, aim }: OnBranch, { fork }: Beginning): void {
  result.headSha = sha;
  result.isSigned = isSigned;
  result.branch = aim.branch;
  result.patchOnly = undefined;
  // A new branch leaves the pull request of the old one to itself.
  if (!aim.known && run.pullRequest) result.pullRequest = undefined;
  if (fork) result.fork = fork.fullName;
}

/** On top of another commit it is another change, so it is judged anew; what was let through before may be in it. */
async function judgeMoved(
  round: Round,
  place: Place,
  { moved, allowed }: { moved: Change; allowed: readonly string[] },
): Promise<void> {
  const fresh = reasonsOf(round, place, moved).find((reason) => !allowed.includes(reason));
  if (fresh) throw new Failed("change-refused", `the branch moved, and the change is another one. ${fresh}`);
  await keepPatch(round, moved);
}

interface Proposal extends Delivery {
  costUsd: number | null;
  released?: { by: string; reasons: readonly string[] };
}

async function propose(
  round: Round,
  { aim }: OnBranch,
  { place, beginning, change, words, released, costUsd }: Proposal,
): Promise<void> {
  const { world, job, run, result } = round;
  const body = bodyOf(job, {
    summary: world.redact(words.summary),
    verification: world.redact(words.verification),
    checks: result.checks,
    leftOut: change?.leftOut ?? [],
    released,
    earlier: aim.known ? earlierChanges(run) : [],
    siblings: await siblingsOf(round, place),
    costUsd,
  });
  const delivered = await world.codeHost.deliverPullRequest({
    repository: place,
    branch: aim.branch,
    headOwner: beginning.fork?.fullName.split("/")[0],
    base: run.baseBranch,
    title: titleOf(job),
    body,
    draft: job.deliver === "draft" || isRegression(result.checks),
    labels: job.labels ?? [],
    reviewers: job.reviewers ?? [],
    known: aim.known,
    reopen: aim.reopen,
  });
  // How it stood is over with the push; it is looked at anew.
  result.pullRequest = { ...delivered.pullRequest, standing: undefined };
  result.lookAt = world.now();
  result.notes = delivered.notes;
}

function earlierChanges({ earlier = [] }: Run): string[] {
  return earlier.flatMap(({ outcome, summary }) => (outcome === "changed" && summary ? [summary] : []));
}

/** Those that are open by now. What is private is not named where everybody can read it. */
async function siblingsOf({ world, job, run }: Round, place: Place): Promise<Sibling[]> {
  const record = await world.jobs.read(job.id);
  return (record?.runs ?? []).flatMap(({ number, repository, pullRequest }) =>
    number === run.number || !pullRequest || (place.isPublic && repository.private)
      ? []
      : [{ repository: repository.fullName, number: pullRequest.number, url: pullRequest.url }],
  );
}

/** All that a person needs to decide is written, and the machine given back. */
function held(round: Round, change: Change, reasons: readonly string[]): RunEvent {
  const { world, run } = round;
  // It was judged when it was being published, so this one is another change.
  if (run.state === "publishing")
    throw new Failed(
      "change-refused",
      `it is not what was about to be pushed when its machine ended. ${reasons[0]}`,
    );
  return waits(round, {
    for: "hold",
    since: world.now(),
    reasons: reasons.map(world.redact),
    change: change.id,
  });
}

function waits(round: Round, waiting: Waiting): RunEvent {
  tell(round);
  return { type: "wait", waiting };
}

function tell({ heartbeat, result }: Round): void {
  const { summary, verification, checks, diff } = result;
  heartbeat.report({ summary, verification, checks, diff });
}
