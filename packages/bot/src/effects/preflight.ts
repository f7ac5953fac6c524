// Asks GitHub, before a next round takes a machine, whether that could be of any use.
import { Failed, type Failure, failureOf } from "@cody/core/failure.ts";
import { isRefusal, type RunEvent, transition } from "@cody/core/job.ts";
import type { BranchState } from "@cody/core/ports/code-host.ts";
import type { Run } from "@cody/core/schema.ts";
import { obstacle } from "./begin-runs.ts";
import type { EffectContext } from "./context.ts";

/** A run that GitHub could not be asked about for this long is told so, and not kept waiting for ever. */
const githubAwayMs = 15 * 60_000;

/** `ready`: it may take a machine. `changed`: it ended or waits instead. `later`: GitHub does not answer. */
export type Preflight = "ready" | "changed" | "later";

/** Only of rounds after the first, before their first machine: the first round's runs are made after the same look. */
export async function preflight(run: Run, context: EffectContext): Promise<Preflight> {
  if (run.round === 1 || run.attempts > 0) return "ready";
  const { store, now, log } = context;
  let event: RunEvent | undefined;
  try {
    event = await findObstacle(run, context);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const isAway = error.failure.kind === "github-unavailable" && now() - run.queuedAt < githubAwayMs;
    log.warn("a run could not be looked at before its round", { job: run.job, run: run.number, error });
    if (isAway) return "later";
    event = { type: "fail", reason: failureOf(error) };
  }
  if (!event) return "ready";
  const found = event;
  const after = await store.jobs.changeRun(run.job, run.number, (current) =>
    current.revision === run.revision
      ? transition(current, found, now())
      : { refused: "it changed meanwhile" },
  );
  return isRefusal(after) ? "later" : "changed";
}

async function findObstacle(
  run: Run,
  { github, allowed, now }: EffectContext,
): Promise<RunEvent | undefined> {
  const check = await github.check(run.repository, run.baseBranch);
  // It may have another name by now.
  const named = check.found ? { ...run, repository: check.repository } : run;
  const reason = obstacle(named, check, allowed) ?? lostPush(named);
  if (reason) return { type: "fail", reason };
  // Somebody has decided about the branch already; the runner looks again when it pushes.
  if (run.branchChoice) return undefined;
  const { branch, baseBranch: base, headSha: knownHead, fork } = run;
  const headOwner = fork?.split("/")[0];
  const state = await github.branch(run.repository, { branch, base, knownHead, headOwner });
  return eventFor(run, state, now());
}

/** What stands in the way of pushing to the branch. Pure. */
export function eventFor(run: Run, state: BranchState, now: number): RunEvent | undefined {
  const { pullRequest, foreign, headSha } = state;
  if (pullRequest?.state === "merged") {
    const detail = `pull request #${pullRequest.number} was merged, so a new job has to follow it`;
    return { type: "fail", reason: { kind: "branch-moved", detail } };
  }
  const asked = { for: "branch" as const, since: now, commits: foreign.commits };
  if (run.pullRequest && pullRequest?.state === "closed") {
    const people = pullRequest.closedBy ? [pullRequest.closedBy] : [];
    const head = headSha ?? pullRequest.headSha;
    return { type: "ask-first", waiting: { ...asked, why: "closed", people, headSha: head } };
  }
  if (foreign.commits === 0 || !headSha) return undefined;
  return { type: "ask-first", waiting: { ...asked, why: "commits", people: foreign.people, headSha } };
}

/** A pull request that is there can only be gone on with by whoever may push to its branch. */
function lostPush({ pullRequest, fork, repository }: Run): Failure | undefined {
  if (repository.mayPush || !pullRequest || fork) return undefined;
  return { kind: "github-rejected", detail: `Cody may no longer push to ${repository.fullName}` };
}
