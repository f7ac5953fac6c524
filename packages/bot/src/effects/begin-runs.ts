// Turns a job into runs: reads every repository live, so that nothing is spent on one that cannot work.
import { type Failure, failureOf } from "@cody/core/failure.ts";
import { branchOf } from "@cody/core/ids.ts";
import { isRefusal, newRun, transition } from "@cody/core/job.ts";
import { isAllowed } from "@cody/core/policy.ts";
import type { BranchState, RepositoryCheck } from "@cody/core/ports/code-host.ts";
import type { Job, Repository, Run, Waiting } from "@cody/core/schema.ts";
import { checkRequester } from "./check-requester.ts";
import type { EffectContext } from "./context.ts";

/** A job that GitHub could not be asked about for this long is told so, and not kept waiting for ever. */
const githubAwayMs = 15 * 60_000;

/** What GitHub says of a repository, and of the branch that Cody would push to where there is one. */
interface Found {
  check: RepositoryCheck | Failure;
  branch?: BranchState;
}

/**
 * Creates a run for every repository; one that cannot work ends at once with its reason, the others go on. Where the
 * whole job may not be done, none is created, and the job is refused.
 */
export async function beginRuns(job: Job, context: EffectContext): Promise<boolean> {
  const { store, allowed, now } = context;
  const found = await Promise.all(job.repositories.map((repository) => readLive(job, repository, context)));
  // Whoever died between two runs had asked already; half a job is not taken back.
  const isBegun = (await store.jobs.readRun(job.id, 1)) !== undefined;
  const requester = await finallyKnown(job, context, async () => {
    if (isBegun) return {};
    const known = found.flatMap(({ check }) => ("found" in check && check.found ? [check.repository] : []));
    return checkRequester(job, known, context);
  });
  const refused = "kind" in requester ? requester : "refused" in requester ? requester.refused : undefined;
  if (refused) {
    await store.jobs.changeJob(job.id, (current) => ({ ...current, refused: current.refused ?? refused }));
    return true;
  }
  if ("account" in requester && requester.account) {
    const { account } = requester;
    await store.jobs.changeJob(job.id, (current) => ({ ...current, requesterAccount: account }));
  }
  for (const [index, asked] of job.repositories.entries()) {
    const { check, branch } = found[index] ?? { check: { found: false } };
    await store.jobs.createRun(firstRun(job, index + 1, asked, check, allowed, now(), branch));
  }
  return true;
}

/** One that cannot be changed needs no look at its branch. */
async function readLive(job: Job, repository: Repository, context: EffectContext): Promise<Found> {
  const { github } = context;
  const check = await finallyKnown(job, context, () => github.check(repository, job.baseBranch));
  const isPushed = "found" in check && check.found && check.baseSha && check.repository.mayPush;
  if (!isPushed || job.deliver === "patch") return { check };
  const base = job.baseBranch ?? check.repository.defaultBranch;
  const branch = await finallyKnown(job, context, () =>
    github.branch(check.repository, { branch: branchOf(job.id), base }),
  );
  return "kind" in branch ? { check: branch } : { check, branch };
}

/** What somebody says, or why they will not say it; throws while they are only away, so that they are asked again. */
async function finallyKnown<T extends object>(
  job: Job,
  { now }: EffectContext,
  ask: () => Promise<T>,
): Promise<T | Failure> {
  try {
    return await ask();
  } catch (error) {
    const reason = failureOf(error);
    const isFinal = reason.kind === "github-rejected" || now() - job.createdAt > githubAwayMs;
    if (!isFinal) throw error;
    return reason;
  }
}

/** The run as GitHub's answer makes it. Pure. */
export function firstRun(
  job: Job,
  number: number,
  asked: Repository,
  check: RepositoryCheck | Failure,
  allowed: readonly string[],
  now: number,
  branch?: BranchState,
): Run {
  const isKnown = "found" in check && check.found;
  const run = newRun(job, number, isKnown ? check.repository : asked, now);
  const reason = "kind" in check ? check : obstacle(run, check, allowed);
  if (reason) {
    const failed = transition(run, { type: "fail", reason }, now);
    return isRefusal(failed) ? run : failed;
  }
  if (job.deliver !== "patch" && !run.repository.mayPush) {
    return { ...run, patchOnly: `Cody may not push to ${run.repository.fullName}` };
  }
  const waiting = branch && inTheWay(branch, now);
  const held = waiting && transition(run, { type: "ask-first", waiting }, now);
  return held && !isRefusal(held) ? held : run;
}

/** Somebody's work on the branch that Cody is about to use, or a pull request from it that somebody closed. */
function inTheWay(
  { headSha, foreign, pullRequest }: BranchState,
  now: number,
): Extract<Waiting, { for: "branch" }> | undefined {
  const isClosed = pullRequest?.state === "closed" && pullRequest.closedBy !== undefined;
  if (headSha === undefined || (foreign.commits === 0 && !isClosed)) return undefined;
  const { commits, people } = foreign;
  const common = { for: "branch" as const, since: now, commits, headSha };
  return commits > 0
    ? { ...common, why: "commits", people }
    : { ...common, why: "closed", people: pullRequest?.closedBy ? [pullRequest.closedBy] : [] };
}

/** Why nothing can be done in a repository; undefined where something can. */
export function obstacle(run: Run, check: RepositoryCheck, allowed: readonly string[]): Failure | undefined {
  const name = run.repository.fullName;
  if (!check.found) return { kind: "repository-gone", detail: name };
  if (!isAllowed(name, allowed)) return { kind: "repository-not-allowed", detail: name };
  if (check.repository.archived) return { kind: "repository-archived", detail: name };
  if (check.empty) return { kind: "repository-empty", detail: name };
  if (!check.baseSha) return { kind: "base-branch-missing", detail: `${run.baseBranch} in ${name}` };
  return undefined;
}
