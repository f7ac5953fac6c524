// Whether the API would take a request: its first fault as a refusal, or the request with its model and blocks.
import { type ClaudeModel, EFFORTS, findModel } from "./models.ts";
import { type Breakpoint, breakpointsOf, effortOf, type PromptBlock, promptBlocks } from "./prompt.ts";
import { invalid, type Refusal, refusal } from "./refusal.ts";
import { type CreateRequest, type PromptRequest, parseCount, parseCreate } from "./request.ts";
import { refuseMessages } from "./validate-messages.ts";
import { type IssuedThinking, refuseThinking } from "./validate-thinking.ts";
import { refuseSchema, refuseTools } from "./validate-tools.ts";

/** A request that was accepted, as the rest of the stand-in works with it. */
export interface Accepted<Request extends PromptRequest> {
  request: Request;
  model: ClaudeModel;
  blocks: PromptBlock[];
  breakpoints: Breakpoint[];
  /** All input tokens, cached or not. */
  promptTokens: number;
}

export type Verdict<Request extends PromptRequest> = { accepted: Accepted<Request> } | { refused: Refusal };

/** The SDKs refuse to wait longer than this without a stream; they reckon 128,000 tokens an hour. */
const MAX_TOKENS_WITHOUT_STREAM = Math.floor((128_000 * 10) / 60);
const MAX_BREAKPOINTS = 4;

/** Judges the body of `POST /v1/messages`. `issued` is what the stand-in remembers of the thinking it gave. */
export function judgeCreate(body: unknown, issued: IssuedThinking): Verdict<CreateRequest> {
  const parsed = parseCreate(body);
  if ("refused" in parsed) return parsed;
  return judge(parsed.request, issued, (model) => refuseAnswer(parsed.request, model));
}

/** Judges the body of `POST /v1/messages/count_tokens`. */
export function judgeCount(body: unknown, issued: IssuedThinking): Verdict<PromptRequest> {
  const parsed = parseCount(body);
  if ("refused" in parsed) return parsed;
  return judge(parsed.request, issued, () => undefined);
}

function judge<Request extends PromptRequest>(
  request: Request,
  issued: IssuedThinking,
  refuseMore: (model: ClaudeModel) => Refusal | undefined,
): Verdict<Request> {
  const model = findModel(request.model);
  if (model === undefined) return { refused: refusal("not_found_error", `model: ${request.model}`) };
  const refused =
    refuseMore(model) ??
    refuseThinkingMode(request, model) ??
    refuseFormat(request) ??
    refuseTools(request, model) ??
    refuseMessages(request.messages, request, model);
  if (refused !== undefined) return { refused };

  const blocks = promptBlocks(request, model);
  const breakpoints = breakpointsOf(request, blocks);
  const promptTokens = blocks.reduce((sum, block) => sum + block.tokens, 0);
  const refusedLater =
    refuseBreakpoints(request, blocks, breakpoints) ??
    refuseThinking(request, model, blocks, issued) ??
    (promptTokens > model.maxInputTokens
      ? invalid("", `prompt is too long: ${promptTokens} tokens > ${model.maxInputTokens} maximum`)
      : undefined);
  if (refusedLater !== undefined) return { refused: refusedLater };
  return { accepted: { request, model, blocks, breakpoints, promptTokens } };
}

/** What concerns the answer and not the prompt. */
function refuseAnswer(request: CreateRequest, model: ClaudeModel): Refusal | undefined {
  if (request.max_tokens > model.maxOutputTokens) {
    const most = `${request.max_tokens} > ${model.maxOutputTokens}`;
    return invalid(
      "max_tokens",
      `${most}, which is the maximum allowed number of output tokens for ${model.id}`,
    );
  }
  if (request.stream !== true && request.max_tokens > MAX_TOKENS_WITHOUT_STREAM)
    return invalid("max_tokens", "An answer that may take longer than 10 minutes must be streamed.");
  const { thinking } = request;
  if (thinking?.type === "enabled" && thinking.budget_tokens >= request.max_tokens)
    return invalid("", "`max_tokens` must be greater than `thinking.budget_tokens`.");
  if (request.max_tokens === 0) return refusePrewarming(request);
  return undefined;
}

