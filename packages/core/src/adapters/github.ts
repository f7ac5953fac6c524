// GitHub through Octokit, in Cody's words: the list of what it does, each part in a file of its own.
import type { GitHubIdentity } from "../config.ts";
import type { Log } from "../log.ts";
import type { CodeHost, RepositoryCheck } from "../ports/code-host.ts";
import { authorOf, makeAccountAccess, type Rights, repositoryOf } from "./github-access.ts";
import { makeAppAccess } from "./github-app.ts";
import { branchPart } from "./github-branch.ts";
import { checksPart } from "./github-checks.ts";
import { orMissing, told } from "./github-errors.ts";
import { forkPart } from "./github-fork.ts";
import { enter, split } from "./github-place.ts";
import { pullRequestPart } from "./github-pull-request.ts";
import { reviewsPart } from "./github-reviews.ts";
import { standingPart } from "./github-standing.ts";

interface GitHubOptions {
  identity: GitHubIdentity;
  apiUrl: string;
  log: Log;
  /** Hears of each token that was made for an App, before it is used. */
  onToken?: (token: string) => void;
  /** Milliseconds since 1970; the machine's clock if nothing is given. */
  now?: () => number;
  /**
   * Whether changes keep the distance to each other that GitHub asks for: a second, and three where people are told of
   * them. Tests of the protocol need not wait between writes.
   */
  spaced?: boolean;
}

/** What these operations need, and nothing else; each part has its own. */
const rights = {
  look: { contents: "read", metadata: "read" },
  read: { contents: "read" },
  write: { contents: "write" },
} as const satisfies Record<string, Rights>;

/** GitHub as Cody sees it, whether Cody is a service account or an App. */
export function makeGitHub({
  identity,
  apiUrl,
  log,
  onToken,
  now = Date.now,
  spaced = true,
}: GitHubOptions): CodeHost {
  const clients = { apiUrl, log, spaced };
  const access =
    "token" in identity
      ? makeAccountAccess(identity.token, clients)
      : makeAppAccess({ ...identity, ...clients, onToken });

  const part = { access, log, now };

  return {
    repositories: () => told(() => access.repositories()),

    async check(asked, branch): Promise<RepositoryCheck> {
      return told(async () => {
        const entry = await access.enter(asked, rights.look);
        if (!entry) return { found: false };
        const { client, mayPush } = entry;
        const read = await orMissing(
          client.request("GET /repositories/{repository_id}", { repository_id: asked.id }),
        );
        if (typeof read === "string") return { found: false };
        const repository = repositoryOf(read.data, mayPush);
        const [owner, repo] = split(repository.fullName);
        const ref = `heads/${branch ?? repository.defaultBranch}`;
        const head = await orMissing(client.git.getRef({ owner, repo, ref }));
        return {
          found: true,
          repository,
          cloneUrl: read.data.clone_url,
          empty: head === "empty",
          ...(typeof head === "object" ? { baseSha: head.data.object.sha } : {}),
        };
      });
    },

    ...branchPart(part),
    ...pullRequestPart(part),
    ...standingPart(part),
    ...checksPart(part),
    ...reviewsPart(part),
    ...forkPart(part),

    async gitAuthorization(repository, wanted) {
      const { token, isNew } = await told(() => enter(part, repository, rights[wanted]));
      const credentials = Buffer.from(`x-access-token:${token}`).toString("base64");
      return { header: `basic ${credentials}`, isNew };
    },

    author: (repository) =>
      told(async () => {
        const self = await access.self(repository);
        return self && authorOf(self);
      }),
  };
}
