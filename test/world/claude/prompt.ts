// A request as the model reads it: one list of blocks (tools, system, messages), each with its tokens and prefix.
import { createHash } from "node:crypto";
import type { ClaudeModel, Effort } from "./models.ts";
import type { CacheControl, PromptRequest, RequestBlock, RequestTool } from "./request.ts";
import { signedBy } from "./thinking.ts";

type Tier = "tools" | "system" | "messages";
export type Ttl = "5m" | "1h";

export interface PromptBlock {
  tier: Tier;
  /** Where it stands in the request, as the API's errors name it. */
  path: string;
  tokens: number;
  /** Hash of everything up to and including this block, without cache markers. */
  prefix: string;
  /** A breakpoint stands on this block itself. */
  marked?: Ttl;
  /** Automatic caching may put its breakpoint here. */
  cacheable: boolean;
  /** The thinking block itself, for the check of its signature. */
  thinking?: { thinking: string; signature: string };
}

/** The prefix before the first block. */
export const EMPTY_PREFIX = "";

/**
 * The tokens of a text: its UTF-8 bytes through four, rounded up. The real tokenizer is not public; this rule is
 * stable, so that costs can be compared, and near enough for English and code.
 */
export function tokensOf(text: string): number {
  return Math.ceil(Buffer.byteLength(text, "utf8") / 4);
}

/** An image costs this whatever its size (the API: width × height / 750, at most about 1,600). */
const IMAGE_TOKENS = 1600;

/** Extends a prefix by one more block. */
export function extendPrefix(prefix: string, key: string): string {
  return createHash("sha256").update(prefix).update("\0").update(key).digest("base64url").slice(0, 27);
}

/** What distinguishes a block for the model: optional fields at their defaults and cache markers make no difference. */
export function blockKey(role: string, block: RequestBlock): string {
  return JSON.stringify([role, block.type, ...essence(block)]);
}

function essence(block: RequestBlock): unknown[] {
  switch (block.type) {
    case "text":
      return [block.text];
    case "thinking":
      return [block.thinking, block.signature];
    case "redacted_thinking":
      return [block.data];
    case "tool_use":
      return [block.id, block.name, block.input];
    case "tool_result":
      return [block.tool_use_id, block.is_error === true, resultBlocks(block).map(essence)];
    case "image":
      return [block.source];
    case "document":
      return [block.source, block.title ?? null, block.context ?? null, block.citations?.enabled === true];
  }
}

type ToolResult = Extract<RequestBlock, { type: "tool_result" }>;

/** The content of a tool result as blocks: a string is one text block, an empty one none. */
export function resultBlocks(
  result: ToolResult,
): Extract<RequestBlock, { type: "text" | "image" | "document" }>[] {
  if (typeof result.content !== "string") return result.content ?? [];
  return result.content === "" ? [] : [{ type: "text", text: result.content }];
}

/** Tokens of one block by the rule of `tokensOf`, counted over its text, or the JSON of its name and input. */
function blockTokens(block: RequestBlock): number {
  switch (block.type) {
    case "text":
      return tokensOf(block.text);
    case "thinking":
      return signedBy(block.signature)?.tokens ?? tokensOf(block.thinking);
    case "redacted_thinking":
      return tokensOf(block.data);
    case "tool_use":
      return tokensOf(block.name + JSON.stringify(block.input));
    case "tool_result":
      return resultBlocks(block).reduce((sum, part) => sum + blockTokens(part), 0);
    case "image":
      return IMAGE_TOKENS;
    case "document":
      return tokensOf(block.source.type === "url" ? block.source.url : block.source.data);
  }
}

