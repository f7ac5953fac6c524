// Who there is on this GitHub, by which token each is known, and what each may do where.

import { hash } from "node:crypto";
import type { components } from "@octokit/openapi-types";
import type { Grant } from "./apps.ts";

export type Right = "read" | "write" | "admin";

export interface AccountOptions {
  login: string;
  id: number;
  token: string;
  /** A Bot stands for a GitHub App with an installation token; only a Bot may create check runs. */
  type?: "User" | "Bot";
  /** By `owner/name` or `owner/*`; the exact name wins. */
  rights: Record<string, Right>;
  /** Of the token; `repo` and `workflow` if left out. A fine-grained token has none, and GitHub names none of it. */
  scopes?: string[];
}

export interface Account extends Required<AccountOptions> {}

/**
 * What an `Authorization` header says: nobody, somebody, an App that shows itself, or a token that nobody has.
 * Where a token was made for an App, `grant` bounds what the account may do with it.
 */
export type Caller =
  | { kind: "anonymous" }
  | { kind: "account"; account: Account; grant?: Grant }
  | { kind: "jwt"; jwt: string }
  | { kind: "wrong" };

interface Named {
  fullName: string;
  private: boolean;
}

const RIGHT_PATTERN = /^[\w.-]+\/(\*|[\w.-]+)$/;

/** All accounts. Throws a sentence for accounts that cannot be told apart, or rights that name nothing. */
export class Accounts {
  readonly #accounts: Account[];

  constructor(options: AccountOptions[]) {
    this.#accounts = options.map((account) => ({
      type: "User",
      scopes: ["repo", "workflow"],
      ...account,
      rights: { ...account.rights },
    }));
    for (const key of ["login", "id", "token"] as const) {
      const values = this.#accounts.map((account) => account[key]);
      const twice = values.find((value, index) => values.indexOf(value) !== index);
      if (twice !== undefined) throw new Error(`Two accounts have the same ${key}; give each its own.`);
    }
    for (const account of this.#accounts) {
      for (const pattern of Object.keys(account.rights)) checkPattern(pattern);
    }
  }

  byLogin(login: string): Account | undefined {
    return this.#accounts.find((account) => account.login.toLowerCase() === login.toLowerCase());
  }

  /** Everybody who can sign in on a page. */
  people(): Account[] {
    return this.#accounts.filter(({ type }) => type === "User");
  }

  /** The account that GitHub would show next to a commit with this author address. */
  byEmail(email: string): Account | undefined {
    return this.#accounts.find((account) => noreplyAddress(account) === email);
  }

  /** Reads `Authorization`: `token …` or `bearer …`, or Basic with the token as password, as git sends it. */
  caller(authorization: string | undefined): Caller {
    if (authorization === undefined || authorization === "") return { kind: "anonymous" };
    const tokens = tokensIn(authorization);
    const account = this.#accounts.find(({ token }) => tokens.includes(token));
    return account === undefined ? { kind: "wrong" } : { kind: "account", account };
  }

  /** Gives or takes (undefined) a right while everything runs. */
  grant(login: string, pattern: string, right: Right | undefined): void {
    const account = this.#named(login);
    checkPattern(pattern);
    if (right === undefined) delete account.rights[pattern];
    else account.rights[pattern] = right;
  }

  /** The old token is worth nothing from now on, as after a revocation or an expiry. */
  replaceToken(login: string, token: string): void {
    this.#named(login).token = token;
  }

  #named(login: string): Account {
    const account = this.byLogin(login);
    if (account === undefined) throw new Error(`There is no account "${login}" on this GitHub.`);
    return account;
  }
}

/** The right an account was given on a repository, public or not; undefined if none. */
export function rightOn(account: Account | undefined, fullName: string): Right | undefined {
  if (account === undefined) return undefined;
  const wanted = fullName.toLowerCase();
  const given = (pattern: string) =>
    Object.entries(account.rights).find(([key]) => key.toLowerCase() === pattern)?.[1];
  return given(wanted) ?? given(`${wanted.split("/")[0]}/*`);
}

export function mayRead(account: Account | undefined, repository: Named): boolean {
  return !repository.private || rightOn(account, repository.fullName) !== undefined;
}

export function mayWrite(account: Account | undefined, repository: Named): boolean {
  const right = rightOn(account, repository.fullName);
  return right === "write" || right === "admin";
}

/** The address GitHub gives to commits it makes for somebody. */
export function noreplyAddress(account: { login: string; id: number }): string {
  return `${account.id}+${account.login}@users.noreply.github.com`;
}

/** How somebody stands to a repository, as GitHub tells with everything that person writes there. */
export function authorAssociation(
  account: Account,
  repository: Named,
): components["schemas"]["author-association"] {
  const owner = repository.fullName.split("/")[0] ?? "";
  if (account.login.toLowerCase() === owner.toLowerCase()) return "OWNER";
  const right = rightOn(account, repository.fullName);
  if (right === undefined || account.type === "Bot") return "NONE";
  return belongsToOwner(account, repository.fullName) ? "MEMBER" : "COLLABORATOR";
}

/** A right on `owner/*` is a membership; a right on one repository a collaboration. */
export function belongsToOwner(account: Account, fullName: string): boolean {
  const wanted = `${fullName.toLowerCase().split("/")[0]}/*`;
  return Object.keys(account.rights).some((pattern) => pattern.toLowerCase() === wanted);
}

/** A user as every answer shows one; an owner without an account is an organization. */
export function simpleUser(
  site: { url: string; apiUrl: string; accounts: Accounts },
  login: string,
): components["schemas"]["simple-user"] {
  const account = site.accounts.byLogin(login);
  const id = account?.id ?? Number.parseInt(hash("sha256", login.toLowerCase()).slice(0, 7), 16);
  const api = `${site.apiUrl}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: `U_${id}`,
    avatar_url: `${site.url}/avatars/u/${id}?v=4`,
    gravatar_id: "",
    url: api,
    html_url: `${site.url}/${login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: account?.type ?? "Organization",
    site_admin: false,
    user_view_type: "public",
  };
}

function checkPattern(pattern: string): void {
  if (!RIGHT_PATTERN.test(pattern)) {
    throw new Error(`"${pattern}" names no repository; rights are given on "owner/name" or "owner/*".`);
  }
}

/** The tokens that a header may mean: `token …` and `bearer …` hold one, Basic one in either of two places. */
export function tokensIn(authorization: string): string[] {
  const [, scheme = "", credentials = ""] = /^(\w+) +(.+)$/.exec(authorization) ?? [];
  return scheme.toLowerCase() === "basic" ? basicTokens(credentials) : [credentials];
}

/** git may send the token as password with any user name, or as user name with an empty password. */
function basicTokens(credentials: string): string[] {
  const text = Buffer.from(credentials, "base64").toString("utf8");
  const colon = text.indexOf(":");
  const user = colon < 0 ? text : text.slice(0, colon);
  const password = colon < 0 ? "" : text.slice(colon + 1);
  return password === "" || password === "x-oauth-basic" ? [user] : [password];
}
