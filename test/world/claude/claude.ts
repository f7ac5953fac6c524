// Anthropic's Messages API on 127.0.0.1, played by a script: requests are judged, answered, accounted and recorded.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pause, sendJson, sendMessage, streamMessage } from "./answer.ts";
import { account, type CacheEntry } from "./cache.ts";
import { type Fault, type Faults, faultQueue, refusalOf } from "./fault.ts";
import { type Intake, takeIn } from "./intake.ts";
import { findModel, modelInfo } from "./models.ts";
import { pageOfModels } from "./models-page.ts";
import { messageParameters } from "./prompt.ts";
import { rateWindows } from "./rate-limits.ts";
import { type ClaudeRecord, conversationKeyOf, newRecord, type RecordedRequest } from "./record.ts";
import { invalid, type Refusal, refusal, refusalBody } from "./refusal.ts";
import { type Composed, compose, composeNothing, newId } from "./reply.ts";
import type { CreateRequest } from "./request.ts";
import { conversationOf, type Script } from "./script.ts";
import { type Accepted, judgeCount, judgeCreate } from "./validate.ts";

export interface ClaudeOptions {
  /** The API keys that are accepted. Each has its own cache and its own rate-limit window. */
  keys: string[];
  script: Script;
  /** Default: any free one. */
  port?: number;
  /** Between two events of a stream, in milliseconds (default 0). */
  chunkDelayMs?: number;
  /** Before the first byte of a message, in milliseconds (default 0). */
  latencyMs?: number;
  /** Milliseconds since 1970; the life of cache entries goes by it. Default: the clock. */
  now?: () => number;
}

export interface Claude {
  /** For the client's `baseURL`. */
  url: string;
  record: ClaudeRecord;
  fault: Faults;
  /** Ends every connection, also those that hang. */
  close(): Promise<void>;
}

/** One request on its way to its answer. */
interface Exchange {
  response: ServerResponse;
  requestId: string;
  intake: Intake;
  entry: RecordedRequest;
  headers(): Record<string, string>;
}

/** Thinking that was given is remembered for this many tool calls; the oldest are forgotten first. */
const MAX_ISSUED_CALLS = 100_000;
/** Expired cache entries are cleared away when there are more than this. */
const MAX_IDLE_ENTRIES = 10_000;

