// Turns a job into runs: reads every repository live, so that nothing is spent on one that cannot work.
import { type Failure, failureOf } from "@cody/core/failure.ts";
import { isRefusal, newRun, transition } from "@cody/core/job.ts";
import { isAllowed } from "@cody/core/policy.ts";
import type { RepositoryCheck } from "@cody/core/ports.ts";
import type { Job, Repository, Run } from "@cody/core/schema.ts";
import type { EffectContext } from "./context.ts";

/** A job that GitHub could not be asked about for this long is told so, and not kept waiting for ever. */
const githubAwayMs = 15 * 60_000;

/** Creates a run for every repository; one that cannot work ends at once with its reason, the others go on. */
export async function beginRuns(job: Job, context: EffectContext): Promise<boolean> {
  const { store, allowed, now } = context;
  const checks = await Promise.all(job.repositories.map((repository) => checkLive(job, repository, context)));
  for (const [index, asked] of job.repositories.entries()) {
    const check = checks[index] ?? { found: false };
    await store.jobs.createRun(firstRun(job, index + 1, asked, check, allowed, now()));
  }
  return true;
}

/** What GitHub says, or why it will not say it; throws while it is only away, so that it is asked again. */
async function checkLive(
  job: Job,
  repository: Repository,
  { github, now }: EffectContext,
): Promise<RepositoryCheck | Failure> {
  try {
    return await github.check(repository, job.baseBranch);
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
  return run;
}

function obstacle(run: Run, check: RepositoryCheck, allowed: readonly string[]): Failure | undefined {
  const name = run.repository.fullName;
  if (!check.found) return { kind: "repository-gone", detail: name };
  if (!isAllowed(name, allowed)) return { kind: "repository-not-allowed", detail: name };
  if (check.repository.archived) return { kind: "repository-archived", detail: name };
  if (check.empty) return { kind: "repository-empty", detail: name };
  if (!check.baseSha) return { kind: "base-branch-missing", detail: `${run.baseBranch} in ${name}` };
  return undefined;
}
