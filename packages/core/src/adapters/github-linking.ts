// How people let Cody act for them on GitHub: the web flow with PKCE, and the refreshing of tokens that expire.
import * as z from "zod";
import { Failed } from "../failure.ts";
import type { Log } from "../log.ts";
import type { Linking, PersonTokens } from "../ports/personal-code-host.ts";

interface LinkingOptions {
  clientId: string;
  clientSecret: string;
  /** Where people use GitHub in a browser, without a slash at its end. */
  webUrl: string;
  log: Log;
  now?: () => number;
}

/** Somebody waits in front of a page while this is asked. */
const timeoutMs = 10_000;

/** GitHub sends failures with status 200 as well. Times are in seconds from now. */
const answerSchema = z.object({
  access_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
  refresh_token: z.string().min(1).optional(),
  refresh_token_expires_in: z.number().positive().optional(),
  error: z.string().optional(),
});

/** What GitHub says where Cody's own registration is wrong; nobody who links can do anything about these. */
const operatorErrors = ["incorrect_client_credentials", "redirect_uri_mismatch", "Not Found"];

export function makeLinking({
  clientId,
  clientSecret,
  webUrl,
  log,
  now = Date.now,
}: LinkingOptions): Linking {
  /** The secrets are in the body alone: addresses end up in logs. */
  async function ask(what: string, fields: Record<string, string>): Promise<PersonTokens | undefined> {
    const askedAt = now();
    const answer = await answered(`${webUrl}/login/oauth/access_token`, {
      client_id: clientId,
      client_secret: clientSecret,
      ...fields,
    });
    if (answer.access_token !== undefined) return tokensOf(answer, askedAt);
    const error = answer.error ?? "no token and no error";
    log.warn("GitHub gave no token of a person", { what, error });
    if (operatorErrors.includes(error)) {
      throw new Failed(
        "github-rejected",
        `the client id, its secret or the callback address are wrong (${error})`,
      );
    }
    return undefined;
  }

  return {
    authorizeUrl({ state, challenge, redirectUrl }) {
      const url = new URL(`${webUrl}/login/oauth/authorize`);
      url.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: redirectUrl,
        state,
        code_challenge: challenge,
        code_challenge_method: "S256",
        allow_signup: "false",
        // An App's tokens have the App's permissions; an OAuth App's have what is asked for here.
        ...(clientId.startsWith("Iv") ? {} : { scope: "repo" }),
      }).toString();
      return url.href;
    },
    exchange: ({ code, verifier, redirectUrl }) =>
      ask("exchange", { code, code_verifier: verifier, redirect_uri: redirectUrl }),
    refresh: (refreshToken) => ask("refresh", { grant_type: "refresh_token", refresh_token: refreshToken }),
  };
}

/**
 * Whether GitHub takes this client id with this secret, asked with a code that nobody was given: GitHub looks at the
 * client first, and says `bad_verification_code` only where that is right (both are documented under "Troubleshooting
 * OAuth app access token request errors"; to a client id that nobody has it answers 404). Anything else is its own word.
 */
export async function checkClient({
  clientId,
  clientSecret,
  webUrl,
}: Pick<LinkingOptions, "clientId" | "clientSecret" | "webUrl">): Promise<ClientStanding> {
  const { error = "a token" } = await answered(`${webUrl}/login/oauth/access_token`, {
    client_id: clientId,
    client_secret: clientSecret,
    code: "0".repeat(20),
  });
  if (error === "bad_verification_code") return "good";
  if (error === "incorrect_client_credentials") return "wrong secret";
  return error === "Not Found" ? "unknown client" : { said: error };
}

export type ClientStanding = "good" | "unknown client" | "wrong secret" | { said: string };

/** Never tried twice: a code and a refresh token are good for one answer, also for one that was lost. */
async function answered(url: string, fields: Record<string, string>): Promise<z.infer<typeof answerSchema>> {
  let status = 0;
  let body: unknown;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { accept: "application/json", "user-agent": "cody" },
      body: new URLSearchParams(fields),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    status = response.status;
    body = await response.json();
  } catch (error) {
    const why = status === 0 ? "no answer about a person's token" : `HTTP ${status} without JSON`;
    throw new Failed("github-unavailable", why, error);
  }
  if (status >= 500 || status === 429 || status === 403)
    throw new Failed("github-unavailable", `HTTP ${status}`);
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success)
    throw new Failed("github-unavailable", "its answer about a person's token is not known");
  return parsed.data;
}

function tokensOf(answer: z.infer<typeof answerSchema>, askedAt: number): PersonTokens {
  const { access_token: access = "", refresh_token: refresh } = answer;
  const at = (seconds: number | undefined) => seconds && askedAt + seconds * 1_000;
  const expiresAt = at(answer.expires_in);
  const refreshExpiresAt = at(answer.refresh_token_expires_in);
  return {
    access,
    ...(expiresAt && { expiresAt }),
    ...(refresh && { refresh }),
    ...(refreshExpiresAt && { refreshExpiresAt }),
  };
}
