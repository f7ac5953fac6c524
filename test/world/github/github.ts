// GitHub on loopback: real bare repositories over git, a REST API computed from them, and pages to look at.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type AccountOptions, Accounts } from "./accounts.ts";
import { type AppOptions, Apps, type OAuthAppOptions } from "./apps.ts";
import { type Ci, Consequences } from "./consequences.ts";
import { type Controls, controls } from "./controls.ts";
import { Faults } from "./faults.ts";
import { type Limits, RateLimits } from "./limits.ts";
import { OAuthPages } from "./oauth-pages.ts";
import { type CallRecord, type PullRecord, type PushRecord, Recorder, type TokenRecord } from "./recorder.ts";
import type { TeamOptions } from "./records.ts";
import { Repositories } from "./repositories.ts";
import type { RepositoryOptions } from "./repository.ts";
import { API_PREFIX, answer, fail } from "./serve.ts";
import type { Site } from "./site.ts";
import { type Delivery, type WebhookOptions, Webhooks } from "./webhooks.ts";

export interface GitHubOptions {
  /** 0 or nothing: any port that is free. */
  port?: number;
  /** An empty folder, or one that does not exist yet; the bare repositories live in it. */
  root: string;
  accounts: AccountOptions[];
  /** GitHub Apps; each is given its key here, at the start. */
  apps?: AppOptions[];
  /** OAuth Apps, by which people sign in where there is no GitHub App. */
  oauthApps?: OAuthAppOptions[];
  /** Where webhooks go; more can be added while everything runs. */
  webhooks?: WebhookOptions[];
  /** Plays the jobs that run after each push to a branch; none do if nothing is given. */
  ci?: Ci;
  repositories: RepositoryOptions[];
  /** Teams that can be asked for reviews. */
  teams?: TeamOptions[];
  /** Milliseconds in which a new fork has no git objects yet. */
  forkReadyInMs?: number;
  /** Milliseconds since 1970; the machine's clock if nothing is given. */
  now?: () => number;
  /** GitHub's own limits where nothing is given. */
  limits?: Partial<Limits>;
  /**
   * True (as on GitHub): a pull request is answered `mergeable: null` when it is first asked for after a change.
   */
  lateMergeability?: boolean;
}

export interface GitHub extends Controls {
  /** Web pages and git, for example `http://127.0.0.1:4100`. */
  url: string;
  /** What Octokit takes as `baseUrl`. */
  apiUrl: string;
  record: {
    calls: CallRecord[];
    pushes: PushRecord[];
    /** Every token that was made for an App. */
    tokens: TokenRecord[];
    /** Webhooks, in the order in which they were sent. */
    deliveries: Delivery[];
    pullRequests(): Promise<PullRecord[]>;
  };
  fault: Faults;
  /** May be changed while everything runs. */
  limits: Limits;
  /** Ends every connection and every git that still runs. */
  close(): Promise<void>;
}

/** Starts it. Throws a sentence where the options contradict themselves or the port is taken. */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const now = options.now ?? Date.now;
  const apps = new Apps(options.apps ?? [], now, options.oauthApps);
  const accounts = new Accounts([...options.accounts, ...apps.bots(), actionsAccount()]);
  const repositories = await Repositories.open(options.root, options.repositories, now());
  let lastId = 0;
  const site: Site = {
    url: "",
    apiUrl: "",
    now,
    accounts,
    apps,
    webhookOf: () => undefined,
    onToken: () => {},
    happened: () => {},
    ssoOwners: new Set(),
    repositories,
    teams: options.teams ?? [],
    forkReadyInMs: options.forkReadyInMs ?? 0,
    rateLimits: new RateLimits(options.limits ?? {}, now),
    nextId: () => ++lastId,
    lateMergeability: options.lateMergeability ?? true,
  };
  const recorder = new Recorder(site);
  site.onToken = (grant) => recorder.tokenMade(grant);
  const webhooks = new Webhooks(site, options.webhooks ?? []);
  site.webhookOf = (slug) => webhooks.ofApp(slug);
  const consequences = new Consequences(site, options.ci);
  site.happened = (happening) => {
    webhooks.send(happening);
    consequences.of(happening);
  };
  const pages = new OAuthPages(site, apps.people);
  const fault = new Faults();
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = answer({ site, recorder, faults: fault, pages }, request, response)
      .catch((error: unknown) => fail(response, error))
      .finally(() => running.delete(work));
    running.add(work);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  site.apiUrl = `${site.url}${API_PREFIX}`;
  return {
    url: site.url,
    apiUrl: site.apiUrl,
    record: Object.assign(recorder, { deliveries: webhooks.deliveries }),
    fault,
    limits: site.rateLimits.limits,
    ...controls({ site, pages, webhooks, consequences }),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await Promise.all(running);
      await Promise.all([consequences.close(), webhooks.close()]);
    },
  };
}

/** GitHub's own App, which runs jobs; nobody has its token. */
function actionsAccount(): AccountOptions {
  const token = randomBytes(32).toString("hex");
  return { login: "github-actions[bot]", id: 41_898_282, type: "Bot", token, rights: {} };
}
