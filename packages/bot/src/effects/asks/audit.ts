// Writes down a press and what came of it; the same one is written once.
import type { Job, Run } from "@cody/core/schema.ts";
import type { EffectContext } from "../context.ts";
import type { Told } from "./told.ts";

interface Pressed {
  id: string;
  action: string;
  by: string;
  run?: Run;
  sha?: string;
  outcome: Told;
}

/** One entry; the account is the one that is linked now. */
export async function writeAudit(
  { id, action, by, run, sha, outcome }: Pressed,
  job: Job,
  { store, now }: EffectContext,
): Promise<void> {
  const person = await store.people.read(job.team, by);
  await store.audits.append({
    id,
    at: now(),
    team: job.team,
    job: job.id,
    by,
    ...(person ? { account: person.account } : {}),
    action,
    ...(run ? { repository: run.repository.fullName } : {}),
    ...(run?.pullRequest ? { pull: run.pullRequest.number } : {}),
    ...(sha ? { sha } : {}),
    decision: outcome.decision,
    words: outcome.words,
  });
}
