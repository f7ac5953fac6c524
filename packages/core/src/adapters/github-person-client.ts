// A client with one person's token, and what GitHub's refusals mean to that person.
import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import { Failed } from "../failure.ts";
import type { Log } from "../log.ts";
import type { Done } from "../ports/personal-code-host.ts";
import { clientOptions } from "./github-access.ts";
import { statusOf, wordsOf } from "./github-errors.ts";

/** What a person does is one act at a time, so it is not paced; where GitHub limits it, the person is told. */
const PersonClient = Octokit.plugin(retry);
export type PersonClient = InstanceType<typeof PersonClient>;

/** A press is answered within the time that people wait for it. */
const timeoutMs = 15_000;

export function personClient(token: string, apiUrl: string): PersonClient {
  return new PersonClient({
    ...clientOptions(apiUrl),
    auth: token,
    request: {
      fetch: (url: string, init: RequestInit) =>
        fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }),
    },
  });
}

/** For what must not be done twice: nothing is tried again by itself. */
export const once = { request: { retries: 0 } };

/** Says no to the person, in a sentence. Becomes `Done` where an act ends. */
export class Declined extends Error {}

/** What came of an act. A refusal of GitHub's is a sentence; only what nobody knows is thrown. */
export async function doneBy(act: () => Promise<void>, about: { fullName: string; log: Log }): Promise<Done> {
  try {
    await act();
    return { done: true };
  } catch (error) {
    if (error instanceof Failed) throw error;
    const words = error instanceof Declined ? error.message : refusalOf(error, about.fullName);
    if (words === undefined) throw new Failed("github-unavailable", wordsOf(error), error);
    about.log.info("An act of a person was refused", { repository: about.fullName, status: statusOf(error) });
    return { done: false, words };
  }
}

/** What a person may not see or do, as a failure: for questions, which have no `Done`. */
export async function answerFor<T>(ask: () => Promise<T>, fullName: string): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failed) throw error;
    const status = statusOf(error);
    if (status === 401) throw new Failed("link-ended", "it was revoked or has expired", error);
    const isFinal = status === 403 && limitSeconds(error) === undefined;
    if (!isFinal) throw new Failed("github-unavailable", wordsOf(error), error);
    throw new Failed("no-right", refusalOf(error, fullName) ?? wordsOf(error), error);
  }
}

/** A sentence for the person; undefined where GitHub did not answer, or not as itself. */
export function refusalOf(error: unknown, fullName: string): string | undefined {
  const graphql = graphqlErrors(error);
  if (graphql) return said(graphql[0]?.message);
  const status = statusOf(error);
  if (status === undefined || status >= 500) return undefined;
  if (status === 401)
    return "GitHub no longer accepts the link between Slack and your account. Connect GitHub again in the Home tab of Cody, then press once more.";
  const seconds = limitSeconds(error);
  if (seconds !== undefined)
    return `GitHub takes no more requests from your account for now. Press again in ${inWords(seconds)}.`;
  const sso = ssoAddress(error);
  if (sso !== undefined) {
    const [owner] = fullName.split("/");
    return `${owner} asks for its single sign-on${sso ? ` (${sso})` : ""}. Sign in there, connect GitHub again in the Home tab of Cody, then press once more.`;
  }
  if (status === 404) return `Your GitHub account cannot see ${fullName}, or what was there is gone.`;
  return said(wordsOf(error));
}

/** Whether a request was sent and nobody knows what became of it. */
export function isLost(error: unknown): boolean {
  if (error instanceof Declined || error instanceof Failed || graphqlErrors(error)) return false;
  const status = statusOf(error);
  return status === undefined || status >= 500;
}

export function graphqlErrors(error: unknown): { message?: string }[] | undefined {
  const { name, errors } = (error ?? {}) as { name?: unknown; errors?: { message?: string }[] };
  return name === "GraphqlResponseError" ? errors : undefined;
}

function said(words: string | undefined): string {
  const text = (words ?? "").trim().replace(/\s+/g, " ").replace(/\.$/, "");
  return text === "" ? "GitHub refused it and gave no reason." : `GitHub refused it: ${text}.`;
}

/** How long one of GitHub's limits lasts; undefined where it is none. Both of them say 403 or 429. */
function limitSeconds(error: unknown): number | undefined {
  const status = statusOf(error);
  const headers = headersOf(error);
  if (status !== 403 && status !== 429) return undefined;
  if (headers["retry-after"] !== undefined) return Number(headers["retry-after"]) || 60;
  if (headers["x-ratelimit-remaining"] === "0")
    return Math.max(1, Number(headers["x-ratelimit-reset"]) - Date.now() / 1_000) || 60;
  return status === 429 ? 60 : undefined;
}

/** Where a person signs in for an organization that asks for it; empty where GitHub does not say. */
function ssoAddress(error: unknown): string | undefined {
  const header = headersOf(error)["x-github-sso"];
  if (statusOf(error) !== 403 || header === undefined) return undefined;
  return /\burl=(https?:\/\/\S+)/.exec(String(header))?.[1] ?? "";
}

function headersOf(error: unknown): Record<string, unknown> {
  return (error as { response?: { headers?: Record<string, unknown> } }).response?.headers ?? {};
}

function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (seconds <= 90) return `${Math.ceil(seconds)} seconds`;
  return `${minutes} minutes`;
}
