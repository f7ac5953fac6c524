// GitHub through Octokit: repositories, branches and pull requests in Cody's words.
import type { GitHubIdentity } from "../config.ts";
import { Failed } from "../failure.ts";
import type { Log } from "../log.ts";
import type { CodeHost, RepositoryCheck, RepositoryName } from "../ports.ts";
import type { PullRequest } from "../schema.ts";
import { type Client, type Entry, makeAccountAccess, type Rights, repositoryOf } from "./github-access.ts";
import { makeAppAccess } from "./github-app.ts";
import { orMissing, statusOf, told, wordsOf } from "./github-errors.ts";

interface GitHubOptions {
  identity: GitHubIdentity;
  apiUrl: string;
  log: Log;
}

/** What each operation needs, and nothing else. */
const rights = {
  look: { contents: "read", metadata: "read" },
  read: { contents: "read" },
  write: { contents: "write" },
  propose: { pull_requests: "write", contents: "read" },
} as const satisfies Record<string, Rights>;

/** GitHub as Cody sees it, whether Cody is a service account or an App. */
export function makeGitHub({ identity, apiUrl, log }: GitHubOptions): CodeHost {
  const access =
    "token" in identity
      ? makeAccountAccess(identity.token, { apiUrl, log })
      : makeAppAccess({ ...identity, apiUrl, log });

  /** For what can only be done where Cody gets in. */
  async function enter(repository: RepositoryName, needed: Rights): Promise<Entry> {
    const entry = await access.enter(repository, needed);
    if (!entry) throw new Failed("repository-gone", repository.fullName);
    return entry;
  }

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

    async deliverPullRequest({ repository, branch, base, title, body, draft }) {
      const [owner, repo] = split(repository.fullName);
      return told(async () => {
        const { client } = await enter(repository, rights.propose);
        const open = await openPullRequestOf(client, { owner, repo, branch });
        if (open) return { pullRequest: pullRequestOf(open), notes: [] };
        try {
          const { data } = await client.pulls.create({ owner, repo, head: branch, base, title, body, draft });
          return { pullRequest: pullRequestOf(data), notes: [] };
        } catch (error) {
          // 422 is also what GitHub says when another runner, or a lost answer of ours, was quicker.
          const isTaken = statusOf(error) === 422;
          const adopted = isTaken ? await openPullRequestOf(client, { owner, repo, branch }) : undefined;
          if (adopted) return { pullRequest: pullRequestOf(adopted), notes: [] };
          if (isTaken) throw new Failed("pull-request-refused", wordsOf(error), error);
          throw error;
        }
      });
    },

    async gitAuthorization(repository, wanted) {
      const { token, isNew } = await told(() => enter(repository, rights[wanted]));
      const credentials = Buffer.from(`x-access-token:${token}`).toString("base64");
      return { header: `basic ${credentials}`, isNew };
    },

    author: (repository) => told(() => access.author(repository)),
  };
}

async function openPullRequestOf(
  client: Client,
  { owner, repo, branch }: { owner: string; repo: string; branch: string },
) {
  const { data } = await client.pulls.list({ owner, repo, head: `${owner}:${branch}`, state: "open" });
  // GitHub matches `head` by prefix where the owner is unknown to it; only the exact branch is ours.
  return data.find((pull) => pull.head.ref === branch);
}

function pullRequestOf(read: {
  number: number;
  html_url: string;
  head: { sha: string };
  draft?: boolean;
}): PullRequest {
  return { number: read.number, url: read.html_url, headSha: read.head.sha, draft: read.draft === true };
}

function split(fullName: string): [owner: string, repo: string] {
  const [owner = "", repo = ""] = fullName.split("/");
  return [owner, repo];
}
