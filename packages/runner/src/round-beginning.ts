// Finds out where a round begins: reads its branch, the patch of an earlier round, and what has to be merged.
import { Failed } from "@cody/core/failure.ts";
import type { BranchState } from "@cody/core/ports/code-host.ts";
import type { Place } from "./repository-check.ts";
import { branchName, lastHead, readsBranch, startOf, type Undecided } from "./round-start.ts";
import type { Round } from "./world.ts";

/** Everything that the work tree begins with. */
export interface Beginning {
  baseSha: string;
  /** Whether that is the head of Cody's branch, with what earlier rounds committed. */
  isOnBranch: boolean;
  /** The branch is there without a pull request that is open, and the round is to have one. */
  lacksPullRequest: boolean;
  patch?: Buffer;
  merge?: { sha: string; ancestor: string };
  /** Cody's fork, where that holds the branch. */
  fork?: { fullName: string; cloneUrl: string; holdsBase: boolean };
}

/** `isResumed`: this round was begun before, and its base was stored. Throws `Failed` where it cannot begin. */
export async function beginningOf(
  round: Round,
  place: Place,
  isResumed: boolean,
): Promise<Beginning | Undecided> {
  const { world, job, run } = round;
  const { newestSha } = place;
  const resumedFrom = isResumed ? run.baseSha : undefined;
  if (!newestSha && !resumedFrom)
    throw new Failed("base-branch-missing", `${run.baseBranch} in ${place.fullName}`);
  if (run.task?.kind === "apply-patch" && run.task.to === "branch" && !place.mayPush)
    throw new Failed("push-refused", `Cody may not push to ${place.fullName}`);
  const state = readsBranch(run, job, place.mayPush) ? await branchState(round, place) : undefined;
  const start = startOf(run, {
    newestSha: newestSha ?? resumedFrom ?? "",
    state,
    resumedFrom,
    now: world.now(),
  });
  if ("waiting" in start) return start;
  const { baseSha, withPatch } = start;
  const isMerging = run.task?.kind === "resolve-conflicts";
  const [patch, merge, fork] = await Promise.all([
    withPatch ? earlierPatch(round) : undefined,
    isMerging ? mergeOf(round, place, baseSha) : undefined,
    forkOf(round, place),
  ]);
  const pullState = state?.pullRequest?.state;
  return {
    baseSha,
    isOnBranch: state?.headSha === baseSha,
    lacksPullRequest: state?.headSha !== undefined && pullState !== "open" && pullState !== "merged",
    patch,
    merge,
    fork: fork && { ...fork, holdsBase: run.fork !== undefined && baseSha !== newestSha },
  };
}

/** The branch that the round is about, as it is now. */
export function branchState(
  { world, run }: Round,
  place: Place,
  branch = branchName(run),
): Promise<BranchState> {
  const headOwner = run.fork?.split("/")[0];
  return world.codeHost.branch(place, { branch, base: run.baseBranch, knownHead: lastHead(run), headOwner });
}

/** Of the newest round that has one. */
async function earlierPatch({ world, run }: Round): Promise<Buffer> {
  for (let earlier = run.round - 1; earlier >= 1; earlier -= 1) {
    const patch = await world.work.patch(earlier);
    if (patch) return patch;
  }
  throw new Failed("patch-stale", "it is no longer kept");
}

/** The same commit for every machine that works on the round. */
async function mergeOf({ world, run }: Round, place: Place, baseSha: string): Promise<Beginning["merge"]> {
  const { sha, baseSha: newest } = await world.codeHost.mergeBase(
    place,
    run.mergeSha ?? run.baseBranch,
    baseSha,
  );
  return { sha: newest, ancestor: sha };
}

async function forkOf({ world, run }: Round, place: Place) {
  const isWanted = run.fork !== undefined || (run.task?.kind === "apply-patch" && run.task.to === "fork");
  if (!isWanted) return undefined;
  const fork = await world.codeHost.fork(place);
  if (!fork) throw new Failed("push-refused", "Cody can have no fork, because it is a GitHub App");
  return fork;
}
