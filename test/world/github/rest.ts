// The REST API: who calls, whether that is allowed, which route answers, and the headers around it.
import { hash, randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type Account, mayRead, mayWrite } from "./accounts.ts";
import type { Answer, Call, WriteCall } from "./answer.ts";
import { appRoutes } from "./app-routes.ts";
import { type App, botOf, covers, type Grant, isChangeable } from "./apps.ts";
import { parseBody } from "./body.ts";
import { checkRoutes } from "./checks.ts";
import { commentRoutes } from "./comments.ts";
import { commitRoutes } from "./commits.ts";
import { contentRoutes } from "./contents.ts";
import { dismissalRoutes } from "./dismissals.ts";
import {
  archivedRepository,
  badCredentials,
  forbidden,
  GitHubError,
  notFound,
  rateLimitExceeded,
  requiresAuthentication,
  secondaryLimitExceeded,
} from "./errors.ts";
import { forkRoutes } from "./forks.ts";
import { gitCommitRoutes } from "./git-commits.ts";
import { graphql } from "./graphql.ts";
import { issueRoutes } from "./issues.ts";
import { unreadable } from "./jwt.ts";
import { labelRoutes } from "./labels.ts";
import type { Resource } from "./limits.ts";
import { has, neededFor } from "./permissions.ts";
import { protectionRoutes } from "./protection-answers.ts";
import { pullRoutes } from "./pull-routes.ts";
import { referenceRoutes } from "./references.ts";
import type { Repository } from "./repository.ts";
import { repositoryRoutes } from "./repository-routes.ts";
import { reviewRoutes } from "./reviews.ts";
import { type Route, siteRoute } from "./route.ts";
import type { Site } from "./site.ts";

export interface ApiRequest {
  method: string;
  /** The path below the API's root, still percent-encoded. */
  path: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What is sent, whole: nothing is left to add but the bytes of the connection. */
export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
  /** Who called; undefined without a token, or with one that nobody has. */
  login: string | undefined;
}

/** Checks and statuses come before commits: `/commits/{ref}` takes any rest of a path. */
const ROUTES: Route[] = [
  ...appRoutes,
  ...repositoryRoutes,
  ...referenceRoutes,
  ...protectionRoutes,
  ...contentRoutes,
  ...checkRoutes,
  ...gitCommitRoutes,
  ...commitRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...dismissalRoutes,
  ...commentRoutes,
  ...issueRoutes,
  ...forkRoutes,
  ...labelRoutes,
  siteRoute("POST", "/graphql", graphql, { anonymous: true }),
];

const API_VERSIONS = ["2022-11-28", "2026-03-10"];

/** Who asks: an account, with all of its rights or with a token of an App's; or an App as itself; or nobody. */
interface Asker {
  account?: Account;
  grant?: Grant;
  app?: App;
  /** By which requests are counted. */
  login?: string;
}

/** Answers one request. GitHub's refusals are answers too; anything else that is thrown is a bug here. */
export async function answerApi(site: Site, request: ApiRequest): Promise<ApiResponse> {
  if ((request.headers["user-agent"] ?? "") === "") return withoutUserAgent();
  const caller = site.apps.caller(request.headers.authorization, site.accounts);
  const asker: Asker = caller.kind === "account" ? { ...caller, login: caller.account.login } : {};
  const resource: Resource = request.path === "/graphql" ? "graphql" : "core";
  let answer: Answer;
  try {
    if (caller.kind === "wrong") throw badCredentials();
    if (caller.kind === "jwt") {
      asker.app = site.apps.verified(caller.jwt);
      asker.login = asker.app.slug;
    }
    answer = await admit(site, request, asker, resource);
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    answer = { status: error.status, json: error.body, headers: error.headers };
  }
  return complete(site, request, asker, resource, answer);
}

