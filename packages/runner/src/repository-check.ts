// Looks at the repository once more, live: before anything is cloned and before anything is pushed, for a lot can change.
import { Failed } from "@cody/core/failure.ts";
import { isAllowed } from "@cody/core/policy.ts";
import type { Round } from "./world.ts";

export interface Place {
  id: number;
  /** The name of today; the id has stayed the same. */
  fullName: string;
  cloneUrl: string;
  /** The newest commit of the base branch; undefined where there is no such branch. */
  newestSha?: string;
  mayPush: boolean;
  isPublic: boolean;
}

/** Throws where the round cannot go on at all. */
export async function checkRepository({ world, job, run }: Round): Promise<Place> {
  const name = run.repository.fullName;
  const check = await world.codeHost.check(run.repository, run.baseBranch);
  if (!check.found) throw new Failed("repository-gone", name);
  const { repository, cloneUrl } = check;
  const { id, fullName } = repository;
  if (!isAllowed(fullName, world.allowed)) throw new Failed("repository-not-allowed", fullName);
  if (repository.archived) throw new Failed("repository-archived", fullName);
  if (check.empty) throw new Failed("repository-empty", fullName);
  const isPublic = !repository.private;
  const others = job.repositories.filter((other) => other.id !== id && other.private);
  // What the job knows of the private ones would be seen by everybody.
  if (isPublic && others.length > 0 && !world.mixesVisibility) {
    const names = others.map((other) => other.fullName).join(" and ");
    throw new Failed("visibility-mixed", `${fullName} is public by now, ${names} not`);
  }
  return { id, fullName, cloneUrl, newestSha: check.baseSha, mayPush: repository.mayPush, isPublic };
}

/** Whether what is pushed here could show what is private elsewhere in the job. */
export function isMixed({ job }: Pick<Round, "job">, { id, isPublic }: Place): boolean {
  return isPublic && job.repositories.some((other) => other.id !== id && other.private);
}
