// GitHub through Octokit: repositories, branches and pull requests in Cody's words.
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { Failed } from "../failure.ts";
import type { Log } from "../log.ts";
import type { CodeHost, RepositoryCheck } from "../ports.ts";
import type { PullRequest, Repository } from "../schema.ts";

const Client = Octokit.plugin(throttling, retry);

/** GitHub tells a limited caller when to come back; a function cannot wait longer than this. */
const longestWaitSeconds = 20;

interface GitHubOptions {
  token: string;
  apiUrl: string;
  log: Log;
}

/** GitHub as Cody's own account sees it. */
export function makeGitHub({ token, apiUrl, log }: GitHubOptions): CodeHost {
  const limited =
    (kind: string) => (seconds: number, request: { url: string }, _client: unknown, tries: number) => {
      log.warn("GitHub limits the rate", { kind, seconds, url: request.url });
      return tries < 2 && seconds <= longestWaitSeconds;
    };
  const client = new Client({
    auth: token,
    baseUrl: apiUrl,
    userAgent: "cody",
    log: { debug() {}, info() {}, warn() {}, error() {} },
    throttle: { onRateLimit: limited("primary"), onSecondaryRateLimit: limited("secondary") },
    // 409 is how GitHub says that a repository has no commits or a branch has moved; neither passes by waiting.
    retry: { retries: 2, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 451] },
  });

  async function openPullRequestOf(owner: string, repo: string, branch: string) {
    const { data } = await client.pulls.list({ owner, repo, head: `${owner}:${branch}`, state: "open" });
    // GitHub matches `head` by prefix where the owner is unknown to it; only the exact branch is ours.
    return data.find((pull) => pull.head.ref === branch);
  }

  return {
    async repositories() {
      return told(async () => {
        const all = await client.paginate(client.repos.listForAuthenticatedUser, { per_page: 100 });
        return all.map(repositoryOf);
      });
    },

    async check(id, branch): Promise<RepositoryCheck> {
      return told(async () => {
        const read = await orMissing(
          client.request("GET /repositories/{repository_id}", { repository_id: id }),
        );
        if (typeof read === "string") return { found: false };
        const repository = repositoryOf(read.data);
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

    async openPullRequest({ fullName, branch, base, title, body, draft }) {
      const [owner, repo] = split(fullName);
      return told(async () => {
        const open = await openPullRequestOf(owner, repo, branch);
        if (open) return pullRequestOf(open);
        try {
          const { data } = await client.pulls.create({ owner, repo, head: branch, base, title, body, draft });
          return pullRequestOf(data);
        } catch (error) {
          // 422 is also what GitHub says when another runner, or a lost answer of ours, was quicker.
          const adopted = statusOf(error) === 422 ? await openPullRequestOf(owner, repo, branch) : undefined;
          if (adopted) return pullRequestOf(adopted);
          if (statusOf(error) === 422) throw new Failed("pull-request-refused", wordsOf(error), error);
          throw error;
        }
      });
    },

    async gitAuthorization() {
      return `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    },
  };
}

interface ApiRepository {
  id: number;
  full_name: string;
  default_branch: string;
  private: boolean;
  archived: boolean;
  permissions?: { push?: boolean };
}

function repositoryOf(read: ApiRepository): Repository {
  return {
    id: read.id,
    fullName: read.full_name,
    defaultBranch: read.default_branch,
    private: read.private,
    archived: read.archived,
    mayPush: read.permissions?.push === true,
  };
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

/** 404 means that it is not there or not for us; 409 on a reference means that the repository has no commits. */
async function orMissing<T>(answer: Promise<T>): Promise<T | "missing" | "empty"> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return "missing";
    if (statusOf(error) === 409) return "empty";
    throw error;
  }
}

/** Turns what Octokit throws into a failure with a sentence. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failed) throw error;
    throw new Failed(mayPass(error) ? "github-unavailable" : "github-rejected", wordsOf(error), error);
  }
}

/** Whether the same request may be answered later: no answer, a fault of GitHub's own, or one of its limits. */
function mayPass(error: unknown): boolean {
  const status = statusOf(error);
  if (status === undefined || status >= 500 || status === 429) return true;
  const { headers } = (error as { response?: { headers?: Record<string, unknown> } }).response ?? {};
  // Both limits say 403, which otherwise is a missing right.
  return (
    status === 403 && (headers?.["retry-after"] !== undefined || headers?.["x-ratelimit-remaining"] === "0")
  );
}

function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" ? status : undefined;
}

function wordsOf(error: unknown): string {
  const errors = (error as { response?: { data?: { errors?: { message?: string }[] } } }).response?.data
    ?.errors;
  const words = error instanceof Error ? error.message.split(" - https://")[0] : String(error);
  return errors?.find((detail) => detail.message)?.message ?? words ?? "no reason was given";
}
