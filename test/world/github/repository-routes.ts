// Who the caller is, how much may still be asked, and which repositories the caller has.
import type { components } from "@octokit/openapi-types";
import { type Account, belongsToOwner, rightOn, simpleUser } from "./accounts.ts";
import { type Answer, type Call, json, list, pageOf } from "./answer.ts";
import { covers } from "./apps.ts";
import { forbidden, notFound, refused } from "./errors.ts";
import type { Repository } from "./repository.ts";
import { fullRepositoryAnswer, repositoryAnswer } from "./repository-answers.ts";
import { type Route, readRoute, siteRoute } from "./route.ts";
import { isoTime, type Site } from "./site.ts";

const AFFILIATIONS = ["owner", "collaborator", "organization_member"];
const VISIBILITIES = ["all", "public", "private"];
const SORTS = ["created", "updated", "pushed", "full_name"];

export const repositoryRoutes: Route[] = [
  siteRoute("GET", "/user", getUser),
  siteRoute("GET", "/users/:login", getUserByLogin, { anonymous: true }),
  siteRoute("GET", "/rate_limit", getRateLimit, { anonymous: true }),
  siteRoute("GET", "/user/repos", listOwnRepositories),
  siteRoute("GET", "/installation/repositories", listInstallationRepositories),
  readRoute("", ({ site, repository, account }) => json(fullRepositoryAnswer(site, repository, account))),
];

function getUser(call: Call): Answer {
  const account = personOf(call);
  const { site } = call;
  const user: components["schemas"]["private-user"] = {
    ...publicUser(site, account.login),
    private_gists: 0,
    total_private_repos: 0,
    owned_private_repos: 0,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  };
  return json(user);
}

function getUserByLogin({ site, params }: Call): Answer {
  const account = site.accounts.byLogin(params.login ?? "");
  if (account === undefined) throw notFound();
  return json(publicUser(site, account.login));
}

function publicUser(site: Site, login: string): components["schemas"]["public-user"] {
  const startedAt = isoTime(Date.UTC(2020, 0, 1));
  return {
    ...simpleUser(site, login),
    name: login,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: startedAt,
    updated_at: startedAt,
  };
}

function getRateLimit({ site, account }: Call): Answer {
  const core = site.rateLimits.standing(account?.login, "core");
  const graphql = site.rateLimits.standing(account?.login, "graphql");
  const overview: components["schemas"]["rate-limit-overview"] = {
    resources: { core, graphql, search: { limit: 30, remaining: 30, used: 0, reset: core.reset } },
    rate: core,
  };
  return json(overview);
}

function listOwnRepositories(call: Call): Promise<Answer> {
  const { site, query } = call;
  const account = personOf(call);
  if (query.has("type") && (query.has("visibility") || query.has("affiliation"))) {
    throw refused("If you specify visibility or affiliation, you cannot specify type.");
  }
  const visibility = choice(query.get("visibility"), VISIBILITIES, "all");
  const affiliations = (query.get("affiliation") ?? AFFILIATIONS.join(","))
    .split(",")
    .map((each) => choice(each.trim(), AFFILIATIONS, ""));
  const found = site.repositories
    .all()
    .filter(
      (repository) => rightOn(account, repository.fullName) !== undefined && covers(call.grant, repository),
    )
    .filter((repository) => affiliations.includes(affiliationOf(account, repository)))
    .filter((repository) => visibility === "all" || repository.private === (visibility === "private"));
  return list(call, sorted(found, call), (repository) => repositoryAnswer(site, repository, account));
}

function listInstallationRepositories(call: Call): Answer {
  const { site, account, grant } = call;
  if (account?.type !== "Bot") throw forbidden("You must authenticate with an installation access token.");
  const found = site.repositories
    .all()
    .filter((repository) => rightOn(account, repository.fullName) !== undefined && covers(grant, repository));
  const page = pageOf(call, found);
  const repositories = page.items.map((repository) => repositoryAnswer(site, repository, account));
  return { ...json({ total_count: found.length, repositories }), headers: page.headers };
}

/** An installation token belongs to an App, and an App has no `/user`. */
function personOf({ account }: Call): Account {
  if (account === undefined || account.type === "Bot") {
    throw forbidden("Resource not accessible by integration");
  }
  return account;
}

function affiliationOf(account: Account, repository: Repository): string {
  if (account.login.toLowerCase() === repository.owner.toLowerCase()) return "owner";
  return belongsToOwner(account, repository.fullName) ? "organization_member" : "collaborator";
}

function choice(value: string | null, allowed: string[], otherwise: string): string {
  if (value === null) return otherwise;
  if (!allowed.includes(value)) {
    throw refused(`Invalid request.\n\n"${value}" is none of the possible values: ${allowed.join(", ")}.`);
  }
  return value;
}

function sorted(repositories: Repository[], { query }: Call): Repository[] {
  const sort = choice(query.get("sort"), SORTS, "full_name");
  const direction = choice(query.get("direction"), ["asc", "desc"], sort === "full_name" ? "asc" : "desc");
  const byName = (a: Repository, b: Repository) => (a.fullName < b.fullName ? -1 : 1);
  const compare = (a: Repository, b: Repository) => {
    if (sort === "full_name") return byName(a, b);
    return sort === "created" ? a.createdAtMs - b.createdAtMs : a.pushedAtMs - b.pushedAtMs;
  };
  const ascending = [...repositories].sort((a, b) => compare(a, b) || byName(a, b));
  return direction === "asc" ? ascending : ascending.reverse();
}