/** `max_tokens: 0` fills the cache and answers nothing, so it goes with nothing that shapes an answer. */
function refusePrewarming(request: CreateRequest): Refusal | undefined {
  const choice = request.tool_choice?.type;
  if (request.stream === true) return invalid("stream", "max_tokens 0 cannot be streamed.");
  if (request.thinking?.type === "enabled")
    return invalid("thinking", "max_tokens 0 leaves nothing to think with.");
  if (request.output_config?.format != null)
    return invalid("output_config.format", "max_tokens 0 gives no output to format.");
  if (choice === "any" || choice === "tool")
    return invalid("tool_choice", "max_tokens 0 cannot be made to call a tool.");
  return undefined;
}

function refuseThinkingMode(request: PromptRequest, model: ClaudeModel): Refusal | undefined {
  const type = request.thinking?.type;
  if (type !== undefined && !model.thinking.includes(type)) {
    const instead =
      model.thinking.includes("between_tools") && type === "disabled" ? "between_tools" : "adaptive";
    return invalid(
      "",
      `"thinking.type.${type}" is not supported for this model. Use "thinking.type.${instead}" and ` +
        `"output_config.effort" to control thinking behavior.`,
    );
  }
  const asked = request.output_config?.effort;
  if (asked != null && !model.efforts.includes(asked))
    return invalid("output_config.effort", `${model.id} does not support effort "${asked}".`);
  const highest = model.thinkingOffUpTo;
  if (highest === undefined || (type !== "disabled" && type !== "between_tools")) return undefined;
  const effort = effortOf(request, model);
  if (EFFORTS.indexOf(effort) > EFFORTS.indexOf(highest))
    return invalid(
      "thinking.type",
      `"${type}" is accepted up to effort "${highest}", and this is "${effort}".`,
    );
  return undefined;
}

function refuseFormat(request: PromptRequest): Refusal | undefined {
  const format = request.output_config?.format;
  return format == null ? undefined : refuseSchema("output_config.format.schema", format.schema);
}

function refuseBreakpoints(
  request: PromptRequest,
  blocks: readonly PromptBlock[],
  breakpoints: readonly Breakpoint[],
): Refusal | undefined {
  const own = breakpoints.find((point) => point.automatic);
  const clash = breakpoints.find((point) => !point.automatic && point.index === own?.index);
  if (own !== undefined && clash !== undefined) {
    const place = blocks[own.index]?.path ?? "";
    return invalid(
      "cache_control",
      `ttl ${own.ttl} differs from ttl ${clash.ttl} on the last block, ${place}.`,
    );
  }
  const found = countMarks(request) + (own === undefined ? 0 : 1);
  if (found > MAX_BREAKPOINTS)
    return invalid(
      "",
      `A maximum of ${MAX_BREAKPOINTS} blocks with cache_control may be provided. Found ${found}.`,
    );
  for (const [place, point] of breakpoints.entries()) {
    if (point.ttl !== "1h" || !breakpoints.slice(0, place).some((earlier) => earlier.ttl === "5m")) continue;
    const path = point.automatic ? "cache_control.ttl" : `${blocks[point.index]?.path}.cache_control.ttl`;
    return invalid(
      path,
      "A ttl of 1h must not come after a ttl of 5m; the order is tools, system, messages.",
    );
  }
  return undefined;
}

/** Every marker counts, also several within one tool result. */
function countMarks(request: PromptRequest): number {
  const count = (value: unknown): number => {
    if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + count(each), 0);
    if (typeof value !== "object" || value === null) return 0;
    const own = "cache_control" in value && value.cache_control != null ? 1 : 0;
    return own + ("content" in value ? count(value.content) : 0);
  };
  return count(request.tools) + count(request.system) + count(request.messages);
}
