// Where a round begins and where its commit goes: a pure reading of the run, and of its branch as GitHub has it.
import { branchOf } from "@cody/core/ids.ts";
import type { BranchState } from "@cody/core/ports/code-host.ts";
import type { PullRequest } from "@cody/core/pull-request-schema.ts";
import type { Job, Run, Waiting } from "@cody/core/schema.ts";

/** What becomes of a branch that is pushed to. */
export interface Aim {
  branch: string;
  /** Where the branch is; undefined: it is not there. */
  head?: string;
  /** What is on it may be lost. */
  overwrite: boolean;
  /** The pull request that the commit is for; undefined: another one is opened. */
  known?: PullRequest;
  /** A closed pull request is opened again. */
  reopen: boolean;
}

/** What the work tree begins with. */
export interface Start {
  /** The commit that the round's own one is made on. */
  baseSha: string;
  /** What an earlier round made on the same commit. */
  withPatch: boolean;
}

/** What a person has to decide first. */
export interface Undecided {
  waiting: Waiting;
}

/** Whether the branch is read before the round begins, and again before it is pushed to: it may be there already. */
export function readsBranch(run: Run, job: Pick<Job, "deliver">, mayPush: boolean): boolean {
  const isFirst = run.task === undefined && run.branchChoice === undefined;
  return !isFirst && wantsPullRequest(run, job, mayPush);
}

/** Whether the round ends with a branch and a pull request, or with a patch alone. */
export function wantsPullRequest(run: Run, job: Pick<Job, "deliver">, mayPush: boolean): boolean {
  if (run.task?.kind === "apply-patch") return true;
  if (!mayPush && !run.fork) return false;
  return run.pullRequest !== undefined || (job.deliver !== "patch" && !run.patchOnly);
}

/** The branch that this round is about. */
export function branchName(run: Run): string {
  return run.branchChoice?.choice === "new-branch" ? ownBranch(run) : run.branch;
}

interface Found {
  /** The base branch's newest commit. */
  newestSha: string;
  /** Undefined where it was not read. */
  state?: BranchState;
  /** Where the round began, if it is gone on with; nothing is asked then before there is something to push. */
  resumedFrom?: string;
  now: number;
}

/**
 * What the round begins with. A round of a run with a branch works on top of it, whoever committed last; a round of a
 * run with nothing but a patch begins where that one began, so that its change is the whole.
 */
export function startOf(run: Run, { newestSha, state, resumedFrom, now }: Found): Start | Undecided {
  const { task } = run;
  const hasPatch = task !== undefined && task.kind !== "again" && !lastHead(run) && !run.pullRequest;
  // On another base than its own it is tried; the rest of the work would have to be done anew.
  if (task?.kind === "apply-patch") return { baseSha: resumedFrom ?? newestSha, withPatch: true };
  if (resumedFrom !== undefined) return { baseSha: resumedFrom, withPatch: hasPatch };
  const aim = state && aimOf(run, state, now);
  if (aim && "waiting" in aim) return aim;
  if (aim?.head !== undefined && !aim.overwrite) return { baseSha: aim.head, withPatch: false };
  if (hasPatch && run.baseSha !== undefined) return { baseSha: run.baseSha, withPatch: true };
  const isFresh = task === undefined || task.kind === "again" || state?.pullRequest?.state === "merged";
  const keeps = aim?.overwrite || run.branchChoice?.choice === "new-branch" || !isFresh;
  return { baseSha: (keeps ? lastHead(run) : undefined) ?? newestSha, withPatch: false };
}

/** The newest commit that Cody pushed in an earlier round. */
export function lastHead({ earlier, headSha }: Run): string | undefined {
  return earlier ? earlier.at(-1)?.headSha : headSha;
}

/** Where a commit goes, by what the branch is now and what a person decided about it; or that one has to decide. */
export function aimOf(run: Run, state: BranchState, now: number): Aim | Undecided {
  const { headSha, foreign, pullRequest: pull } = state;
  const { choice, headSha: decidedAbout } = run.branchChoice ?? {};
  const known = pull && run.pullRequest?.number === pull.number ? run.pullRequest : undefined;
  const aim = { ...rest(run), head: headSha, known };
  const ask = (why: "commits" | "closed", people: string[]): Undecided => ({
    waiting: {
      for: "branch",
      since: now,
      why,
      people,
      commits: foreign.commits,
      headSha: headSha ?? pull?.headSha ?? "",
    },
  });
  if (choice !== "new-branch") {
    // What was merged is part of the base; more of it is another pull request.
    if (pull?.state === "merged") return { ...rest(run), branch: ownBranch(run) };
    if (pull?.state === "closed" && pull.closedBy && choice !== "reopen")
      return ask("closed", [pull.closedBy]);
    // Without its branch it cannot be opened again.
    if (headSha === undefined) return { ...aim, known: undefined };
  }
  if (foreign.commits > 0) {
    if (choice === "overwrite" && decidedAbout === headSha) return { ...aim, overwrite: true };
    if (choice !== "build-on-top" && choice !== "reopen") return ask("commits", foreign.people);
  }
  return { ...aim, reopen: known !== undefined && pull?.state === "closed" };
}

function rest(run: Run): Aim {
  return { branch: branchName(run), overwrite: false, reopen: false };
}

function ownBranch(run: Run): string {
  return `${branchOf(run.job)}-${run.round}`;
}
