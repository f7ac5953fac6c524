// What Claude's API answered, in Cody's words.
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import { noUsage, type Usage } from "@cody/core/models.ts";
import type { ModelAnswer } from "@cody/core/ports/model.ts";

/** The conversation was refused for its length, so nothing was answered and nothing billed. */
export const tooLongAnswer: ModelAnswer = {
  content: [],
  text: "",
  calls: [],
  stop: "window",
  usage: noUsage,
};

export function answerOf(message: Message): ModelAnswer {
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

export function usageOf({ usage }: Message): Usage {
  return {
    inputTokens: usage.input_tokens,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
    cacheWrite1hTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    outputTokens: usage.output_tokens,
  };
}
