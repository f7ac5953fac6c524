// What Octokit throws, in Cody's words: what may pass, what is final, and what GitHub said.
import { Failed } from "../failure.ts";

/** Turns what Octokit throws into a failure with a sentence. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failed) throw error;
    throw new Failed(mayPass(error) ? "github-unavailable" : "github-rejected", wordsOf(error), error);
  }
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

/** Whether the same request may be answered later: no answer, a fault of GitHub's own, or one of its limits. */
function mayPass(error: unknown): boolean {
  const status = statusOf(error);
  if (status === undefined || status >= 500 || status === 429) return true;
  const { headers } = (error as { response?: { headers?: Record<string, unknown> } }).response ?? {};
  // Both limits say 403, which otherwise is a missing right.
  return (
    status === 403 && (headers?.["retry-after"] !== undefined || headers?.["x-ratelimit-remaining"] === "0")
  );
}

/** The HTTP status of GitHub's answer; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === "number" ? status : undefined;
}

/** What GitHub said, without the address of its documentation. */
export function wordsOf(error: unknown): string {
  const errors = (error as { response?: { data?: { errors?: { message?: string }[] } } }).response?.data
    ?.errors;
  const words = error instanceof Error ? error.message.split(" - https://")[0] : String(error);
  return errors?.find((detail) => detail.message)?.message ?? words ?? "no reason was given";
}
