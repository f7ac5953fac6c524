// Claude through Anthropic's SDK: streamed answers, patience with a busy service, none with a wrong request.
import Anthropic, { AnthropicError, NotFoundError } from "@anthropic-ai/sdk";
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import type { ModelInfo } from "@anthropic-ai/sdk/resources/models";
import { Failed } from "@cody/core/failure.ts";
import type { Log } from "@cody/core/log.ts";
import { efforts, modelOf, type Usage } from "@cody/core/models.ts";
import type { ModelAnswer, ModelClient } from "@cody/core/ports.ts";
import { backoffMs, pause } from "../backoff.ts";
import { judge } from "./anthropic-errors.ts";
import { bodyOf, type Traits } from "./anthropic-request.ts";

interface AnthropicOptions {
  apiKey: string;
  baseUrl: string;
  log: Log;
  now: () => number;
  /** How long one answer is waited for in all, across tries. */
  patienceMs?: number;
}

/** The service's troubles last minutes; what takes longer is told, and tried again by a person. */
const defaultPatienceMs = 15 * 60_000;

/** A stream begins at once and is kept awake by pings, so a silence this long means that nothing will come. */
const silentMs = 5 * 60_000;

/** Every model that is still served gives at least this much. */
const smallestOutputTokens = 8_192;

export function makeAnthropic(options: AnthropicOptions): ModelClient {
  const { log, now, patienceMs = defaultPatienceMs } = options;
  const client = new Anthropic({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    // The tries are counted here, where they can be broken off and told.
    maxRetries: 0,
    timeout: silentMs,
    // The SDK's own log would print whole requests.
    logLevel: "off",
    openTelemetry: false,
  });
  const described = new Map<string, ModelInfo>();

  /** Tries `call` until it succeeds, cannot succeed, or patience ends. */
  async function patiently<T>(
    call: () => Promise<T>,
    { signal, onWait }: { signal: AbortSignal; onWait?: (why: string) => void },
  ): Promise<T> {
    const giveUpAt = now() + patienceMs;
    for (let tries = 1; ; tries += 1) {
      try {
        return await call();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof AnthropicError)) throw error;
        const verdict = judge(error);
        log.warn("A call to Claude failed", { error, tries, again: verdict.again });
        if (!verdict.again) throw verdict.failed;
        const waitMs = Math.max(verdict.waitMs ?? 0, backoffMs(tries));
        if (now() + waitMs > giveUpAt) throw new Failed("claude-unavailable", verdict.why, error);
        onWait?.(verdict.why);
        await pause(waitMs, signal);
      }
    }
  }

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

  return {
    nameOf: (model, signal) =>
      patiently(async () => (await describe(model, signal)).display_name, { signal }),
    async answer(request) {
      const { signal } = request;
      return patiently(async () => {
        const body = bodyOf(request, await traitsOf(request.model, signal));
        const stream = client.messages.stream(body, { signal });
        const message = await stream.finalMessage();
        log.debug("Claude answered", {
          requestId: stream.request_id,
          stop: message.stop_reason,
          limits: rateHeaders(stream.response?.headers),
        });
        return answerOf(message);
      }, request);
    },
  };
}

function answerOf(message: Message): ModelAnswer {
  // What comes from a stream holds getters and hidden fields; what is stored and sent back is the plain content.
  const content = JSON.parse(JSON.stringify(message.content)) as Message["content"];
  return {
    content,
    text: content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n"),
    calls: content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    stop: stopOf(message),
    refusal: message.stop_details?.explanation ?? message.stop_details?.category ?? undefined,
    usage: usageOf(message),
  };
}

function stopOf({ stop_reason }: Message): ModelAnswer["stop"] {
  switch (stop_reason) {
    case "tool_use":
      return "tools";
    case "max_tokens":
      return "length";
    case "pause_turn":
      return "paused";
    case "refusal":
      return "refused";
    case "model_context_window_exceeded":
      return "window";
    default:
      return "end";
  }
}

function usageOf({ usage }: Message): Usage {
  return {
    inputTokens: usage.input_tokens,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
    cacheWrite1hTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    outputTokens: usage.output_tokens,
  };
}

function rateHeaders(headers: Headers | undefined): Record<string, string> {
  return Object.fromEntries([...(headers ?? [])].filter(([name]) => name.startsWith("anthropic-ratelimit-")));
}
