// Turns a script's reply into the message the API would give: thinking by the model's rules, signatures, ids, usage.
import { randomBytes } from "node:crypto";
import type { ContentBlock, Message, StopReason, Usage } from "@anthropic-ai/sdk/resources/messages";
import type { InputUsage } from "./cache.ts";
import { blockKey, EMPTY_PREFIX, extendPrefix, thinkingMode, tokensOf } from "./prompt.ts";
import type { CreateRequest, RequestBlock } from "./request.ts";
import type { Reply } from "./script.ts";
import { sign } from "./thinking.ts";
import type { Accepted } from "./validate.ts";

/** A block of the answer, and for a tool call the JSON that is streamed, which may be cut. */
export interface Part {
  block: ContentBlock;
  inputJson?: string;
  tokens: number;
}

export interface Composed {
  message: Message;
  parts: Part[];
}

const THINKING_DELIMITER_TOKENS = 2;
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** An id as the API gives them: a prefix and 24 letters or digits. */
export function newId(prefix: string): string {
  return `${prefix}_01${randomBytes(11).toString("hex")}`;
}

/** The answer to an accepted request. Throws where the script asks for what no model could answer here. */
export function compose(reply: Reply, accepted: Accepted<CreateRequest>, input: InputUsage): Composed {
  checkReply(reply, accepted.request);
  const { parts, isCut } = cutAt(accepted.request.max_tokens, draft(reply, accepted));
  const stop = isCut ? "max_tokens" : (reply.stop ?? (reply.calls?.length ? "tool_use" : "end_turn"));
  const last = parts.at(-1);
  if (stop === "max_tokens" && !isCut && last?.inputJson !== undefined)
    cutInput(last, last.inputJson.length / 2);
  const counted = parts.reduce((sum, part) => sum + part.tokens, 0);
  const output = Math.min(Math.max(1, reply.outputTokens ?? counted), accepted.request.max_tokens);
  const thinking = parts.reduce((sum, part) => sum + (part.block.type === "thinking" ? part.tokens : 0), 0);
  return { message: messageOf(accepted, reply, parts, stop, usageOf(input, output, thinking)), parts };
}

/** The answer to `max_tokens: 0`: the cache is filled and nothing is said. */
export function composeNothing(accepted: Accepted<CreateRequest>, input: InputUsage): Composed {
  return { message: messageOf(accepted, {}, [], "max_tokens", usageOf(input, 0, 0)), parts: [] };
}

function checkReply(reply: Reply, request: CreateRequest): void {
  const calls = reply.calls ?? [];
  if (calls.length > 0 && (!request.tools?.length || request.tool_choice?.type === "none"))
    throw new Error(`it calls ${calls[0]?.name}, and the request offers no tools`);
  if (calls.length > 0 && reply.stop === "end_turn")
    throw new Error("it calls tools and stops with end_turn");
  if (calls.length === 0 && reply.stop === "tool_use")
    throw new Error("it stops with tool_use and calls no tool");
  const { tool_choice: choice } = request;
  if (calls.length > 1 && choice !== undefined && "disable_parallel_tool_use" in choice) {
    if (choice.disable_parallel_tool_use === true)
      throw new Error("it calls several tools, and the request disables parallel tool use");
  }
  for (const { name, input } of calls) {
    if (!NAME.test(name)) throw new Error(`"${name}" is no tool name`);
    if (typeof input !== "object" || input === null || Array.isArray(input))
      throw new Error(`the input of ${name} is no JSON object`);
  }
  if (reply.stop === "stop_sequence" && !request.stop_sequences?.length)
    throw new Error("it stops with stop_sequence, and the request has none");
  if (request.output_config?.format != null && calls.length === 0 && reply.stop === undefined)
    JSON.parse(reply.text ?? "");
}

function draft(reply: Reply, { request, model, blocks }: Accepted<CreateRequest>): Part[] {
  const mode = thinkingMode(request, model);
  const display =
    (request.thinking && "display" in request.thinking && request.thinking.display) || model.display;
  const parts: Part[] = [];
  let prefix = blocks.at(-1)?.prefix ?? EMPTY_PREFIX;
  const add = (part: Part) => {
    prefix = extendPrefix(prefix, blockKey("assistant", part.block as RequestBlock));
    parts.push(part);
  };
  const think = (text: string, isShown: boolean) => {
    const tokens = tokensOf(text) + THINKING_DELIMITER_TOKENS;
    const thinking = isShown ? text : "";
    const signature = sign({ model: model.id, prefix, thinking, tokens });
    add({ block: { type: "thinking", thinking, signature }, tokens });
  };

  // A model that cannot be told not to think begins every answer with a thinking block.
  const alwaysThinks = model.thinksByDefault && !model.thinking.some((type) => type !== "adaptive");
  if (mode === "on" && (reply.thinking !== undefined || alwaysThinks))
    think(reply.thinking ?? "", display === "summarized");
  const calls = reply.calls ?? [];
  if (reply.text !== undefined && reply.text !== "") {
    if (calls.length > 0 && model.narratesInThinking && mode !== "off")
      think(reply.text, mode === "between_tools" || display === "summarized");
    else add({ block: { type: "text", text: reply.text, citations: null }, tokens: tokensOf(reply.text) });
  }
  for (const { name, input } of calls) {
    const inputJson = JSON.stringify(input);
    add({
      block: {
        type: "tool_use",
        id: newId("toolu"),
        name,
        input: JSON.parse(inputJson),
        caller: { type: "direct" },
      },
      inputJson,
      tokens: tokensOf(name + inputJson),
    });
  }
  return parts;
}

/** Cuts the answer where `max_tokens` ends it. */
function cutAt(maxTokens: number, parts: Part[]): { parts: Part[]; isCut: boolean } {
  let left = maxTokens;
  for (const [index, part] of parts.entries()) {
    if (part.tokens <= left) {
      left -= part.tokens;
      continue;
    }
    const kept = parts.slice(0, index);
    if (left === 0) return { parts: kept, isCut: true };
    if (part.inputJson !== undefined) cutInput(part, left * 4);
    else if (part.block.type === "text")
      part.block = { ...part.block, text: part.block.text.slice(0, left * 4) };
    part.tokens = left;
    return { parts: [...kept, part], isCut: true };
  }
  return { parts, isCut: false };
}

function cutInput(part: Part, characters: number): void {
  part.inputJson = part.inputJson?.slice(0, Math.floor(characters));
  if (part.block.type === "tool_use") part.block = { ...part.block, input: {} };
}

function usageOf(input: InputUsage, output: number, thinking: number): Usage {
  return {
    ...input,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: Math.min(thinking, output) },
    inference_geo: "global",
    server_tool_use: null,
    service_tier: "standard",
    speed: "standard",
  };
}

function messageOf(
  { request, model }: Accepted<CreateRequest>,
  reply: Reply,
  parts: Part[],
  stop: StopReason,
  usage: Usage,
): Message {
  return {
    id: newId("msg"),
    type: "message",
    role: "assistant",
    model: model.id,
    content: parts.map((part) => part.block),
    stop_reason: stop,
    stop_sequence: stop === "stop_sequence" ? (request.stop_sequences?.[0] ?? null) : null,
    stop_details:
      stop === "refusal" ? { type: "refusal", category: reply.category ?? null, explanation: null } : null,
    container: null,
    diagnostics: null,
    usage,
  };
}
