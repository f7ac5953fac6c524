// Cody's own fork of a repository: asked for, and waited for until git can be used there.
import { setTimeout as sleep } from "node:timers/promises";
import { Failed } from "../failure.ts";
import type { CodeHost } from "../ports/code-host.ts";
import { orMissing, toldOrLimited } from "./github-errors.ts";
import { enter, type GitHubPart, split } from "./github-place.ts";

/** A fork takes some seconds as a rule, and longer where the repository is large. */
const waitsMs = [500, 1_000, 2_000, 3_000, 5_000, 5_000, 10_000, 10_000, 20_000];

export function forkPart(part: GitHubPart): Pick<CodeHost, "fork"> {
  return {
    fork: async (repository) => {
      // An App would have to be installed where the fork is to be made, on everything there.
      if (!part.access.forks) return undefined;
      return toldOrLimited(async () => {
        const { client, owner, repo } = await enter(part, repository, { contents: "read" });
        // Whoever has a fork already is answered with that one.
        const { data: fork } = await client.repos.createFork({ owner, repo, default_branch_only: true });
        const [forkOwner, forkRepo] = split(fork.full_name);
        const ref = `heads/${fork.default_branch}`;
        for (const waitMs of [...waitsMs, undefined]) {
          const found = await orMissing(client.git.getRef({ owner: forkOwner, repo: forkRepo, ref }));
          if (typeof found !== "string") return { fullName: fork.full_name, cloneUrl: fork.clone_url };
          if (waitMs !== undefined) await sleep(waitMs);
        }
        throw new Failed("github-unavailable", `the fork ${fork.full_name} has no commits yet`);
      }, part.now);
    },
  };
}
