// Faults to order from the stand-in: refusals the service gives without a reason in the request, and broken streams.
import { type ErrorType, type Refusal, refusal } from "./refusal.ts";

/** What goes wrong with one `POST /v1/messages`. Counts of events are of those sent before it happens. */
export type Fault =
  | { kind: "rate limit"; retryAfterSeconds?: number }
  | { kind: "overloaded" }
  | { kind: "internal" }
  | { kind: "unauthorized" }
  /** A limit the organization set itself (400), its billing (402), or the threshold of its tier (429). */
  | { kind: "spend limit"; of: "organization" | "billing" | "tier" }
  /** The connection breaks after this much of the answer; `cleanly`: it ends as if it were complete. */
  | { kind: "cut"; afterEvents?: number; afterBytes?: number; cleanly?: boolean }
  /** An `error` event in the middle of a stream whose status was 200. */
  | { kind: "error event"; afterEvents: number; error?: Extract<ErrorType, "overloaded_error" | "api_error"> }
  /** Nothing more comes, and the connection stays open. Without `afterEvents` not even the status. */
  | { kind: "hang"; afterEvents?: number };

/** The faults that were ordered. */
export interface Faults {
  /** The next `times` message requests (default 1) have this fault; orders are served one after the other. */
  next(fault: Fault, times?: number): void;
  /** Drops what was ordered and did not happen yet. */
  clear(): void;
}

/** The queue behind `Faults`, and the taking of the next one. */
export function faultQueue(): { faults: Faults; take(): Fault | undefined } {
  const queue: Fault[] = [];
  return {
    faults: {
      next(fault, times = 1) {
        for (let count = 0; count < times; count += 1) queue.push(fault);
      },
      clear() {
        queue.length = 0;
      },
    },
    take: () => queue.shift(),
  };
}

/** The refusal of a fault that is one; undefined for those that break an answer. */
export function refusalOf(fault: Fault): Refusal | undefined {
  switch (fault.kind) {
    case "rate limit":
      return refusal("rate_limit_error", "This request would exceed the rate limit of your organization.", {
        retryAfterSeconds: fault.retryAfterSeconds,
      });
    case "overloaded":
      return refusal("overloaded_error", "Overloaded");
    case "internal":
      return refusal("api_error", "Internal server error");
    case "unauthorized":
      return refusal("authentication_error", "This API key was revoked.");
    case "spend limit":
      return spendLimit(fault.of);
    default:
      return undefined;
  }
}

function spendLimit(of: "organization" | "billing" | "tier"): Refusal {
  if (of === "organization")
    return refusal(
      "invalid_request_error",
      "Your organization has reached the API usage limit it set for itself.",
    );
  if (of === "billing")
    return refusal("billing_error", "Your organization's billing does not allow this request.");
  return refusal(
    "rate_limit_error",
    "Your organization has crossed the monthly usage threshold of its tier.",
    {
      code: "enforced_spend_limit_reached",
    },
  );
}
