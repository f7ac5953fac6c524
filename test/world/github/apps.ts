// GitHub Apps: their keys, where they are installed, and the tokens that were made for them.
import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { type AccountOptions, type Accounts, type Caller, tokensIn } from "./accounts.ts";
import { GitHubError, notFound, refused } from "./errors.ts";
import { verifyJwt } from "./jwt.ts";
import { has, type Permissions } from "./permissions.ts";
import type { Repository } from "./repository.ts";
import { type OAuthClient, type OAuthOptions, UserTokens } from "./user-tokens.ts";

export interface AppOptions {
  id: number;
  slug: string;
  /** Of the account `<slug>[bot]`, by which the App acts. */
  botId: number;
  installations: InstallationOptions[];
  /** How people let it act for them; without it, they cannot. */
  oauth?: OAuthOptions;
}

/** An OAuth App, by which people sign in where there is no GitHub App: its tokens do what the person may do. */
export interface OAuthAppOptions extends OAuthOptions {
  name: string;
}

export interface InstallationOptions {
  id: number;
  /** The owner of the repositories. */
  account: string;
  /** Names without the owner; all of the owner's if left out. */
  repositories?: string[];
  permissions: Permissions;
  suspended?: boolean;
}

export interface App extends AppOptions {
  publicKey: KeyObject;
  /** PEM, in the form in which GitHub lets people download it. */
  privateKey: string;
}

/** How far a token of an App reaches, beside what the account may do that acts with it. */
export interface Grant {
  app: App;
  /** Undefined: a person's token, which reaches wherever the App is installed. */
  installation: InstallationOptions | undefined;
  /** Ids; undefined means all repositories of the installation. */
  repositories: number[] | undefined;
  permissions: Permissions;
}

/** One token that was made for an installation. */
export interface InstallationGrant extends Grant {
  token: string;
  installation: InstallationOptions;
  madeAtMs: number;
}

const TOKEN_LIFE_MS = 3_600_000;

/** Every App. `lagMs`: for so long a token that was just made is known nowhere, as happens on GitHub. */
export class Apps {
  lagMs = 0;
  readonly people: UserTokens;
  readonly #apps: App[];
  readonly #grants = new Map<string, InstallationGrant>();
  readonly #now: () => number;

  constructor(options: AppOptions[], now: () => number, oauthApps: OAuthAppOptions[] = []) {
    this.#now = now;
    const ofApps = options.flatMap(({ slug, oauth }): OAuthClient[] =>
      oauth === undefined ? [] : [{ ...oauth, name: slug, app: slug }],
    );
    this.people = new UserTokens([...ofApps, ...oauthApps.map((each) => ({ ...each, app: undefined }))], now);
    this.#apps = options.map((app) => {
      const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      return {
        ...app,
        publicKey,
        privateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
      };
    });
  }

  /** The accounts by which Apps act. Their rights reach as far as any of their tokens; the token says how far it does. */
  bots(): AccountOptions[] {
    return this.#apps.map(({ slug, botId, installations }) => ({
      login: botOf(slug),
      id: botId,
      type: "Bot",
      token: randomBytes(32).toString("hex"),
      rights: Object.fromEntries(installations.map(({ account }) => [`${account}/*`, "write" as const])),
    }));
  }

  bySlug(slug: string): App {
    const app = this.#apps.find((each) => each.slug === slug);
    if (app === undefined) throw new Error(`There is no App "${slug}" on this GitHub.`);
    return app;
  }

  /** Who sends this header: an App itself, a token that was made for one, or a person through a program. */
  caller(authorization: string | undefined, accounts: Accounts): Caller {
    const caller = accounts.caller(authorization);
    if (caller.kind !== "wrong") return caller;
    for (const token of tokensIn(authorization ?? "")) {
      if (token.startsWith("ey") && /^bearer /i.test(authorization ?? "")) return { kind: "jwt", jwt: token };
      const grant = this.#grants.get(token);
      const account = grant && accounts.byLogin(botOf(grant.app.slug));
      if (grant && account && this.#isAlive(grant)) return { kind: "account", account, grant };
      const person = this.people.find(token);
      if (person === undefined) continue;
      const { app: slug } = person.client;
      // Signing in by an OAuth App without the scope lets a program know who somebody is, and no more.
      if (slug === undefined && !person.scope.split(/[ ,]/).includes("repo")) return { kind: "wrong" };
      const app = slug === undefined ? undefined : this.bySlug(slug);
      return { kind: "account", account: person.account, ...(app && { grant: grantOfPerson(app) }) };
    }
    return caller;
  }

  /** The App that signed this. Throws GitHub's 401. */
  verified(jwt: string): App {
    return verifyJwt(jwt, (issuer) => this.#apps.find(({ id }) => String(id) === issuer), this.#now());
  }

  /** Makes a token. `repositories` are those that were asked for; undefined means all of the installation. */
  mint(
    app: App,
    installation: InstallationOptions,
    repositories: Repository[] | undefined,
    wanted: Permissions | undefined,
  ): InstallationGrant & { expiresAtMs: number } {
    if (installation.suspended) throw new GitHubError(403, "This installation has been suspended");
    if (repositories?.some((repository) => !isInstalledOn(installation, repository))) throw notAccessible();
    const asked = Object.entries(wanted ?? {});
    const isGranted = asked.every(([name, level]) =>
      has(withMetadata(installation.permissions), { names: [name], level }),
    );
    if (!isGranted) throw refused("The permissions requested are not granted to this installation.");
    const madeAtMs = this.#now();
    const grant = {
      token: newToken(app.id),
      app,
      installation,
      repositories: repositories?.map(({ id }) => id),
      permissions: withMetadata(wanted ?? installation.permissions),
      madeAtMs,
    };
    this.#grants.set(grant.token, grant);
    return { ...grant, expiresAtMs: madeAtMs + TOKEN_LIFE_MS };
  }

  #isAlive({ madeAtMs, installation }: InstallationGrant): boolean {
    const age = this.#now() - madeAtMs;
    return age >= this.lagMs && age < TOKEN_LIFE_MS && !installation.suspended;
  }
}

