// Looks at the repository once more, live, before anything is cloned: a lot can have changed while the run waited.
import { Failed } from "@cody/core/failure.ts";
import { isAllowed } from "@cody/core/policy.ts";
import type { Round } from "./world.ts";

export interface Place {
  id: number;
  /** The name of today; the id has stayed the same. */
  fullName: string;
  cloneUrl: string;
  baseSha: string;
  mayPush: boolean;
}

/** `resumedFrom` is the base of a round that is gone on with, which stays what it was. */
export async function checkRepository(
  { world, run }: Round,
  resumedFrom: string | undefined,
): Promise<Place> {
  const name = run.repository.fullName;
  const check = await world.codeHost.check(run.repository, run.baseBranch);
  if (!check.found) throw new Failed("repository-gone", name);
  const { repository, cloneUrl } = check;
  const { id, fullName } = repository;
  if (!isAllowed(fullName, world.allowed)) throw new Failed("repository-not-allowed", fullName);
  if (repository.archived) throw new Failed("repository-archived", fullName);
  if (check.empty) throw new Failed("repository-empty", fullName);
  const baseSha = resumedFrom ?? check.baseSha;
  if (!baseSha) throw new Failed("base-branch-missing", `${run.baseBranch} in ${fullName}`);
  return { id, fullName, cloneUrl, baseSha, mayPush: repository.mayPush };
}
