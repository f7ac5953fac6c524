// One repository that Cody was let in at, for one operation: what the parts of the GitHub adapter work with.
import { Failed } from "../failure.ts";
import type { Log } from "../log.ts";
import type { RepositoryName } from "../ports/code-host.ts";
import type { Client, Entry, GitHubAccess, Rights } from "./github-access.ts";

/** What every part is given. */
export interface GitHubPart {
  access: GitHubAccess;
  log: Log;
  now: () => number;
}

export interface Place {
  client: Client;
  owner: string;
  repo: string;
}

/** For what can only be done where Cody gets in. Throws `Failed`. */
export async function enter(
  { access }: Pick<GitHubPart, "access">,
  repository: RepositoryName,
  needed: Rights,
  wished?: Rights,
): Promise<Entry & Place> {
  const entry = await access.enter(repository, needed, wished);
  if (!entry) throw new Failed("repository-gone", repository.fullName);
  const [owner, repo] = split(repository.fullName);
  return { ...entry, owner, repo };
}

export function split(fullName: string): [owner: string, repo: string] {
  const [owner = "", repo = ""] = fullName.split("/");
  return [owner, repo];
}
