// Whether thinking blocks came back as they were given: unchanged, complete, and after exactly what they followed.
import type { ClaudeModel } from "./models.ts";
import { asBlocks, EMPTY_PREFIX, type PromptBlock, thinkingMode } from "./prompt.ts";
import { invalid, type Refusal } from "./refusal.ts";
import type { PromptRequest } from "./request.ts";
import { isUnchanged, signedBy } from "./thinking.ts";

/** For each `tool_use` id given: the signatures of the thinking blocks in the same answer, in their order. */
export type IssuedThinking = ReadonlyMap<string, readonly string[]>;

/** The first thinking block that is not as it was, or that is missing from the answer being continued. */
export function refuseThinking(
  request: PromptRequest,
  model: ClaudeModel,
  blocks: readonly PromptBlock[],
  issued: IssuedThinking,
): Refusal | undefined {
  for (const [index, { path, thinking }] of blocks.entries()) {
    if (thinking === undefined) continue;
    const signed = signedBy(thinking.signature);
    if (signed === undefined) return invalid(path, "Invalid `signature` in `thinking` block");
    if (!isUnchanged(signed, thinking.thinking)) return modified(path);
    const before = blocks[index - 1]?.prefix ?? EMPTY_PREFIX;
    if (model.bindsThinking && signed.prefix !== before)
      return invalid(
        path,
        "Invalid `signature` in `thinking` block. The block is bound to a different conversation: " +
          "system, tools or a message before it changed since it was written.",
      );
  }
  return refuseRedacted(request) ?? refuseRemoved(request, model, issued);
}

/** This stand-in never redacts thinking, so such a block cannot be its own. */
function refuseRedacted(request: PromptRequest): Refusal | undefined {
  for (const [index, message] of request.messages.entries()) {
    const place = asBlocks(message.content).findIndex((block) => block.type === "redacted_thinking");
    if (place >= 0)
      return invalid(`messages.${index}.content.${place}`, "Invalid `data` in `redacted_thinking` block");
  }
  return undefined;
}

/** An answer whose tool calls are being continued must still have all the thinking it came with. */
function refuseRemoved(
  request: PromptRequest,
  model: ClaudeModel,
  issued: IssuedThinking,
): Refusal | undefined {
  if (thinkingMode(request, model) === "off") return undefined;
  const index = request.messages.findLastIndex((message) => message.role === "assistant");
  const content = asBlocks(request.messages[index]?.content ?? []);
  const call = content.find((block) => block.type === "tool_use");
  const given = call === undefined ? [] : (issued.get(call.id) ?? []);
  const readable = given.filter((signature) => signedBy(signature)?.model === model.id);
  const returned = content.flatMap((block) => (block.type === "thinking" ? [block.signature] : []));
  const missing = readable.findIndex((signature, place) => returned[place] !== signature);
  return missing < 0 ? undefined : modified(`messages.${index}.content.${missing}`);
}

function modified(path: string): Refusal {
  return invalid(
    path,
    "`thinking` or `redacted_thinking` blocks cannot be modified. They must remain as they were in the original response.",
  );
}
