// Remembers what was asked of this GitHub, for tests that tell what must and what must not have happened.
import type { InstallationGrant } from "./apps.ts";
import type { Push } from "./git-http.ts";
import { type PullView, viewPulls } from "./pulls.ts";
import type { ReferenceMove, Repository } from "./repository.ts";
import type { Site } from "./site.ts";

/** The oldest calls and pushes are forgotten above this, so that a world left running does not grow. */
const MAX_REMEMBERED = 20_000;

export interface CallRecord {
  method: string;
  /** Below the API's root, or git's path; without the query. */
  path: string;
  /** 0 while it is not answered, and where the connection broke before. */
  status: number;
  /** Undefined without a token, or with one that nobody has. */
  login: string | undefined;
}

export interface TokenRecord {
  token: string;
  app: string;
  installation: number;
  /** Names; undefined means all repositories of the installation. */
  repositories: string[] | undefined;
  permissions: Record<string, "read" | "write">;
}

export interface PushRecord {
  repository: string;
  login: string;
  /** What really moved: empty if every reference was refused. */
  moves: ReferenceMove[];
}

export interface PullRecord {
  repository: string;
  number: number;
  /** Its web page. */
  url: string;
  title: string;
  body: string | null;
  author: string;
  state: "open" | "closed";
  draft: boolean;
  merged: boolean;
  head: string;
  headSha: string;
  base: string;
  labels: string[];
  requestedReviewers: string[];
  reviews: { login: string; state: string; body: string; commit: string }[];
  comments: { login: string; body: string }[];
}

export class Recorder {
  readonly calls: CallRecord[] = [];
  readonly pushes: PushRecord[] = [];
  readonly tokens: TokenRecord[] = [];
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  called(call: CallRecord): CallRecord {
    remember(this.calls, call);
    return call;
  }

  pushed({ repository, by, moves }: Push): void {
    remember(this.pushes, { repository: repository.fullName, login: by.login, moves });
  }

  tokenMade({ token, app, installation, repositories, permissions }: InstallationGrant): void {
    const name = (id: number) => this.#site.repositories.byId(id)?.fullName ?? `gone (${id})`;
    remember(this.tokens, {
      token,
      app: app.slug,
      installation: installation.id,
      repositories: repositories?.map(name),
      permissions,
    });
  }

  /** Every pull request of every repository, as it stands now. */
  async pullRequests(): Promise<PullRecord[]> {
    const found: PullRecord[] = [];
    for (const repository of this.#site.repositories.all()) {
      for (const view of await viewPulls(repository, repository.pulls)) {
        found.push(pullRecord(this.#site, repository, view));
      }
    }
    return found;
  }
}

function pullRecord(site: Site, repository: Repository, { pull, headSha }: PullView): PullRecord {
  return {
    repository: repository.fullName,
    number: pull.number,
    url: `${site.url}/${repository.fullName}/pull/${pull.number}`,
    title: pull.title,
    body: pull.body,
    author: pull.author.login,
    state: pull.closed ? "closed" : "open",
    draft: pull.draft,
    merged: pull.closed?.merge !== undefined,
    head: pull.head,
    headSha,
    base: pull.base,
    labels: [...pull.labels],
    requestedReviewers: pull.requestedReviewers.map(({ login }) => login),
    reviews: pull.reviews.map(({ author, state, body, commit }) => ({
      login: author.login,
      state,
      body,
      commit,
    })),
    comments: pull.comments.map(({ author, body }) => ({ login: author.login, body })),
  };
}

function remember<Item>(list: Item[], item: Item): void {
  list.push(item);
  if (list.length > MAX_REMEMBERED) list.shift();
}