/** The text blocks of a content that may be a string. */
export function asBlocks(content: string | readonly RequestBlock[]): readonly RequestBlock[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

/** All blocks in the order the model reads them. Thinking of another model is left out, as the API drops it. */
export function promptBlocks(request: PromptRequest, model: ClaudeModel): PromptBlock[] {
  const blocks: PromptBlock[] = [];
  const add = (block: Omit<PromptBlock, "prefix">, key: string) => {
    blocks.push({ ...block, prefix: extendPrefix(blocks.at(-1)?.prefix ?? EMPTY_PREFIX, key) });
  };
  for (const [index, tool] of (request.tools ?? []).entries()) {
    const json = toolJson(tool);
    const path = `tools.${index}`;
    add(
      { tier: "tools", path, tokens: tokensOf(json), cacheable: true, marked: ttlOf(tool.cache_control) },
      json,
    );
  }
  if (request.system !== undefined && request.system !== "") {
    for (const [index, block] of asBlocks(request.system).entries())
      add(promptBlock("system", `system.${index}`, block), blockKey("system", block));
  }
  for (const [index, message] of request.messages.entries()) {
    for (const [place, block] of asBlocks(message.content).entries()) {
      if (block.type === "thinking" && isForeign(block.signature, model)) continue;
      add(
        promptBlock("messages", `messages.${index}.content.${place}`, block),
        blockKey(message.role, block),
      );
    }
  }
  return blocks;
}

function promptBlock(tier: Tier, path: string, block: RequestBlock): Omit<PromptBlock, "prefix"> {
  const isThinking = block.type === "thinking" || block.type === "redacted_thinking";
  return {
    tier,
    path,
    tokens: blockTokens(block),
    cacheable: !isThinking,
    marked: isThinking ? undefined : markOf(block),
    ...(block.type === "thinking" ? { thinking: block } : {}),
  };
}

function isForeign(signature: string, model: ClaudeModel): boolean {
  const signed = signedBy(signature);
  return signed !== undefined && signed.model !== model.id;
}

function toolJson(tool: RequestTool): string {
  return JSON.stringify({ ...tool, cache_control: undefined });
}

/** A marker on a part of a tool result's content ends the prefix at that tool result. */
function markOf(block: Exclude<RequestBlock, { type: "thinking" | "redacted_thinking" }>): Ttl | undefined {
  const own = ttlOf(block.cache_control);
  if (own !== undefined || block.type !== "tool_result") return own;
  return resultBlocks(block)
    .map((part) => ttlOf(part.cache_control))
    .findLast((ttl) => ttl !== undefined);
}

function ttlOf(control: CacheControl): Ttl | undefined {
  return control == null ? undefined : (control.ttl ?? "5m");
}

/** Where the prefix ends that the cache is asked for. */
export interface Breakpoint {
  /** Index into the blocks. */
  index: number;
  ttl: Ttl;
  automatic: boolean;
}

/** The breakpoints of a request in the order of its blocks, the automatic one (`cache_control` at the top) included. */
export function breakpointsOf(request: PromptRequest, blocks: readonly PromptBlock[]): Breakpoint[] {
  const points = blocks.flatMap(({ marked }, index) =>
    marked === undefined ? [] : [{ index, ttl: marked, automatic: false }],
  );
  const ttl = ttlOf(request.cache_control);
  if (ttl === undefined) return points;
  const last = blocks.findLastIndex((block) => block.cacheable);
  const standing = points.find((point) => point.index === last);
  // Beside a marker of the same TTL automatic caching does nothing; of another TTL it is refused.
  if (last < 0 || standing?.ttl === ttl) return points;
  return [...points, { index: last, ttl, automatic: true }].sort((one, other) => one.index - other.index);
}

/** How the request asks the model to think: `off` where it does not. */
export function thinkingMode(request: PromptRequest, model: ClaudeModel): "on" | "between_tools" | "off" {
  switch (request.thinking?.type) {
    case undefined:
      return model.thinksByDefault ? "on" : "off";
    case "disabled":
      return "off";
    case "between_tools":
      return "between_tools";
    default:
      return "on";
  }
}

/** The effort in force: naming the default is the same as leaving it out. */
export function effortOf(request: PromptRequest, model: ClaudeModel): Effort {
  return request.output_config?.effort ?? model.defaultEffort;
}

/** What besides the blocks decides whether cached messages can be read: tool choice, thinking and effort. */
export function messageParameters(request: PromptRequest, model: ClaudeModel): string {
  const choice = request.tool_choice ?? { type: "auto" };
  return JSON.stringify([choice, thinkingMode(request, model), effortOf(request, model)]);
}
