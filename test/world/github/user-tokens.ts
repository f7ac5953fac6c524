// What people let programs do in their names: codes from the consent page, and the tokens that come of them.
import { hash, randomInt, timingSafeEqual } from "node:crypto";
import type { Account } from "./accounts.ts";

/** How a GitHub App, or an OAuth App, lets people sign in. */
export interface OAuthOptions {
  clientId: string;
  clientSecret: string;
  /** Where people may be sent after their consent; the first is the usual one. */
  callbackUrls: string[];
  /** False: a GitHub App whose owner turned the expiry of user tokens off. OAuth Apps have none either. */
  expires?: boolean;
}

/** Somebody who may ask people for tokens. `app` is the GitHub App's slug; undefined for an OAuth App. */
export interface OAuthClient extends OAuthOptions {
  name: string;
  app: string | undefined;
}

/** What a program asked for when it sent somebody to the consent page. */
export interface AuthorizeRequest {
  client: OAuthClient;
  redirectUri: string;
  state: string | undefined;
  challenge: string | undefined;
  scope: string;
}

export interface UserToken {
  token: string;
  refresh: string | undefined;
  client: OAuthClient;
  account: Account;
  scope: string;
  madeAtMs: number;
}

/** The body of an answer of the token endpoint, failures included: GitHub sends both with status 200. */
export type TokenAnswer = Record<string, string | number>;

const CODE_LIFE_MS = 600_000;
const TOKEN_LIFE_SECONDS = 28_800;
const REFRESH_LIFE_SECONDS = 15_897_600;
const HELP = "/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors";

export class UserTokens {
  readonly clients: OAuthClient[];
  readonly #codes = new Map<string, AuthorizeRequest & { account: Account; madeAtMs: number }>();
  #tokens: UserToken[] = [];
  readonly #now: () => number;

  constructor(clients: OAuthClient[], now: () => number) {
    this.clients = clients;
    this.#now = now;
    const ids = clients.map(({ clientId }) => clientId);
    if (new Set(ids).size < ids.length) throw new Error("Two clients have the same id; give each its own.");
  }

  byId(clientId: string | null | undefined): OAuthClient | undefined {
    return this.clients.find((client) => client.clientId === clientId);
  }

  /** Somebody consented: the code that this program may exchange, once. */
  consent(request: AuthorizeRequest, account: Account): string {
    const code = randomText("0123456789abcdef", 20);
    this.#codes.set(code, { ...request, account, madeAtMs: this.#now() });
    return code;
  }

  /** Whose token this is; undefined where it is unknown, expired or revoked. */
  find(token: string): UserToken | undefined {
    const found = this.#tokens.find((each) => each.token === token);
    const isAlive = found?.refresh === undefined || this.#now() < found.madeAtMs + TOKEN_LIFE_SECONDS * 1_000;
    return isAlive ? found : undefined;
  }

  /** A person takes it all back, in the settings of the account. */
  revoke(account: Account): void {
    this.#tokens = this.#tokens.filter((each) => each.account !== account);
  }

  /** What the token endpoint answers; undefined for a client that nobody has registered, which is a 404. */
  answer(field: (name: string) => string | undefined): TokenAnswer | undefined {
    const client = this.byId(field("client_id"));
    if (client === undefined) return undefined;
    if (!isSame(field("client_secret") ?? "", client.clientSecret)) {
      return failure(
        "incorrect_client_credentials",
        "The client_id and/or client_secret passed are incorrect.",
      );
    }
    return field("grant_type") === "refresh_token"
      ? this.#refresh(client, field("refresh_token") ?? "")
      : this.#exchange(client, field);
  }

  #exchange(client: OAuthClient, field: (name: string) => string | undefined): TokenAnswer {
    const code = field("code") ?? "";
    const given = this.#codes.get(code);
    // Whoever shows a code has used it up, whatever comes of it.
    this.#codes.delete(code);
    const isGood = given?.client === client && this.#now() < given.madeAtMs + CODE_LIFE_MS;
    if (!isGood || !fits(given.challenge, field("code_verifier"))) {
      return failure("bad_verification_code", "The code passed is incorrect or expired.");
    }
    if ((field("redirect_uri") ?? given.redirectUri) !== given.redirectUri) {
      return failure(
        "redirect_uri_mismatch",
        "The redirect_uri MUST match the registered callback URL for this application.",
      );
    }
    return this.#make(client, given.account, given.scope);
  }

  /** The refresh token and the token that came with it are both worth nothing from now on. */
  #refresh(client: OAuthClient, refresh: string): TokenAnswer {
    const old = this.#tokens.find((each) => each.refresh === refresh && each.client === client);
    if (old === undefined || this.#now() >= old.madeAtMs + REFRESH_LIFE_SECONDS * 1_000) {
      return failure("bad_refresh_token", "The refresh token passed is incorrect or expired.");
    }
    this.#tokens = this.#tokens.filter((each) => each !== old);
    return this.#make(client, old.account, old.scope);
  }

  #make(client: OAuthClient, account: Account, scope: string): TokenAnswer {
    const expires = client.app !== undefined && client.expires !== false;
    const made: UserToken = {
      token: `${client.app === undefined ? "gho" : "ghu"}_${randomText(LETTERS, 36)}`,
      refresh: expires ? `ghr_${randomText(LETTERS, 76)}` : undefined,
      client,
      account,
      scope,
      madeAtMs: this.#now(),
    };
    this.#tokens.push(made);
    return {
      access_token: made.token,
      ...(made.refresh === undefined
        ? {}
        : {
            expires_in: TOKEN_LIFE_SECONDS,
            refresh_token: made.refresh,
            refresh_token_expires_in: REFRESH_LIFE_SECONDS,
          }),
      scope,
      token_type: "bearer",
    };
  }
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function randomText(letters: string, length: number): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}

/** Without a challenge there is nothing to prove, and a verifier proves nothing. */
function fits(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined) return true;
  return verifier !== undefined && hash("sha256", verifier, "base64url") === challenge;
}

function isSame(given: string, known: string): boolean {
  const digests = [given, known].map((text) => Buffer.from(hash("sha256", text)));
  return timingSafeEqual(digests[0] as Buffer, digests[1] as Buffer);
}

function failure(error: string, description: string): TokenAnswer {
  return {
    error,
    error_description: description,
    error_uri: `${HELP}/#${error.replaceAll("_", "-")}`,
  };
}