/** Starts the stand-in. Rejects when the port is taken. */
export async function startClaude(options: ClaudeOptions): Promise<Claude> {
  const now = options.now ?? Date.now;
  const closing = new AbortController();
  const { record, add } = newRecord();
  const { faults, take } = faultQueue();
  const rates = rateWindows();
  const cache = new Map<string, CacheEntry>();
  const issuedThinking = new Map<string, readonly string[]>();

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = now();
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    const intake = await takeIn(request, options.keys);
    const { model } = (intake.body ?? {}) as { model?: unknown };
    const entry: RecordedRequest = {
      at,
      route: `${request.method} ${pathname}`,
      model: typeof model === "string" ? model : "",
      status: 0,
      conversationKey: conversationKeyOf(intake.body),
      body: intake.body,
      end: "open",
    };
    add(entry, intake.bodyBytes);
    rates.count(intake.key, at);
    const requestId = newId("req");
    const headers = () => ({ "request-id": requestId, ...rates.headers(intake.key, at) });
    const exchange = { response, requestId, intake, entry, headers };

    if (intake.refused !== undefined) refuse(exchange, intake.refused);
    else if (entry.route === "POST /v1/messages") await createMessage(exchange);
    else if (entry.route === "POST /v1/messages/count_tokens") countTokens(exchange);
    else if (entry.route === "GET /v1/models") listModels(exchange, searchParams);
    else if (entry.route.startsWith("GET /v1/models/")) retrieveModel(exchange, pathname);
    else refuse(exchange, refusal("not_found_error", `Not found: ${entry.route}`));
  }

  async function createMessage(exchange: Exchange): Promise<void> {
    const fault = take();
    const refusedByFault = fault === undefined ? undefined : refusalOf(fault);
    if (refusedByFault !== undefined) return refuse(exchange, refusedByFault);
    const verdict = judgeCreate(exchange.intake.body, issuedThinking);
    if ("refused" in verdict) return refuse(exchange, verdict.refused);
    const { accepted } = verdict;
    const { usage, touched } = account(cache, {
      blocks: accepted.blocks,
      breakpoints: accepted.breakpoints,
      scope: `${exchange.intake.key}|${accepted.model.id}`,
      messageParameters: messageParameters(accepted.request, accepted.model),
      minCacheableTokens: accepted.model.minCacheableTokens,
      nowMs: exchange.entry.at,
    });
    let composed: Composed;
    try {
      const isEmpty = accepted.request.max_tokens === 0;
      composed = isEmpty
        ? composeNothing(accepted, usage)
        : compose(options.script(conversationOf(accepted.request)), accepted, usage);
    } catch (error) {
      // A mistake of the script is told where it is seen first, with a status that nobody retries.
      const reason = error instanceof Error ? error.message : String(error);
      return refuse(exchange, invalid("", `The scripted model failed: ${reason}`));
    }
    await deliver(exchange, accepted, composed, touched, fault);
  }

  async function deliver(
    { response, requestId, entry, intake, headers }: Exchange,
    { request }: Accepted<CreateRequest>,
    composed: Composed,
    touched: ReadonlyMap<string, CacheEntry>,
    fault: Fault | undefined,
  ): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const signal = AbortSignal.any([gone.signal, closing.signal]);
    if (options.latencyMs !== undefined) await pause(options.latencyMs, signal);
    if (signal.aborted) {
      entry.end = "client gone";
      return;
    }
    // From here on the answer has begun: what it wrote to the cache can be read, and it is billed.
    for (const [name, cached] of touched) cache.set(name, cached);
    forgetExpired(cache, entry.at);
    remember(issuedThinking, composed);
    const { usage } = composed.message;
    rates.count(intake.key, entry.at, usage);
    entry.usage = { ...usage, output_tokens: Math.min(1, usage.output_tokens) };
    if (fault?.kind !== "hang" || fault.afterEvents !== undefined) entry.status = 200;
    const chunkDelayMs = options.chunkDelayMs ?? 0;
    const delivery = { response, headers: headers(), requestId, fault, chunkDelayMs, signal };
    entry.end = await (request.stream === true ? streamMessage : sendMessage)(composed, delivery);
    if (entry.end === "complete") entry.usage = usage;
  }

  function countTokens(exchange: Exchange): void {
    const verdict = judgeCount(exchange.intake.body, issuedThinking);
    if ("refused" in verdict) refuse(exchange, verdict.refused);
    else answer(exchange, 200, { input_tokens: verdict.accepted.promptTokens });
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    record,
    fault: faults,
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listModels(exchange: Exchange, query: URLSearchParams): void {
  const page = pageOfModels(query);
  if ("refused" in page) refuse(exchange, page.refused);
  else answer(exchange, 200, page);
}

function retrieveModel(exchange: Exchange, pathname: string): void {
  const id = decodeURIComponent(pathname.slice("/v1/models/".length));
  const model = findModel(id);
  if (model === undefined) refuse(exchange, refusal("not_found_error", `model: ${id}`));
  else answer(exchange, 200, modelInfo(model));
}

function refuse(exchange: Exchange, refused: Refusal): void {
  exchange.entry.error = refused;
  if (refused.retryAfterSeconds !== undefined)
    exchange.response.setHeader("retry-after", String(refused.retryAfterSeconds));
  answer(exchange, refused.status, refusalBody(refused, exchange.requestId));
}

function answer({ response, entry, headers }: Exchange, status: number, body: unknown): void {
  entry.status = status;
  entry.end = "complete";
  sendJson(response, status, body, headers());
}

function forgetExpired(cache: Map<string, CacheEntry>, nowMs: number): void {
  if (cache.size <= MAX_IDLE_ENTRIES) return;
  for (const [name, entry] of cache) if (entry.expiresAt <= nowMs) cache.delete(name);
}

function remember(issued: Map<string, readonly string[]>, { message }: Composed): void {
  const signatures = message.content.flatMap((block) => (block.type === "thinking" ? [block.signature] : []));
  for (const block of message.content) if (block.type === "tool_use") issued.set(block.id, signatures);
  for (const id of issued.keys()) {
    if (issued.size <= MAX_ISSUED_CALLS) break;
    issued.delete(id);
  }
}
