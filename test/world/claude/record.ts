// What the stand-in was asked and what it billed, for tests and for the page that shows it.
import { createHash } from "node:crypto";
import type { Usage } from "@anthropic-ai/sdk/resources/messages";
import type { Refusal } from "./refusal.ts";

export interface RecordedRequest {
  /** Milliseconds since 1970, by the stand-in's clock. */
  at: number;
  /** `POST /v1/messages` and so on. */
  route: string;
  /** The model as it was asked for; empty where the request has none. */
  model: string;
  /** HTTP status; 0 while unanswered, and for good if the answer hung before it. */
  status: number;
  error?: Refusal;
  /** What was billed. Of an answer that broke off: the whole input and the one token a stream starts with. */
  usage?: Usage;
  /** Equal for all requests that begin with the same system text and first message. */
  conversationKey: string;
  /** The JSON that was sent; undefined where there was none, and for the oldest when the record grew large. */
  body: unknown;
  /** How the answer ended: as a whole, cut or with an error by a fault, or because the client went away. */
  end: "open" | "complete" | "cut" | "error event" | "client gone";
}

interface Totals {
  /** Answers that were billed. */
  requests: number;
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  ephemeral_5m_input_tokens: number;
  ephemeral_1h_input_tokens: number;
  output_tokens: number;
}

export interface ClaudeRecord {
  readonly requests: readonly RecordedRequest[];
  /** Sums over all requests, or over those of one conversation. */
  totals(conversationKey?: string): Totals;
}

const MAX_REQUESTS = 20_000;
const MAX_BODY_BYTES = 256_000_000;

/** A record that keeps the newest 20,000 requests and the newest 256 MB of their bodies. */
export function newRecord(): {
  record: ClaudeRecord;
  add(request: RecordedRequest, bodyBytes: number): void;
} {
  const requests: RecordedRequest[] = [];
  const bodies: { request: RecordedRequest; bytes: number }[] = [];
  let keptBytes = 0;
  return {
    record: {
      requests,
      totals: (conversationKey) =>
        requests
          .filter((request) => conversationKey === undefined || request.conversationKey === conversationKey)
          .reduce(addUsage, zero()),
    },
    add(request, bytes) {
      requests.push(request);
      if (requests.length > MAX_REQUESTS) requests.shift();
      bodies.push({ request, bytes });
      keptBytes += bytes;
      while (keptBytes > MAX_BODY_BYTES && bodies.length > 1) {
        const oldest = bodies.shift();
        if (oldest === undefined) break;
        oldest.request.body = undefined;
        keptBytes -= oldest.bytes;
      }
    },
  };
}

/** The key of the conversation a body belongs to. */
export function conversationKeyOf(body: unknown): string {
  const { system, messages } = (body ?? {}) as { system?: unknown; messages?: unknown };
  const first = Array.isArray(messages) ? messages[0]?.content : undefined;
  return createHash("sha256")
    .update(JSON.stringify([system, first]))
    .digest("hex")
    .slice(0, 12);
}

function zero(): Totals {
  return {
    requests: 0,
    input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    ephemeral_5m_input_tokens: 0,
    ephemeral_1h_input_tokens: 0,
    output_tokens: 0,
  };
}

function addUsage(sum: Totals, { usage }: RecordedRequest): Totals {
  if (usage === undefined) return sum;
  return {
    requests: sum.requests + 1,
    input_tokens: sum.input_tokens + usage.input_tokens,
    cache_creation_input_tokens: sum.cache_creation_input_tokens + (usage.cache_creation_input_tokens ?? 0),
    cache_read_input_tokens: sum.cache_read_input_tokens + (usage.cache_read_input_tokens ?? 0),
    ephemeral_5m_input_tokens:
      sum.ephemeral_5m_input_tokens + (usage.cache_creation?.ephemeral_5m_input_tokens ?? 0),
    ephemeral_1h_input_tokens:
      sum.ephemeral_1h_input_tokens + (usage.cache_creation?.ephemeral_1h_input_tokens ?? 0),
    output_tokens: sum.output_tokens + usage.output_tokens,
  };
}
