// The script that plays the model: what it is shown of a conversation, and what it may answer.
import type { MessageParam, RefusalStopDetails, StopReason } from "@anthropic-ai/sdk/resources/messages";
import { asBlocks, resultBlocks } from "./prompt.ts";
import type { PromptRequest } from "./request.ts";

/** What the scripted model does next. `conversation` is what it was sent. A throw is answered with a 400 that quotes it. */
export type Script = (conversation: Conversation) => Reply;

/** One answer of the model. */
export interface Reply {
  /** Goes into a thinking block where the request has the model think; empty unless it asks for `display: "summarized"`. */
  thinking?: string;
  /**
   * The answer's text. Beside `calls`, the newer models return it as a second thinking block (the same `display` holds).
   */
  text?: string;
  /** Tool calls, in order. An input must be a JSON object. */
  calls?: { name: string; input: unknown }[];
  /** Default: `tool_use` with calls, else `end_turn`. `max_tokens` with calls cuts the last call's input in half. */
  stop?: StopReason;
  /** The category of a `refusal`. */
  category?: RefusalStopDetails["category"];
  /** Default: counted from the content, by the same rule as the input. */
  outputTokens?: number;
}

/** What the model was sent, in the words scripts are written with. */
export interface Conversation {
  model: string;
  system: string;
  tools: { name: string; description: string; input_schema: unknown }[];
  messages: MessageParam[];
  /** All text of the first message. */
  firstText: string;
  /** Assistant messages so far. */
  turn: number;
  /** All tool results so far, in order. */
  results: { name: string; input: unknown; text: string; isError: boolean }[];
}

/** A script that plays fixed steps in order, chosen by the assistant-turn number. It throws when they are used up. */
export function steps(...replies: (Reply | ((conversation: Conversation) => Reply))[]): Script {
  return (conversation) => {
    const step = replies[conversation.turn];
    if (step === undefined)
      throw new Error(
        `the script has ${replies.length} steps and was asked for step ${conversation.turn + 1}`,
      );
    return typeof step === "function" ? step(conversation) : step;
  };
}

/** The request as a script sees it. */
export function conversationOf(request: PromptRequest): Conversation {
  const calls = new Map<string, { name: string; input: unknown }>();
  const results: Conversation["results"] = [];
  for (const message of request.messages) {
    for (const block of asBlocks(message.content)) {
      if (block.type === "tool_use") calls.set(block.id, { name: block.name, input: block.input });
      if (block.type !== "tool_result") continue;
      const { name = "", input } = calls.get(block.tool_use_id) ?? {};
      results.push({ name, input, text: textOf(resultBlocks(block)), isError: block.is_error === true });
    }
  }
  return {
    model: request.model,
    system: textOf(asBlocks(request.system ?? [])),
    tools: (request.tools ?? []).map((tool) => ({
      name: tool.name,
      description: "description" in tool ? (tool.description ?? "") : "",
      input_schema: "input_schema" in tool ? tool.input_schema : {},
    })),
    messages: request.messages as MessageParam[],
    firstText: textOf(asBlocks(request.messages[0]?.content ?? [])),
    turn: request.messages.filter((message) => message.role === "assistant").length,
    results,
  };
}

function textOf(blocks: readonly { type: string; text?: string }[]): string {
  return blocks
    .flatMap((block) => (block.type === "text" && block.text !== undefined ? [block.text] : []))
    .join("\n");
}
