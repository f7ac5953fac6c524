// What an App asks as itself: who it is, where it is installed, and for tokens.
import type { components } from "@octokit/openapi-types";
import { simpleUser } from "./accounts.ts";
import { type Answer, type AppCall, json, list } from "./answer.ts";
import { type InstallationOptions, installationOf, isInstalledOn, notAccessible } from "./apps.ts";
import { object, strings } from "./body.ts";
import { notFound, refused } from "./errors.ts";
import { hookRoutes } from "./hook-routes.ts";
import { type Level, PERMISSION_NAMES, type Permissions } from "./permissions.ts";
import type { Repository } from "./repository.ts";
import { repositoryAnswer } from "./repository-answers.ts";
import { appRoute, type Route } from "./route.ts";
import { isoTime, type Site } from "./site.ts";

const MAX_REPOSITORIES_OF_TOKEN = 500;

export const appRoutes: Route[] = [
  appRoute("GET", "/app", getApp),
  ...hookRoutes,
  appRoute("GET", "/app/installations", (call) =>
    list(call, call.app.installations, (installation) => installationAnswer(call, installation)),
  ),
  appRoute("GET", "/app/installations/:id", (call) =>
    json(installationAnswer(call, installationOf(call.app, call.params.id))),
  ),
  appRoute("POST", "/app/installations/:id/access_tokens", createToken),
  appRoute("GET", "/repos/:owner/:repo/installation", getRepositoryInstallation),
];

function getApp({ app, site }: AppCall): Answer {
  const answer: components["schemas"]["integration"] = {
    id: app.id,
    slug: app.slug,
    node_id: `A_${app.id}`,
    owner: simpleUser(site, app.installations[0]?.account ?? app.slug),
    name: app.slug,
    description: null,
    external_url: site.url,
    html_url: `${site.url}/apps/${app.slug}`,
    created_at: isoTime(0),
    updated_at: isoTime(0),
    permissions: { ...app.installations[0]?.permissions, metadata: "read" },
    events: [...(site.webhookOf(app.slug)?.events ?? [])],
    installations_count: app.installations.length,
  };
  return json(answer);
}

function getRepositoryInstallation(call: AppCall): Answer {
  const { repository } = call;
  const installation = call.app.installations.find((each) => repository && isInstalledOn(each, repository));
  if (installation === undefined) throw notFound();
  return json(installationAnswer(call, installation));
}

function createToken({ app, site, params, body }: AppCall): Answer {
  const installation = installationOf(app, params.id);
  const wanted = wantedRepositories(site, installation, body);
  if (wanted !== undefined && wanted.length > MAX_REPOSITORIES_OF_TOKEN) {
    throw refused(`A token can be for at most ${MAX_REPOSITORIES_OF_TOKEN} repositories.`);
  }
  const grant = site.apps.mint(app, installation, wanted, permissionsIn(body));
  site.onToken(grant);
  const answer: components["schemas"]["installation-token"] = {
    token: grant.token,
    expires_at: isoTime(grant.expiresAtMs),
    permissions: grant.permissions,
    repository_selection:
      wanted === undefined && installation.repositories === undefined ? "all" : "selected",
    ...(wanted && {
      repositories: wanted.map((repository) => repositoryAnswer(site, repository, undefined)),
    }),
  };
  return json(answer, 201);
}

/** What the body names, by number or by name; undefined where it names nothing. */
function wantedRepositories(
  site: Site,
  installation: InstallationOptions,
  body: Record<string, unknown>,
): Repository[] | undefined {
  const { repository_ids: ids } = body;
  const names = strings(body, "repositories");
  if (ids === undefined && names === undefined) return undefined;
  if (ids !== undefined && !(Array.isArray(ids) && ids.every(Number.isInteger))) {
    throw refused(
      `Invalid request.\n\nFor 'properties/repository_ids', ${JSON.stringify(ids)} is not an array of integers.`,
    );
  }
  const byId = ((ids as number[] | undefined) ?? []).map((id) => site.repositories.byId(id));
  const byName = (names ?? []).map((name) => site.repositories.byName(`${installation.account}/${name}`));
  return [...byId, ...byName].map((repository) => {
    if (repository === undefined) throw notAccessible();
    return repository;
  });
}

function permissionsIn(body: Record<string, unknown>): Permissions | undefined {
  const wanted = object(body, "permissions");
  if (wanted === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(wanted).map(([name, level]) => {
      if (!PERMISSION_NAMES.includes(name)) {
        throw refused(`Invalid request.\n\n"${name}" is not a permitted key.`);
      }
      if (level !== "read" && level !== "write") {
        throw refused(
          `Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(level)} is not a possible value. Must be one of the following: read, write.`,
        );
      }
      return [name, level as Level];
    }),
  );
}

function installationAnswer(
  { app, site }: AppCall,
  installation: InstallationOptions,
): components["schemas"]["installation"] {
  const api = `${site.apiUrl}/app/installations/${installation.id}`;
  return {
    id: installation.id,
    account: simpleUser(site, installation.account),
    repository_selection: installation.repositories === undefined ? "all" : "selected",
    access_tokens_url: `${api}/access_tokens`,
    repositories_url: `${site.apiUrl}/installation/repositories`,
    html_url: `${site.url}/organizations/${installation.account}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: Number(simpleUser(site, installation.account).id),
    target_type: "Organization",
    permissions: { ...installation.permissions, metadata: "read" },
    events: [],
    created_at: isoTime(0),
    updated_at: isoTime(0),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: installation.suspended ? isoTime(site.now()) : null,
  };
}
