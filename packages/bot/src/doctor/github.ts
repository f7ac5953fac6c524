// GitHub: who Cody is there, what it was given, and which repositories it reaches with that.
import {
  appPermissions,
  dangerousPermissions,
  optionalPermission,
  reaches,
} from "@cody/core/app-permissions.ts";
import { type GitHubIdentity, githubIdentity } from "@cody/core/config.ts";
import { isAllowed } from "@cody/core/policy.ts";
import { type Finding, listed, ok, shown, skipped, warning, wrong } from "./finding.ts";
import { given } from "./given.ts";
import type { Environment, GitHubAccount, GitHubApp, Means } from "./means.ts";

const identityNames = ["GITHUB_TOKEN", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_API_URL"] as const;

/** Who Cody is by the variables, and where; or why nobody can say. */
export function readIdentity(
  check: string,
  env: Environment,
): { identity: GitHubIdentity; apiUrl: string } | { without: Finding } {
  const read = given(check, identityNames, env);
  if ("without" in read) return read;
  const { GITHUB_TOKEN: token, GITHUB_APP_ID: app, GITHUB_APP_PRIVATE_KEY: key } = read.config;
  const isOne = token ? !app && !key : app && key;
  if (!isOne) return { without: skipped(check, "not looked at: the variables do not say who Cody is there") };
  return { identity: githubIdentity(read.config), apiUrl: read.config.GITHUB_API_URL };
}

export async function lookAtGitHub(means: Means): Promise<Finding[]> {
  const check = "GitHub";
  const read = readIdentity(check, means.env);
  if ("without" in read) return [read.without];
  const { identity, apiUrl } = read;
  if ("token" in identity) {
    const account = await means.gitHubAccount(apiUrl, identity.token);
    if (account) return accountFindings(account);
    const says = "GitHub does not take GITHUB_TOKEN";
    return [wrong(check, says, "Make a new token for Cody's account and set it.")];
  }
  const app = await means.gitHubApp(apiUrl, identity);
  if (app) return appFindings(app);
  const says = `GitHub knows no App ${identity.appId} with this key`;
  const remedy =
    "Compare GITHUB_APP_ID with the App's settings page; make a new private key there and set it.";
  return [wrong(check, says, remedy)];
}

/** Of a classic token; a service account needs no more than this. */
const wantedScope = "repo";

function accountFindings({ login, scopes }: GitHubAccount): Finding[] {
  const name = "GitHub permissions";
  const who = ok("GitHub", `Cody is the account ${login}`);
  if (scopes === undefined)
    return [
      who,
      ok(name, "a token whose permissions GitHub does not tell; the repositories show what it may"),
    ];
  if (!scopes.includes(wantedScope))
    return [who, wrong(name, "the token has no scope repo", "Make a token with the scope repo and set it.")];
  const more = scopes.filter((scope) => scope !== wantedScope);
  if (more.length === 0) return [who, ok(name, "the scope repo, and no more")];
  const says = `the token has more scopes than Cody uses: ${listed(more)}`;
  return [who, warning(name, says, "Make a token with the scope repo alone and set it.")];
}

function appFindings(app: GitHubApp): Finding[] {
  const { slug, installations } = app;
  const settings = "the App's settings page on GitHub, under Permissions";
  if (installations.length === 0) {
    const remedy = "Install it, from the App's page, for the repositories that Cody should work on.";
    return [wrong("GitHub", `the App ${slug} is installed nowhere`, remedy)];
  }
  const suspended = installations.filter(({ isSuspended }) => isSuspended).map(({ account }) => account);
  const at = listed(installations.map(({ account }) => account));
  const who =
    suspended.length === 0
      ? ok("GitHub", `Cody is the App ${slug}, installed for ${at}`)
      : suspension(app, suspended);
  return [who, permissionsFinding(app, settings)];
}

function suspension({ slug, installations }: GitHubApp, suspended: string[]): Finding {
  const says = `the App ${slug} is suspended for ${listed(suspended)}`;
  const remedy =
    "Let an owner lift the suspension in the installation's settings, or uninstall the App there.";
  if (suspended.length < installations.length) return warning("GitHub", says, remedy);
  return wrong("GitHub", `${says}, and installed for nobody else`, remedy);
}

/** What an App asks for has to be granted by each owner anew, so both are looked at. */
function permissionsFinding({ permissions, installations }: GitHubApp, settings: string): Finding {
  const name = "GitHub permissions";
  const holders = [
    { who: "the App", permissions, where: settings },
    ...installations
      .filter(({ isSuspended }) => !isSuspended)
      .map(({ account, permissions: granted, settingsUrl }) => ({
        who: `the installation for ${account}`,
        permissions: granted,
        where: settingsUrl,
      })),
  ];
  for (const { who, permissions: held, where } of holders) {
    const dangerous = dangerousPermissions.filter((each) => each in held);
    if (dangerous.length > 0) {
      const says = `${who} holds ${listed(dangerous)}, which whoever misleads Cody could use`;
      return wrong(name, says, `Take it away: ${where}.`);
    }
    const missing = Object.entries(appPermissions).filter(
      ([each, level]) => each !== optionalPermission && !reaches(held[each], level),
    );
    if (missing.length > 0) {
      const says = `${who} lacks ${listed(missing.map(([each, level]) => `${each}: ${level}`))}`;
      return wrong(name, says, `Grant it: ${where}.`);
    }
  }
  for (const { who, permissions: held, where } of holders) {
    const more = Object.entries(held)
      .filter(([each, level]) => !isUsed(each, level))
      .map(([each, level]) => `${each}: ${level}`);
    if (more.length > 0)
      return warning(name, `${who} holds more than Cody uses: ${listed(more)}`, `Take it away: ${where}.`);
  }
  const hasTeams = holders.every(({ permissions: held }) => optionalPermission in held);
  return ok(
    name,
    hasTeams ? "what Cody uses, and no more" : "what Cody uses but for members: it asks no teams for reviews",
  );
}

function isUsed(permission: string, level: string): boolean {
  const used = (appPermissions as Record<string, string>)[permission];
  return used === level || used === "write";
}

export async function lookAtRepositories(means: Means): Promise<Finding[]> {
  const check = "Repositories";
  const read = readIdentity(check, means.env);
  if ("without" in read) return [read.without];
  const list = given(check, ["ALLOWED_REPOS"], means.env);
  if ("without" in list) return [list.without];
  const { ALLOWED_REPOS: patterns } = list.config;
  if (patterns.length === 0) {
    const remedy = "Set ALLOWED_REPOS to patterns like acme/* or acme/shop, with commas between them.";
    return [warning(check, "ALLOWED_REPOS is empty, so Cody may work on none", remedy)];
  }
  const all = await means.repositories(read.apiUrl, read.identity);
  const names = all.map(({ fullName }) => fullName);
  const open = all.filter(({ fullName }) => isAllowed(fullName, patterns));
  const idle = patterns.filter((pattern) => !names.some((each) => isAllowed(each, [pattern])));
  const counted = `${open.length} of the ${all.length} that GitHub shows to Cody are allowed`;
  if (open.length === 0) {
    const remedy = "Give Cody access to them on GitHub, or correct ALLOWED_REPOS.";
    return [wrong(check, `${counted}: nothing that it sees matches ALLOWED_REPOS`, remedy)];
  }
  if (idle.length > 0) {
    const says = `${counted}; nothing that Cody sees matches ${shown(idle)}`;
    return [warning(check, says, "Correct ALLOWED_REPOS, or give Cody access on GitHub.")];
  }
  const readable = open
    .filter(({ mayPush, archived }) => !mayPush && !archived)
    .map(({ fullName }) => fullName);
  return [ok(check, readable.length === 0 ? counted : `${counted}; ${shown(readable)} to read only`)];
}