async function admit(site: Site, request: ApiRequest, asker: Asker, resource: Resource): Promise<Answer> {
  const { account, grant, app, login } = asker;
  const version = request.headers["x-github-api-version"];
  if (version !== undefined && !API_VERSIONS.includes(String(version))) {
    throw new GitHubError(400, `${version} is not a supported API version.`);
  }
  const counts = request.path !== "/rate_limit" && !(resource === "graphql" && login === undefined);
  if (counts && !site.rateLimits.take(login, resource)) {
    throw rateLimitExceeded(account === undefined ? (login ?? "127.0.0.1") : `user ID ${account.id}`);
  }
  const path = pathByName(site, request.path);
  for (const route of ROUTES) {
    if (route.method !== request.method) continue;
    const found = route.pattern.exec(path);
    if (found === null) continue;
    const params = decode(found.groups ?? {});
    const { url, headers } = request;
    const asked = { site, url, query: url.searchParams, params, accept: headers.accept ?? "" };
    return run(route, { ...asked, account, grant, body: {} }, { ...request, path }, app);
  }
  throw notFound();
}

async function run(route: Route, call: Call, request: ApiRequest, app: App | undefined): Promise<Answer> {
  const { site, account, grant, params } = call;
  if (route.scope === "app") {
    if (app === undefined) throw unreadable();
    const asBot = { ...call, account: site.accounts.byLogin(botOf(app.slug)) };
    const repository = params.repo === undefined ? undefined : visibleRepository(asBot, request);
    const body = request.method === "GET" ? {} : parseBody(request.body);
    return route.handle({ ...call, body, app, repository });
  }
  if (app !== undefined) throw badCredentials();
  if (route.scope === "site") {
    if (account === undefined && !route.anonymous) throw requiresAuthentication();
    return route.handle({ ...call, body: request.method === "GET" ? {} : parseBody(request.body) });
  }
  const repository = visibleRepository(call, request);
  if (grant !== undefined) refuseBeyond(grant, repository, request);
  if (route.scope === "read") return route.handle({ ...call, repository });
  if (account === undefined) throw requiresAuthentication();
  if (repository.archived) throw archivedRepository();
  if (route.need !== "read" && !mayWrite(account, repository)) {
    throw forbidden(
      account.type === "Bot"
        ? "Resource not accessible by integration"
        : "Must have push access to repository",
    );
  }
  if (route.need === "app" && account.type !== "Bot") {
    throw forbidden("You must authenticate via a GitHub App.");
  }
  const body = parseBody(request.body);
  const retryAfterSeconds = route.createsContent ? site.rateLimits.takeContent(account.login) : undefined;
  if (retryAfterSeconds !== undefined) throw secondaryLimitExceeded(retryAfterSeconds);
  const write: WriteCall = { ...call, repository, account, body };
  return repository.exclusively(async () => route.handle(write));
}

/** A token of an App's does what its permissions name, and GitHub tells which one was missing. */
function refuseBeyond(grant: Grant, repository: Repository, { method, path }: ApiRequest): void {
  const needed = neededFor(method, `/${path.split("/").slice(4).join("/")}`.replace(/\/$/, ""));
  const isOpen = needed.level === "read" || isChangeable(grant, repository);
  if (isOpen && has(grant.permissions, needed)) return;
  throw new GitHubError(403, "Resource not accessible by integration", {
    headers: {
      "x-accepted-github-permissions": needed.names.map((name) => `${name}=${needed.level}`).join("; "),
    },
  });
}

