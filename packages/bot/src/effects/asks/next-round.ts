// Begins another round of runs that have ended: again, with more words, for failing checks, reviewers or conflicts.
import { shareUsd } from "@cody/core/budget.ts";
import { isRefusal, transition } from "@cody/core/job.ts";
import type { Standing, Task } from "@cody/core/pull-request-schema.ts";
import type { Ask, Job, JobRecord, Run } from "@cody/core/schema.ts";
import { isFailing, wantsReview } from "@cody/core/standing.ts";
import type { EffectContext } from "../context.ts";
import { short } from "./judge.ts";
import { mayWrite } from "./person.ts";
import { done, refused, type Told, together } from "./told.ts";

/** Lets each run that is meant go on, where that makes sense; a sentence for each. Throws `Failed`. */
export async function beginRound(ask: Ask, record: JobRecord, context: EffectContext): Promise<Told> {
  const outcomes: Told[] = [];
  for (const run of meant(ask, record.runs)) outcomes.push(await beginOne(ask, record.job, run, context));
  return outcomes.length > 0 ? together(outcomes) : refused("There is nothing of that kind to go on with.");
}

/** The runs that the press names, by number: one, or several of which a reply told together. */
function meant({ run, text, kind }: Ask, runs: Run[]): Run[] {
  const numbers = run === undefined && kind === "retry" ? (text ?? "").split(",").map(Number) : [run];
  return runs.filter(({ number }) => numbers.includes(number));
}

async function beginOne(ask: Ask, job: Job, known: Run, context: EffectContext): Promise<Told> {
  // Another ask of the same moment may have begun one.
  const run = (await context.store.jobs.readRun(known.job, known.number)) ?? known;
  const name = run.repository.fullName;
  // The same ask once more, because its first answer was lost.
  if (run.queuedAt >= ask.at && "by" in (run.task ?? {}) && run.task?.by === ask.by) return started(run);
  if (run.state !== "done") return refused(`${name} is at work already; wait until it has ended.`);
  const obstacle = await mayWrite(ask, job, run, context);
  if (obstacle) return obstacle;
  const task = await taskOf(ask, run, context);
  if (typeof task === "string") return refused(`${name} ${task}`);
  const after = await continueRun(run, task, job, context, ask.at);
  return after ? started(after) : refused(`${name} has gone on meanwhile.`);
}

function started({ repository, round }: Run): Told {
  return done(`${repository.fullName} goes on: round ${round}.`);
}

/** Opens the job again, so that it is looked after, and puts the run into the queue. `before`: when that was wanted. */
export async function continueRun(
  run: Run,
  task: Task,
  job: Job,
  { store, now }: EffectContext,
  before: number,
): Promise<Run | undefined> {
  await store.jobs.changeJob(job.id, (current) =>
    current.closedAt === undefined ? undefined : { ...current, closedAt: undefined },
  );
  const grantUsd = task.kind === "apply-patch" ? 0 : shareUsd(job);
  const after = await store.jobs.changeRun(run.job, run.number, (current) =>
    current.round === run.round && current.queuedAt < before
      ? transition(current, { type: "continue", task, grantUsd }, now())
      : { refused: "another round began" },
  );
  return isRefusal(after) ? undefined : after;
}

/** What the round is for, or why there is nothing to do, as the rest of a sentence that begins with the repository. */
async function taskOf(ask: Ask, run: Run, context: EffectContext): Promise<Task | string> {
  const { by } = ask;
  const text = (ask.text ?? "").trim();
  if (run.pullRequest?.standing?.state === "merged") return `is merged. ${newJob}`;
  switch (ask.kind) {
    case "retry":
      return run.outcome === "failed" || run.outcome === "cancelled"
        ? retried(run, by)
        : "did not fail in its newest round.";
    case "follow-up":
      return text ? { kind: "follow-up", by, text } : "needs words: what should be different?";
    case "apply-patch":
      return patchTask(by, run, context);
    case "fix-checks":
    case "address-review":
    case "resolve-conflicts":
      return pullRequestTask(ask, run, context);
    default:
      return "cannot go on with that.";
  }
}

const newJob = "Start a new job for what should follow.";

/** The same once more; a patch that no longer applies is made anew. */
function retried({ task, reason }: Run, by: string): Task {
  const isStale = task?.kind === "apply-patch" && reason?.kind === "patch-stale";
  return task && !isStale ? { ...task, by } : { kind: "again", by };
}

async function patchTask(by: string, run: Run, { github, store }: EffectContext): Promise<Task | string> {
  if (run.pullRequest) return `has its pull request already: #${run.pullRequest.number}.`;
  const check = await github.check(run.repository, run.baseBranch);
  if (!check.found) return "is gone, or Cody cannot see it any more.";
  if (check.repository.archived) return "is archived, so nothing can be changed there.";
  const work = store.work(run.job, run.number);
  for (let round = run.round; round > 0; round -= 1) {
    if (await work.patch(round))
      return { kind: "apply-patch", by, to: check.repository.mayPush ? "branch" : "fork" };
  }
  return "has no patch any more; it is kept for 30 days.";
}

/** What concerns a pull request is asked of GitHub as it is at this moment. */
async function pullRequestTask(
  { kind, by, heads }: Ask,
  run: Run,
  { github }: EffectContext,
): Promise<Task | string> {
  const { pullRequest, repository } = run;
  if (!pullRequest) return "has no pull request.";
  const standing = await github.standing(repository, pullRequest.number, pullRequest.standing);
  if (standing.state !== "open") return `has no open pull request: it was ${standing.state}.`;
  if (kind === "fix-checks") {
    const sha = heads?.find(({ run: number }) => number === run.number)?.sha;
    if (sha !== standing.headSha)
      return `has a newer commit, ${short(standing.headSha)}; its checks are another matter.`;
    return isFailing(standing) ? { kind, by, sha } : `has no failing checks: they ${checkWords(standing)}.`;
  }
  if (kind === "resolve-conflicts")
    return standing.mergeable === "conflicts" ? { kind, by } : "has no conflicts with its base branch.";
  return wantsReview(standing)
    ? { kind: "address-review", by }
    : "has no open review comments and no requested changes.";
}

function checkWords({ checks }: Standing): string {
  return { none: "do not exist", pending: "are still running", passed: "passed", failed: "failed" }[checks];
}
