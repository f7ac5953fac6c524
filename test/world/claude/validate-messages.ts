// Whether the API would take a request's messages: their order, their content, and every tool call with its result.
import type { ClaudeModel } from "./models.ts";
import { asBlocks, resultBlocks } from "./prompt.ts";
import { invalid, type Refusal } from "./refusal.ts";
import type { PromptRequest, RequestBlock, RequestMessage } from "./request.ts";

type Messages = readonly RequestMessage[];

/** The first fault of the messages, in the order the API reads them. */
export function refuseMessages(
  messages: Messages,
  { system, tools }: Pick<PromptRequest, "system" | "tools">,
  model: ClaudeModel,
): Refusal | undefined {
  return (
    refuseRoles(messages, model) ??
    (Array.isArray(system)
      ? firstRefusal(system, (block, at) => refuseBlock(`system.${at}`, block))
      : undefined) ??
    firstRefusal(messages, (message, index) => refuseContent(message, `messages.${index}`)) ??
    refuseToolCalls(messages, tools !== undefined && tools.length > 0)
  );
}

function refuseRoles(messages: Messages, model: ClaudeModel): Refusal | undefined {
  if (messages[0]?.role !== "user")
    return invalid("messages.0", "The first message must have the role user.");
  for (const [index, message] of messages.entries()) {
    if (message.role !== "system") continue;
    const path = `messages.${index}.role`;
    if (!model.systemMessages) return invalid(path, "role 'system' is not supported on this model");
    if (messages[index - 1]?.role !== "user")
      return invalid(path, "A system message must follow a user message.");
    const next = messages[index + 1];
    if (next !== undefined && next.role !== "assistant")
      return invalid(path, "A system message must be the last message or come before an assistant message.");
  }
  if (messages.at(-1)?.role === "assistant")
    return invalid(
      "messages",
      "The last message must not be the assistant's: prefilling its answer is not supported.",
    );
  return undefined;
}

function refuseContent(message: RequestMessage, path: string): Refusal | undefined {
  if (message.content.length === 0) return invalid(path, "all messages must have non-empty content");
  return firstRefusal(asBlocks(message.content), (block, place) => {
    const at = `${path}.content.${place}`;
    if (block.type === "text" && message.role === "user" && (block.citations ?? []).length > 0)
      return invalid(`${at}.citations`, "Citations are not permitted on text in user messages.");
    return refuseBlock(at, block);
  });
}

function refuseBlock(path: string, block: RequestBlock): Refusal | undefined {
  if (block.type === "text") {
    if (block.text === "" && block.cache_control != null)
      return invalid(`${path}.text`, "cache_control cannot be set for empty text blocks");
    if (block.text === "") return invalid(path, "text content blocks must be non-empty");
    if (block.text.trim() === "")
      return invalid(path, "text content blocks must contain non-whitespace text");
  }
  if (block.type !== "tool_result") return undefined;
  const parts = resultBlocks(block);
  if (block.is_error === true && parts.length === 0)
    return invalid(`${path}.tool_result`, "content cannot be empty if `is_error` is true");
  return firstRefusal(parts, (part, place) => refuseBlock(`${path}.tool_result.content.${place}`, part));
}

/** Each call is answered once, at the start of the very next message, and nothing else is answered. */
function refuseToolCalls(messages: Messages, hasTools: boolean): Refusal | undefined {
  const seen = new Set<string>();
  return firstRefusal(messages, (message, index) => {
    const calls = callsOf(message);
    for (const id of calls) {
      if (seen.has(id)) return invalid(`messages.${index}`, `\`tool_use\` ids must be unique: ${id}`);
      seen.add(id);
    }
    const results = asBlocks(message.content).filter((block) => block.type === "tool_result");
    if ((calls.length > 0 || results.length > 0) && !hasTools)
      return invalid("tools", "A request whose messages call tools must define tools.");
    return (
      refuseResults(messages[index - 1], message, `messages.${index}`) ??
      refuseUnanswered(calls, messages[index + 1], `messages.${index}`)
    );
  });
}

function refuseResults(
  before: RequestMessage | undefined,
  message: RequestMessage,
  path: string,
): Refusal | undefined {
  const known = before === undefined ? [] : callsOf(before);
  const answered = new Set<string>();
  return firstRefusal(asBlocks(message.content), (block, place) => {
    if (block.type !== "tool_result") return undefined;
    const at = `${path}.content.${place}`;
    const id = block.tool_use_id;
    if (!known.includes(id))
      return invalid(
        at,
        `unexpected \`tool_use_id\` in a \`tool_result\`: the message before has no call ${id}`,
      );
    if (answered.has(id))
      return invalid(at, `each tool_use must have a single result, and ${id} has several`);
    answered.add(id);
    return undefined;
  });
}

function refuseUnanswered(
  calls: string[],
  next: RequestMessage | undefined,
  path: string,
): Refusal | undefined {
  if (calls.length === 0) return undefined;
  const blocks = next?.role === "user" ? asBlocks(next.content) : [];
  const other = blocks.findIndex((block) => block.type !== "tool_result");
  const first = other < 0 ? blocks : blocks.slice(0, other);
  const answered = first.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []));
  const open = calls.filter((id) => !answered.includes(id));
  if (open.length === 0) return undefined;
  return invalid(
    path,
    `\`tool_use\` ids were found without \`tool_result\` blocks at the start of the next message: ${open.join(", ")}`,
  );
}

function callsOf(message: RequestMessage): string[] {
  return asBlocks(message.content).flatMap((block) => (block.type === "tool_use" ? [block.id] : []));
}

function firstRefusal<Item>(
  items: readonly Item[],
  judge: (item: Item, index: number) => Refusal | undefined,
): Refusal | undefined {
  for (const [index, item] of items.entries()) {
    const refused = judge(item, index);
    if (refused !== undefined) return refused;
  }
  return undefined;
}
