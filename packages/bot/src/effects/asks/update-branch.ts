// Merges the base branch into the branch of a pull request, as Cody, because somebody pressed.
import type { Ask, JobRecord } from "@cody/core/schema.ts";
import type { EffectContext } from "../context.ts";
import { lookNext } from "./as-person.ts";
import { short } from "./judge.ts";
import { onceAtATime, orRefused } from "./once.ts";
import { mayWrite } from "./person.ts";
import { done, refused, type Told } from "./told.ts";

/** Only where the head is still the one that the person saw, and there is something to merge in. */
export function updateBranch(ask: Ask, record: JobRecord, context: EffectContext): Promise<Told | undefined> {
  return onceAtATime(ask, context, async (isAgain) => {
    const told = await orRefused(ask, context, () => update(ask, record, context, isAgain));
    const run = record.runs.find(({ number }) => number === ask.run);
    if (run?.pullRequest) await lookNext(run, context);
    return told;
  });
}

async function update(
  ask: Ask,
  { job, runs }: JobRecord,
  context: EffectContext,
  isAgain: boolean,
): Promise<Told> {
  const run = runs.find(({ number }) => number === ask.run);
  const seen = ask.heads?.find(({ run: number }) => number === ask.run)?.sha;
  if (!run?.pullRequest || !seen) return refused("There is no pull request to do that to.");
  const { pullRequest, repository } = run;
  const name = `${repository.fullName}#${pullRequest.number}`;
  if (run.state !== "done") return refused(`${repository.fullName} is at work; wait until it has ended.`);
  const obstacle = await mayWrite(ask, job, run, context);
  if (obstacle) return obstacle;
  const standing = await context.github.standing(repository, pullRequest.number, pullRequest.standing);
  if (standing.state !== "open") return refused(`${name} is ${standing.state} already.`);
  const success = done(`${name} is brought up to date with ${run.baseBranch}.`);
  if (standing.headSha !== seen)
    return isAgain ? success : refused(`${name} has a newer commit, ${short(standing.headSha)}, by now.`);
  if (standing.mergeable === "conflicts")
    return refused(`${name} has conflicts with ${run.baseBranch}. Resolve them first.`);
  await context.github.updateBranch(repository, pullRequest.number, seen);
  return success;
}