export const notAccessible = () =>
  refused(
    "There is at least one repository that does not exist or is not accessible to the parent installation.",
  );

export function botOf(slug: string): string {
  return `${slug}[bot]`;
}

export function isInstalledOn(
  { account, repositories }: InstallationOptions,
  repository: Pick<Repository, "owner" | "name">,
): boolean {
  if (repository.owner.toLowerCase() !== account.toLowerCase()) return false;
  return repositories === undefined || repositories.includes(repository.name);
}

/** Whether a caller's token, if it is an App's, is for this repository. What is public, people may read by any App. */
export function covers(grant: Grant | undefined, repository: Repository): boolean {
  if (grant === undefined) return true;
  const isNamed = grant.repositories === undefined || grant.repositories.includes(repository.id);
  if (grant.installation === undefined) return !repository.private || isChangeable(grant, repository);
  return isNamed && isInstalledOn(grant.installation, repository);
}

/** Whether anything may be changed there with such a token, as far as the App goes. */
export function isChangeable(grant: Grant | undefined, repository: Repository): boolean {
  if (grant === undefined || grant.installation !== undefined) return covers(grant, repository);
  return grant.app.installations.some(
    (installation) => !installation.suspended && isInstalledOn(installation, repository),
  );
}

/** A person's token has the permissions of the App; what the person may do bounds it further. */
function grantOfPerson(app: App): Grant {
  const permissions = withMetadata(app.installations[0]?.permissions ?? {});
  return { app, installation: undefined, repositories: undefined, permissions };
}

/** The installation with this id. Throws GitHub's 404, also where it is another App's. */
export function installationOf(app: App, id: string | undefined): InstallationOptions {
  const found = app.installations.find((each) => String(each.id) === id);
  if (found === undefined) throw notFound();
  return found;
}

/** Whoever may see anything of a repository may see that it is there. */
function withMetadata(permissions: Permissions): Permissions {
  return { ...permissions, metadata: "read" };
}

/** `ghs_`, the App's number, and a signed part that nobody outside of GitHub can read: about 520 characters. */
function newToken(appId: number): string {
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = encoded({ alg: "RS256", typ: "JWT", kid: randomBytes(12).toString("hex") });
  const claims = encoded({ jti: randomBytes(24).toString("hex") });
  return `ghs_${appId}_${header}.${claims}.${randomBytes(256).toString("base64url")}`;
}
