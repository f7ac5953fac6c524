// Tells what an error of Claude's API means: worth another try, a limit of the conversation, or nothing to be done.
import { APIConnectionError, APIError } from "@anthropic-ai/sdk";
import { Failed } from "@cody/core/failure.ts";

export type Verdict =
  | { again: true; why: string /** What the API asked for. */; waitMs?: number }
  | { again: false; failed: Failed };

/** Errors in the middle of a stream have a type and no status. */
const passingTypes = ["overloaded_error", "api_error", "rate_limit_error", "timeout_error"];

/** The verdict on anything that a call threw, its own abort aside. */
export function judge(error: unknown): Verdict {
  const why = wordsOf(error);
  if (!(error instanceof APIError)) return { again: true, why };
  if (error instanceof APIConnectionError) return { again: true, why };
  const { status } = error;
  // A spend limit is told as a rate limit, but waiting does not lift it.
  if (error.errorCode === "enforced_spend_limit_reached") return rejected(why, error);
  if (status === undefined) {
    return passingTypes.includes(error.type ?? "") ? { again: true, why } : rejected(why, error);
  }
  if (status === 408 || status === 409 || status === 429 || status >= 500)
    return { again: true, why, waitMs: askedWaitMs(error.headers) };
  if (status === 400 && /prompt is too long|exceed.*context/i.test(why))
    return {
      again: false,
      failed: new Failed("limit-reached", "the conversation is longer than the model can take", error),
    };
  return rejected(why, error);
}

function rejected(why: string, error: unknown): Verdict {
  return { again: false, failed: new Failed("claude-rejected", why, error) };
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
