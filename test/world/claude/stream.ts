// The server-sent events of a message, in the order and the pieces the API streams them.
import type { ContentBlock, Message, RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import type { Composed, Part } from "./reply.ts";

/** One event: `event: <type>` and `data: <JSON>` with the same type. */
export type StreamEvent = RawMessageStreamEvent | { type: "ping" };

const MIN_PIECE_CHARACTERS = 12;
const MAX_PIECES = 8;

/** Every event of a message, with a ping after the start as the API sends it. */
export function streamEvents({ message, parts }: Composed): StreamEvent[] {
  return [startOf(message), { type: "ping" }, ...parts.flatMap(blockEvents), ...endOf(message)];
}

/** An event as it goes over the wire. */
export function eventText(event: { type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function startOf(message: Message): StreamEvent {
  const usage = { ...message.usage, output_tokens: Math.min(1, message.usage.output_tokens) };
  return {
    type: "message_start",
    message: { ...message, content: [], stop_reason: null, stop_sequence: null, stop_details: null, usage },
  };
}

function endOf({ usage, stop_reason, stop_sequence, stop_details, container }: Message): StreamEvent[] {
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens } = usage;
  const { output_tokens, output_tokens_details, server_tool_use } = usage;
  return [
    {
      type: "message_delta",
      delta: { stop_reason, stop_sequence, stop_details, container },
      usage: {
        input_tokens,
        cache_creation_input_tokens,
        cache_read_input_tokens,
        output_tokens,
        output_tokens_details,
        server_tool_use,
      },
    },
    { type: "message_stop" },
  ];
}

function blockEvents(part: Part, index: number): StreamEvent[] {
  return [
    { type: "content_block_start", index, content_block: emptied(part.block) },
    ...deltas(part, index),
    { type: "content_block_stop", index },
  ];
}

function emptied(block: ContentBlock): ContentBlock {
  if (block.type === "text") return { ...block, text: "" };
  if (block.type === "thinking") return { ...block, thinking: "", signature: "" };
  return block.type === "tool_use" ? { ...block, input: {} } : block;
}

function deltas({ block, inputJson }: Part, index: number): StreamEvent[] {
  if (block.type === "text")
    return piecesOf(block.text).map((text) => ({
      type: "content_block_delta",
      index,
      delta: { type: "text_delta", text },
    }));
  if (block.type === "thinking")
    return [
      ...piecesOf(block.thinking).map(
        (thinking): StreamEvent => ({
          type: "content_block_delta",
          index,
          delta: { type: "thinking_delta", thinking },
        }),
      ),
      { type: "content_block_delta", index, delta: { type: "signature_delta", signature: block.signature } },
    ];
  // The API opens a tool's input with an empty piece.
  return ["", ...piecesOf(inputJson ?? "")].map((partial_json) => ({
    type: "content_block_delta",
    index,
    delta: { type: "input_json_delta", partial_json },
  }));
}

/** A text in up to eight pieces, never within a character. */
function piecesOf(text: string): string[] {
  const length = Math.max(MIN_PIECE_CHARACTERS, Math.ceil(text.length / MAX_PIECES));
  const pieces: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + length);
    if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end += 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}
