// GitHub on loopback: real bare repositories over git, a REST API computed from them, and pages to look at.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type AccountOptions, Accounts, type Right } from "./accounts.ts";
import { type AppOptions, Apps } from "./apps.ts";
import { GitHubError, secondaryLimitExceeded } from "./errors.ts";
import { type Fault, Faults } from "./faults.ts";
import { answerGit, gitRequestOf, type Push } from "./git-http.ts";
import { answerPage } from "./html.ts";
import { type Limits, RateLimits } from "./limits.ts";
import { type CallRecord, type PullRecord, type PushRecord, Recorder, type TokenRecord } from "./recorder.ts";
import { Repositories } from "./repositories.ts";
import type { RepositoryOptions } from "./repository.ts";
import { type ApiResponse, answerApi } from "./rest.ts";
import type { Site } from "./site.ts";

export interface GitHubOptions {
  /** 0 or nothing: any port that is free. */
  port?: number;
  /** An empty folder, or one that does not exist yet; the bare repositories live in it. */
  root: string;
  accounts: AccountOptions[];
  /** GitHub Apps; each is given its key here, at the start. */
  apps?: AppOptions[];
  repositories: RepositoryOptions[];
  /** Milliseconds since 1970; the machine's clock if nothing is given. */
  now?: () => number;
  /** GitHub's own limits where nothing is given. */
  limits?: Partial<Limits>;
  /**
   * True (as on GitHub): a pull request is answered `mergeable: null` when it is first asked for after a change.
   */
  lateMergeability?: boolean;
}

export interface GitHub {
  /** Web pages and git, for example `http://127.0.0.1:4100`. */
  url: string;
  /** What Octokit takes as `baseUrl`. */
  apiUrl: string;
  record: {
    calls: CallRecord[];
    pushes: PushRecord[];
    /** Every token that was made for an App. */
    tokens: TokenRecord[];
    pullRequests(): Promise<PullRecord[]>;
  };
  fault: Faults;
  /** May be changed while everything runs. */
  limits: Limits;
  cloneUrl(fullName: string): string;
  archive(fullName: string): void;
  remove(fullName: string): void;
  rename(fullName: string, newFullName: string): void;
  /** Gives or takes (undefined) a right. */
  grant(login: string, pattern: string, right: Right | undefined): void;
  /** The private key of an App, as its owner downloads it: PEM. */
  privateKey(slug: string): string;
  /** For so many milliseconds from now on a token that was just made for an App is refused as unknown. */
  delayTokens(lagMs: number): void;
  /** The account's old token is worth nothing from now on. */
  replaceToken(login: string, token: string): void;
  /** Ends every connection and every git that still runs. */
  close(): Promise<void>;
}

const API_PREFIX = "/api";
const MAX_API_BODY_BYTES = 25 * 1024 * 1024;

/** Starts it. Throws a sentence where the options contradict themselves or the port is taken. */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const now = options.now ?? Date.now;
  const apps = new Apps(options.apps ?? [], now);
  const accounts = new Accounts([...options.accounts, ...apps.bots()]);
  const repositories = await Repositories.open(options.root, options.repositories, now());
  let lastId = 0;
  const site: Site = {
    url: "",
    apiUrl: "",
    now,
    accounts,
    apps,
    onToken: () => {},
    repositories,
    rateLimits: new RateLimits(options.limits ?? {}, now),
    nextId: () => ++lastId,
    lateMergeability: options.lateMergeability ?? true,
  };
  const recorder = new Recorder(site);
  site.onToken = (grant) => recorder.tokenMade(grant);
  const fault = new Faults();
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = answer(site, recorder, fault, request, response)
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
    record: recorder,
    fault,
    limits: site.rateLimits.limits,
    cloneUrl: (fullName) => `${site.url}/${repositories.named(fullName).fullName}.git`,
    archive: (fullName) => {
      repositories.named(fullName).archived = true;
    },
    remove: (fullName) => repositories.remove(fullName),
    rename: (fullName, newFullName) => repositories.rename(fullName, newFullName),
    grant: (login, pattern, right) => accounts.grant(login, pattern, right),
    privateKey: (slug) => apps.bySlug(slug).privateKey,
    delayTokens: (lagMs) => {
      apps.lagMs = lagMs;
    },
    replaceToken: (login, token) => accounts.replaceToken(login, token),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await Promise.all(running);
    },
  };
}

async function answer(
  site: Site,
  recorder: Recorder,
  faults: Faults,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", site.url);
  const method = request.method ?? "GET";
  const isApi = url.pathname.startsWith(`${API_PREFIX}/`);
  const git = isApi ? undefined : gitRequestOf(url);
  if (faults.down) {
    request.destroy();
    return;
  }
  if (!isApi && git === undefined) {
    await answerPage(site, url, method, response);
    return;
  }
  const path = isApi ? url.pathname.slice(API_PREFIX.length) : url.pathname;
  const caller = site.apps.caller(request.headers.authorization, site.accounts);
  const login = caller.kind === "account" ? caller.account.login : undefined;
  const fault = faults.take(method, path);
  const refusal = fault === undefined ? undefined : refusalOf(fault);
  const call = recorder.called({ method, path, status: refusal?.status ?? 0, login });
  const loseAnswer = fault !== undefined && "loseAnswer" in fault;
  if (refusal !== undefined) {
    request.resume();
    response.writeHead(refusal.status, refusal.headers).end(refusal.body);
  } else if (git !== undefined) {
    const onPush = (push: Push) => recorder.pushed(push);
    call.status = await answerGit(site, git, { request, response, caller, onPush, loseAnswer });
  } else {
    const body = await read(request);
    const sent = await answerApi(site, { method, path, url, headers: request.headers, body });
    call.status = sent.status;
    if (loseAnswer) response.destroy();
    else response.writeHead(sent.status, sent.headers).end(sent.body);
  }
}

function refusalOf(fault: Fault): Omit<ApiResponse, "login"> | undefined {
  if ("loseAnswer" in fault) return undefined;
  const error =
    "answer" in fault
      ? new GitHubError(fault.answer, "Server Error")
      : secondaryLimitExceeded(fault.secondaryLimit.retryAfterSeconds);
  return {
    status: error.status,
    headers: { "content-type": "application/json; charset=utf-8", ...error.headers },
    body: JSON.stringify(error.body),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_API_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_API_BODY_BYTES) throw new GitHubError(413, "Payload too large");
  return Buffer.concat(chunks).toString("utf8");
}

/** What nobody foresaw is a bug of this stand-in: said in the answer, so that the test that meets it shows it. */
function fail(response: ServerResponse, error: unknown): void {
  const refusal =
    error instanceof GitHubError
      ? error
      : new GitHubError(500, `The local GitHub has a bug: ${error instanceof Error ? error.stack : error}`);
  if (response.headersSent || response.destroyed) response.destroy();
  else {
    response.writeHead(refusal.status, { "content-type": "application/json; charset=utf-8" });
    response.end(JSON.stringify(refusal.body));
  }
}
