// What Octokit throws, in Cody's words: what may pass, what is final, what is limited, and what GitHub said.
import { Failed } from "../failure.ts";
import { ContentLimited } from "../ports/code-host.ts";

/** Turns what Octokit throws into a failure with a sentence. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failed || error instanceof ContentLimited) throw error;
    throw new Failed(mayPass(error) ? "github-unavailable" : "github-rejected", wordsOf(error), error);
  }
}

/** The same for work that makes content: what GitHub limits is thrown as `ContentLimited`. */
export async function toldOrLimited<T>(work: () => Promise<T>, now: () => number): Promise<T> {
  return told(async () => {
    try {
      return await work();
    } catch (error) {
      const until = limitedUntil(error, now());
      throw until === undefined ? error : new ContentLimited(until);
    }
  });
}

/** 404 means that it is not there or not for us; 409 on a reference means that the repository has no commits. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | "missing" | "empty"> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return "missing";
    if (statusOf(error) === 409) return "empty";
    throw error;
  }
}

/** What may be hidden from Cody, or not be there; undefined then. */
export async function orHidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const status = statusOf(error);
    const isHidden = status === 404 || (status === 403 && limitedUntil(error, 0) === undefined);
    if (isHidden) return undefined;
    throw error;
  }
}

/** Whether GitHub understood the request and says no for good: asking again is no use. */
export function isRefusal(error: unknown): boolean {
  if (isGraphqlError(error)) return !mayPass(error);
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500 && !mayPass(error);
}

/** Whether the same request may be answered later: no answer, a fault of GitHub's own, or one of its limits. */
function mayPass(error: unknown): boolean {
  if (isGraphqlError(error)) return error.errors.some(({ type }) => type === "RATE_LIMITED" || !type);
  const status = statusOf(error);
  return status === undefined || status >= 500 || limitedUntil(error, 0) !== undefined;
}

/** What GitHub wants to be waited where it says no more than that it is a secondary limit. */
const usualPauseMs = 60_000;

/** When one of GitHub's limits ends, in milliseconds since 1970; undefined where it is none. Both say 403 or 429. */
export function limitedUntil(error: unknown, now: number): number | undefined {
  const status = statusOf(error);
  if (status !== 403 && status !== 429) return undefined;
  const headers = (error as { response?: { headers?: Record<string, unknown> } }).response?.headers ?? {};
  const seconds = Number(headers["retry-after"]);
  if (seconds > 0) return now + seconds * 1_000;
  if (headers["x-ratelimit-remaining"] === "0") {
    return Math.max(now, Number(headers["x-ratelimit-reset"]) * 1_000 || now + usualPauseMs);
  }
  const isSecondary = status === 429 || /\bsecondary rate\b/i.test(wordsOf(error));
  return isSecondary ? now + usualPauseMs : undefined;
}

interface GraphqlError extends Error {
  errors: { type?: string; message: string }[];
}

/** GraphQL answers 200 whatever is wrong. */
function isGraphqlError(error: unknown): error is GraphqlError {
  return error instanceof Error && error.name === "GraphqlResponseError";
}

/** The HTTP status of GitHub's answer; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" ? status : undefined;
}

/** What GitHub said, without the address of its documentation. Details are fields, or sentences. */
export function wordsOf(error: unknown): string {
  if (isGraphqlError(error)) return error.errors[0]?.message ?? error.message;
  const details = (error as { response?: { data?: { errors?: unknown } } } | null)?.response?.data?.errors;
  const words = error instanceof Error ? error.message.split(" - https://")[0] : String(error);
  const detail = Array.isArray(details)
    ? details
        .map((each) => (typeof each === "string" ? each : (each as { message?: string } | null)?.message))
        .find(Boolean)
    : undefined;
  return detail ?? words ?? "no reason was given";
}
