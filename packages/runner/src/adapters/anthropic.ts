// Claude through Anthropic's SDK: streamed answers, patience with a busy service, none with a wrong request.
import Anthropic, { AnthropicError, NotFoundError } from "@anthropic-ai/sdk";
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { Failed } from "@cody/core/failure.ts";
import { claudeLateMs, claudePatienceMs } from "@cody/core/limits.ts";
import type { Log } from "@cody/core/log.ts";
import { efforts, modelOf } from "@cody/core/models.ts";
import type { ModelClient, ModelRequest } from "@cody/core/ports/model.ts";
import { answerOf, tooLongAnswer, usageOf } from "./anthropic-answer.ts";
import { RequestBytes } from "./anthropic-bytes.ts";
import { watchCache } from "./anthropic-cache.ts";
import { patiently } from "./anthropic-patience.ts";
import { bodyOf, type Traits } from "./anthropic-request.ts";
import { impatientFetch } from "./anthropic-silence.ts";

interface AnthropicOptions {
  apiKey: string;
  baseUrl: string;
  log: Log;
  now: () => number;
  /** How long one answer is waited for in all, across tries. */
  patienceMs?: number;
  /** How late an answer is before people are told until when it is tried. */
  tellAfterMs?: number;
  /** How long a connection may bring nothing. */
  silentMs?: number;
}

/** A stream begins at once and is kept awake by pings, so a silence this long means that nothing will come. */
const defaultSilentMs = 3 * 60_000;
/** Reading a prompt from the cache takes seconds. */
const warmingMs = 60_000;

/** Every model that is still served gives at least this much. */
const smallestOutputTokens = 8_192;

export function makeAnthropic(options: AnthropicOptions): ModelClient {
  const { log, now, patienceMs = claudePatienceMs, silentMs = defaultSilentMs } = options;
  const patience = { log, now, patienceMs, tellAfterMs: options.tellAfterMs ?? claudeLateMs };
  let allowedSilenceMs = silentMs;
  const bytes = new RequestBytes();
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    fetch: bytes.fetch(impatientFetch(() => allowedSilenceMs)),
    // The tries are counted here, where they can be broken off and told.
    maxRetries: 0,
    timeout: silentMs,
    // The SDK's own log would print whole requests.
    logLevel: "off",
    openTelemetry: false,
  });
  const described = new Map<string, ModelInfo>();
  const noteCache = watchCache(log);

  /** The API's own description of a model, asked for once. */
  async function describe(id: string, signal: AbortSignal): Promise<ModelInfo> {
    const known = described.get(id);
    if (known) return known;
    try {
      const info = await client.models.retrieve(id, {}, { signal });
      described.set(id, info);
      return info;
    } catch (error) {
      if (error instanceof NotFoundError) throw new Failed("model-unknown", id, error);
      throw error;
    }
  }

  /** What a model takes: by the table, or else as the API describes it. */
  async function traitsOf(id: string, signal: AbortSignal): Promise<Traits> {
    const model = modelOf(id);
    if (model) return { ...model, efforts };
    const { capabilities, max_tokens } = await describe(id, signal);
    return {
      id,
      maxOutputTokens: max_tokens ?? smallestOutputTokens,
      thinking: capabilities?.thinking.types.adaptive.supported ? "adaptive" : "none",
      efforts: efforts.filter((effort) => capabilities?.effort[effort]?.supported),
    };
  }

  async function ask(request: ModelRequest, leftMs: number): Promise<Message> {
    const { signal } = request;
    const body = bodyOf(request, await traitsOf(request.model, signal));
    allowedSilenceMs = Math.min(silentMs, leftMs);
    const stream = bytes.sending(body, true, (stub) =>
      client.messages.stream(stub, { signal, timeout: allowedSilenceMs }),
    );
    let isWhole = false;
    stream.on("streamEvent", ({ type }) => {
      isWhole ||= type === "message_stop";
    });
    const message = await stream.finalMessage();
    // A connection that ends cleanly in the middle looks like an end to the SDK.
    if (!isWhole) throw new AnthropicError("the answer broke off");
    log.debug("Claude answered", {
      requestId: stream.request_id,
      stop: message.stop_reason,
      limits: rateHeaders(stream.response?.headers),
    });
    return message;
  }

  return {
    nameOf: (model, signal, onWait) =>
      patiently(patience, { signal, onWait }, async () => (await describe(model, signal)).display_name),
    answer: (request) =>
      patiently(
        patience,
        request,
        async (leftMs) => {
          const answer = answerOf(await ask(request, leftMs));
          noteCache(request, answer.usage);
          return answer;
        },
        () => tooLongAnswer,
      ),
    async warm(request) {
      const { signal } = request;
      try {
        const body = bodyOf(request, await traitsOf(request.model, signal));
        // No token of an answer is asked for, which the API documents for filling the cache ahead of time.
        const message = await bytes.sending({ ...body, max_tokens: 0 }, false, (stub) =>
          client.messages.create(stub, { signal, timeout: warmingMs }),
        );
        const usage = usageOf(message);
        log.info("The prompt cache was kept warm", { ...usage });
        return usage;
      } catch (error) {
        // Nothing depends on it: at worst the next answer writes its prompt anew.
        if (!signal.aborted) log.warn("The prompt cache was not kept warm", { error });
        return undefined;
      }
    },
  };
}

function rateHeaders(headers: Headers | undefined): Record<string, string> {
  return Object.fromEntries([...(headers ?? [])].filter(([name]) => name.startsWith("anthropic-ratelimit-")));
}
