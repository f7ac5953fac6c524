// The content of a message as an app sends it: text, blocks, markdown and metadata, checked and completed.
import { type Block, problemsOfBlocks, textLength, tooMuchMarkdown, withIds } from "./blocks.ts";
import type { Context } from "./context.ts";
import { isRecord, type Json } from "./json.ts";
import { Refusal, refusalWith } from "./refusal.ts";
import type { Metadata, StoredMessage } from "./state.ts";

export interface Content {
  text: string;
  /** Undefined if the app said nothing of blocks, which leaves those of an edited message alone. */
  blocks?: Block[];
  /** Null if the app wants metadata removed. */
  metadata?: Metadata | null;
  /** Text and blocks as asked for, before ids were given. */
  asked: string;
}

/** Posted texts are cut here; Slack's page of chat.postMessage. */
const postedTextMaxCharacters = 40_000;
const markdownTextMaxCharacters = 12_000;
/** JSON of message metadata; Slack documents that there is a limit, not which. */
const metadataMaxCharacters = 10_240;

/**
 * Content of chat.postMessage, chat.update, chat.postEphemeral and response URLs.
 * `maxTextCharacters` refuses longer texts with `msg_too_long`; without it they are cut as Slack cuts posted ones.
 */
export function contentOf(
  context: Context,
  args: Json,
  limits: { maxTextCharacters?: number; boundsBlocks: boolean },
): Content {
  const markdown = args.markdown_text;
  if (typeof markdown === "string" && markdown !== "") return markdownContent(context, args, markdown);
  const text = typeof args.text === "string" ? args.text : "";
  if (limits.maxTextCharacters !== undefined && text.length > limits.maxTextCharacters) {
    throw new Refusal("msg_too_long");
  }
  if (Array.isArray(args.attachments) && args.attachments.length > 0) {
    throw new Refusal("invalid_attachments");
  }
  const blocks = blocksOf(context, args.blocks, limits.boundsBlocks);
  return {
    text: text.slice(0, postedTextMaxCharacters),
    blocks,
    metadata: metadataOf(args.metadata),
    asked: JSON.stringify([text, args.blocks ?? []]),
  };
}

/** True if there is nothing to show. */
export function isEmpty(content: Content): boolean {
  return content.text === "" && (content.blocks ?? []).length === 0;
}

/** A new message of the app with this content. */
export function appMessage(
  context: Context,
  channel: string,
  content: Content,
  more: Partial<StoredMessage> = {},
): StoredMessage {
  return {
    channel,
    ts: context.state.nextTs(),
    user: context.bot.userId,
    byBot: true,
    text: content.text,
    blocks: content.blocks ?? [],
    fileIds: [],
    reactions: [],
    asked: content.asked,
    ...(content.metadata ? { metadata: content.metadata } : {}),
    ...more,
  };
}

function markdownContent(context: Context, args: Json, markdown: string): Content {
  if (args.text || args.blocks) throw new Refusal("markdown_text_conflict");
  if (markdown.length > markdownTextMaxCharacters) throw new Refusal("msg_too_long");
  const blocks = withIds([{ type: "markdown", text: markdown }], () => context.state.id("b"));
  return {
    text: markdown,
    blocks,
    metadata: metadataOf(args.metadata),
    asked: JSON.stringify([markdown, []]),
  };
}

/** The blocks with ids, or undefined if none were given. Throws `invalid_blocks` and its relatives. */
export function blocksOf(context: Context, blocks: unknown, bounds: boolean): Block[] | undefined {
  if (blocks === undefined || blocks === null || blocks === "") return undefined;
  if (!Array.isArray(blocks)) throw new Refusal("invalid_blocks_format");
  const problems = problemsOfBlocks(blocks, "message", context.limits, "/blocks");
  if (problems.length > 0) throw refusalWith("invalid_blocks", problems);
  const isTooLong = textLength(blocks) > context.limits.messageBlocksMaxCharacters || tooMuchMarkdown(blocks);
  if (bounds && isTooLong) throw new Refusal("msg_blocks_too_long");
  return withIds(blocks, () => context.state.id("b"));
}

function metadataOf(metadata: unknown): Metadata | null | undefined {
  if (metadata === undefined || metadata === null || metadata === "") return undefined;
  if (!isRecord(metadata)) throw new Refusal("invalid_metadata_format");
  if (Object.keys(metadata).length === 0) return null;
  const { event_type, event_payload } = metadata;
  if (typeof event_type !== "string" || event_type === "" || !isRecord(event_payload)) {
    throw new Refusal("invalid_metadata_schema");
  }
  if (JSON.stringify(metadata).length > metadataMaxCharacters) throw new Refusal("metadata_too_large");
  return { event_type, event_payload };
}
