// The body of one request to Claude: the parameters of the model, and where the prompt cache is asked for.
import type {
  ContentBlockParam,
  MessageCreateParamsNonStreaming,
  MessageParam,
} from "@anthropic-ai/sdk/resources/messages";
import type { Effort, Model } from "@cody/core/models.ts";
import type { ModelRequest } from "@cody/core/ports/model.ts";

/** What a model takes, from the table of models or from the API. */
export type Traits = Pick<Model, "id" | "maxOutputTokens" | "thinking"> & { efforts: readonly Effort[] };

/** Room for thinking and the longest file that is worth writing in one call. */
const maxAnswerTokens = 64_000;

const cached = { type: "ephemeral" } as const;

/**
 * Three breakpoints: the end of the system prompt, which all rounds share; where the previous request ended, for an
 * answer with many calls lies further back than the cache looks; and the end of this one, set by the API itself.
 */
export function bodyOf(request: ModelRequest, model: Traits): MessageCreateParamsNonStreaming {
  return {
    model: model.id,
    max_tokens: Math.min(maxAnswerTokens, model.maxOutputTokens),
    system: [{ type: "text", text: request.system, cache_control: cached }],
    tools: request.tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      input_schema: { ...inputSchema, type: "object" },
    })),
    messages: withBreakpoint(request.messages as MessageParam[]),
    cache_control: cached,
    ...(model.efforts.includes(request.effort) ? { output_config: { effort: request.effort } } : {}),
    // Without a summary nothing of what the model thinks between its calls could ever be read.
    ...(model.thinking === "adaptive" ? { thinking: { type: "adaptive", display: "summarized" } } : {}),
  };
}

/** Marks the last block of what the previous request sent, which is what stands before the newest answer. */
function withBreakpoint(messages: MessageParam[]): MessageParam[] {
  const newest = messages.findLastIndex((message) => message.role === "assistant");
  const previous = messages[newest - 1];
  if (previous?.role !== "user") return messages;
  const blocks: ContentBlockParam[] =
    typeof previous.content === "string" ? [{ type: "text", text: previous.content }] : previous.content;
  const last = blocks.at(-1);
  if (last?.type !== "text" && last?.type !== "tool_result") return messages;
  const content = [...blocks.slice(0, -1), { ...last, cache_control: cached }];
  return messages.with(newest - 1, { ...previous, content });
}