/** The repository, if the caller may know that it exists; a former name is redirected to the id. */
function visibleRepository({ site, params, account, grant }: Call, request: ApiRequest): Repository {
  const fullName = `${params.owner}/${params.repo}`;
  const repository = site.repositories.byName(fullName);
  const isVisible = (found: Repository) => mayRead(account, found) && covers(grant, found);
  if (repository !== undefined && isVisible(repository)) refuseWithoutSso(site, account, grant, repository);
  if (repository !== undefined && isVisible(repository)) return repository;
  const moved = site.repositories.byFormerName(fullName);
  if (repository !== undefined || moved === undefined || !isVisible(moved)) throw notFound();
  const rest = request.path.split("/").slice(4).join("/");
  const url = `${site.apiUrl}/repositories/${moved.id}${rest === "" ? "" : `/${rest}`}${request.url.search}`;
  const isGet = request.method === "GET";
  const message = isGet ? "Moved Permanently" : "Temporary Redirect";
  throw new GitHubError(isGet ? 301 : 307, message, { headers: { location: url }, extra: { url } });
}

/** An owner that asks for its own sign-on lets no program in for somebody who has not passed it. */
function refuseWithoutSso(
  site: Site,
  account: Account | undefined,
  grant: Grant | undefined,
  { owner }: Repository,
): void {
  if (!site.ssoOwners.has(owner) || grant === undefined || grant.installation !== undefined) return;
  const url = `${site.url}/orgs/${owner}/sso?authorization_request=${account?.id}`;
  throw new GitHubError(
    403,
    "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.",
    { headers: { "x-github-sso": `required; url=${url}` } },
  );
}

/** `/repositories/{id}/…` is another way to say `/repos/{owner}/{repo}/…`. */
function pathByName(site: Site, path: string): string {
  const [, id, rest = ""] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const repository = id === undefined ? undefined : site.repositories.byId(Number(id));
  return repository === undefined ? path : `/repos/${repository.fullName}${rest}`;
}

function decode(params: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, decodeURIComponent(value)]));
  } catch {
    throw notFound();
  }
}

function complete(
  site: Site,
  request: ApiRequest,
  { account, grant, login }: Asker,
  resource: Resource,
  answer: Answer,
): ApiResponse {
  const body = answer.text ?? (answer.json === undefined ? "" : JSON.stringify(answer.json));
  const tagged = request.method === "GET" && answer.status === 200 && request.path !== "/rate_limit";
  // GitHub's tag is that of the answer to this very token; with another it is another.
  const etag = `W/"${hash("sha256", `${request.headers.authorization ?? ""}\n${body}`)}"`;
  const unchanged = tagged && knows(request.headers["if-none-match"], etag);
  if (unchanged) site.rateLimits.giveBack(login, resource);
  const rate = site.rateLimits.standing(login, resource);
  const headers: Record<string, string> = {
    "content-type": answer.contentType ?? "application/json; charset=utf-8",
    "x-github-media-type": "github.v3; format=json",
    "x-github-api-version-selected": String(request.headers["x-github-api-version"] ?? API_VERSIONS[0]),
    // The clock that tokens are judged by; clients set theirs by it.
    date: new Date(site.now()).toUTCString(),
    "x-github-request-id": randomUUID(),
    "x-ratelimit-limit": String(rate.limit),
    "x-ratelimit-remaining": String(rate.remaining),
    "x-ratelimit-used": String(rate.used),
    "x-ratelimit-reset": String(rate.reset),
    "x-ratelimit-resource": resource,
    ...(account?.type === "User" && !grant && account.scopes.length > 0
      ? { "x-oauth-scopes": account.scopes.join(", ") }
      : {}),
    ...(tagged
      ? {
          etag,
          "cache-control": "private, max-age=60, s-maxage=60",
          vary: "Accept, Authorization, Cookie, Accept-Encoding",
        }
      : {}),
    ...answer.headers,
  };
  const status = unchanged ? 304 : answer.status;
  return { status, headers, body: status === 304 || status === 204 ? "" : body, login };
}

function knows(ifNoneMatch: string | undefined, etag: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//, "");
  return (ifNoneMatch ?? "").split(",").some((tag) => bare(tag) === bare(etag));
}

function withoutUserAgent(): ApiResponse {
  return {
    status: 403,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.\n",
    login: undefined,
  };
}
