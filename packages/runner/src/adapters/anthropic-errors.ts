// Tells what an error of Claude's API means: worth another try, a limit of the conversation, or nothing to be done.
import { APIConnectionError, APIError } from "@anthropic-ai/sdk";
import { Failed } from "@cody/core/failure.ts";

export type Verdict =
  | {
      outcome: "again";
      /** The API's own words. */
      why: string;
      /** What is the matter, for people. */
      matter: string;
      /** What the API asked for. */
      waitMs?: number;
    }
  /** The conversation does not fit into the model's window. */
  | { outcome: "window" }
  | { outcome: "failed"; failed: Failed };

/** Errors in the middle of a stream have a type and no status. */
const passingTypes = ["overloaded_error", "api_error", "rate_limit_error", "timeout_error"];

/** The verdict on anything that a call threw, its own abort aside. */
export function judge(error: unknown): Verdict {
  const why = wordsOf(error);
  if (!(error instanceof APIError) || error instanceof APIConnectionError)
    return again(why, "does not answer");
  const { status, type } = error;
  if (isSpendLimit(error, why)) return failed("claude-spend-limit", why, error);
  if (status === undefined && !passingTypes.includes(type ?? ""))
    return failed("claude-rejected", why, error);
  if (status === 529 || type === "overloaded_error") return again(why, "is overloaded", error);
  if (status === 429 || type === "rate_limit_error") return again(why, "is at its rate limit", error);
  if (status === undefined || status === 408 || status === 409 || status >= 500)
    return again(why, "is in trouble", error);
  if (status === 400 && /prompt is too long|exceed.*context/i.test(why)) return { outcome: "window" };
  return failed("claude-rejected", why, error);
}

/**
 * A spend limit comes as any of 400, 402, 403 and 429, by whose limit it is. Waiting lifts none of them, and every
 * request with the same key meets it.
 */
function isSpendLimit({ status, type, errorCode }: APIError, why: string): boolean {
  if (errorCode === "enforced_spend_limit_reached" || status === 402 || type === "billing_error") return true;
  return (status === 400 || status === 403) && /usage limits?\b|spend(ing)? limit|credit balance/i.test(why);
}

function again(why: string, state: string, error?: APIError): Verdict {
  return { outcome: "again", why, matter: `Claude ${state}`, waitMs: askedWaitMs(error?.headers) };
}

function failed(kind: "claude-rejected" | "claude-spend-limit", why: string, error: unknown): Verdict {
  return { outcome: "failed", failed: new Failed(kind, why, error) };
}

function askedWaitMs(headers: Headers | undefined): number | undefined {
  const exact = Number(headers?.get("retry-after-ms"));
  if (exact > 0) return exact;
  const asked = headers?.get("retry-after");
  if (!asked) return undefined;
  const seconds = Number(asked);
  if (!Number.isNaN(seconds)) return Math.max(0, seconds * 1_000);
  const until = Date.parse(asked) - Date.now();
  return until > 0 ? until : undefined;
}

/** The API's own sentence; bodies hold nothing else of use. */
function wordsOf(error: unknown): string {
  if (error instanceof APIError && error.apiMessage) return error.apiMessage;
  return error instanceof Error ? error.message : String(error);
}
