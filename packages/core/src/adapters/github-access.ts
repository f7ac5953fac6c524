// How Cody gets in at GitHub, and the way in of a service account: one token, which opens whatever the account may.
import { retry } from "@octokit/plugin-retry";
import { type ThrottlingOptions, throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import type { Log } from "../log.ts";
import type { CommitAuthor, RepositoryName } from "../ports/code-host.ts";
import type { Account } from "../pull-request-schema.ts";
import type { Repository } from "../schema.ts";

export const Client = Octokit.plugin(throttling, retry);
export type Client = InstanceType<typeof Client>;

/**
 * What one operation may do, in GitHub's names; nothing that is not named. An App is given all of these when it is made,
 * each at its highest level; `members` alone can be left out, and then GitHub asks no teams for reviews.
 */
export interface Rights {
  metadata?: "read";
  contents?: "read" | "write";
  pull_requests?: "read" | "write";
  checks?: "read";
  statuses?: "read";
  /** Logs of failing jobs. */
  actions?: "read";
  /** Of the organization: its teams. */
  members?: "read";
}

/** A token for one operation on one repository, and a client that uses it. */
export interface Entry {
  client: Client;
  token: string;
  /** GitHub has made it just now, and may not know it everywhere yet. */
  isNew: boolean;
  /** Whether Cody may push; undefined where GitHub says so with the repository itself. */
  mayPush?: boolean;
}

export interface GitHubAccess {
  /** Whether GitHub signs commits that are made with this way in. */
  signs: boolean;
  /** Whether the same token is used again and again: GitHub's marks of its answers are good for one token only. */
  keepsToken: boolean;
  /** Whether Cody can have forks of its own. */
  forks: boolean;
  /** Every repository that is open to Cody. */
  repositories(): Promise<Repository[]>;
  /** Undefined where the repository is not open to Cody. What is only wished for is left out where it is not given. */
  enter(repository: RepositoryName, rights: Rights, wished?: Rights): Promise<Entry | undefined>;
  /** Who Cody is there; undefined where it is nobody. */
  self(repository: RepositoryName): Promise<Account | undefined>;
}

/** The name and address by which GitHub knows whose commits these are. */
export function authorOf({ id, login }: Account): CommitAuthor {
  return { name: login, email: `${id}+${login}@users.noreply.github.com` };
}

/** GitHub tells a limited caller when to come back; a function cannot wait longer than this. */
const longestWaitSeconds = 20;

/** What every client has in common. */
export function clientOptions(apiUrl: string) {
  return {
    baseUrl: apiUrl,
    userAgent: "cody",
    log: { debug() {}, info() {}, warn() {}, error() {} },
    // 409 is how GitHub says that a repository has no commits or a branch has moved; neither passes by waiting.
    // 429 is a limit, which throttling waits out or nobody does.
    retry: { retries: 2, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
  };
}

/** What the clients of every way in are made with. */
export interface Clients {
  apiUrl: string;
  log: Log;
  /** Whether changes keep the distance to each other that GitHub asks for. */
  spaced: boolean;
}

/** `account` is whose limits the client shares with others: GitHub counts what each account does. */
interface Paced extends Clients {
  account: string;
}

/** In place of the queues in which changes wait for each other; nothing else of theirs is asked for. */
const noQueue = {
  key: () => ({ schedule: (_options: object, next: () => Promise<void>) => next() }),
} as unknown as ThrottlingOptions["write"];

/** A client that shows GitHub this token, keeps to the pace of its account, and waits out its short limits. */
export function clientWith(token: string, { apiUrl, account, log, spaced }: Paced): Client {
  const limited =
    (kind: string) => (seconds: number, request: { url: string }, _client: unknown, tries: number) => {
      log.warn("GitHub limits the rate", { kind, seconds, url: request.url });
      return tries < 2 && seconds <= longestWaitSeconds;
    };
  return new Client({
    ...clientOptions(apiUrl),
    auth: token,
    throttle: {
      id: account,
      onRateLimit: limited("primary"),
      onSecondaryRateLimit: limited("secondary"),
      ...(spaced ? {} : { write: noQueue, notifications: noQueue }),
    },
  });
}

/** A service account. Its token says nothing of rights; those are whatever the account was given. */
export function makeAccountAccess(token: string, options: Clients): GitHubAccess {
  const client = clientWith(token, { ...options, account: token });
  return {
    signs: false,
    keepsToken: true,
    forks: true,
    async repositories() {
      const all = await client.paginate(client.repos.listForAuthenticatedUser, { per_page: 100 });
      return all.map((read) => repositoryOf(read));
    },
    enter: async () => ({ client, token, isNew: false }),
    async self() {
      const { data } = await client.users.getAuthenticated();
      return { id: data.id, login: data.login };
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

/** A repository as Cody keeps it. `mayPush` is given where GitHub does not say it truly with the repository. */
export function repositoryOf(
  read: ApiRepository,
  mayPush: boolean | undefined = read.permissions?.push,
): Repository {
  return {
    id: read.id,
    fullName: read.full_name,
    defaultBranch: read.default_branch,
    private: read.private,
    archived: read.archived,
    mayPush: mayPush === true,
  };
}
