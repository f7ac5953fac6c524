// The messages of a conversation, as far as the loop has to know them; answers of the model are kept as they came.
import * as z from "zod";

export interface TextBlock {
  type: "text";
  text: string;
}

export interface ResultBlock {
  type: "tool_result";
  tool_use_id: string;
  content: string;
  is_error?: boolean;
}

export interface Message {
  role: "user" | "assistant";
  content: readonly unknown[];
}

const messageSchema = z.object({ role: z.enum(["user", "assistant"]), content: z.array(z.unknown()) });

/** Messages as they were stored. Throws where they are no messages. */
export function parseMessages(stored: readonly unknown[]): Message[] {
  return stored.map((message) => messageSchema.parse(message));
}

export function userText(text: string): Message {
  return { role: "user", content: [{ type: "text", text } satisfies TextBlock] };
}

/** Results first, then words: the API takes no other order. */
export function userResults(results: readonly ResultBlock[], words: readonly string[] = []): Message {
  const texts = words.map((text): TextBlock => ({ type: "text", text }));
  return { role: "user", content: [...results, ...texts] };
}

/** Several passages as one message. */
export function userWords(words: readonly string[]): Message {
  return userResults([], words);
}

/** The same messages with words at the end of the last one, which has to be the user's. */
export function withWords(messages: readonly Message[], words: readonly string[]): Message[] {
  const last = messages.at(-1);
  if (!last || words.length === 0) return [...messages];
  const texts = words.map((text): TextBlock => ({ type: "text", text }));
  return [...messages.slice(0, -1), { ...last, content: [...last.content, ...texts] }];
}

export function resultBlock(id: string, text: string, isError: boolean): ResultBlock {
  return {
    type: "tool_result",
    tool_use_id: id,
    content: text,
    ...(isError ? { is_error: true } : {}),
  };
}

const callSchema = z.object({
  type: z.literal("tool_use"),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
});
export type Call = Pick<z.infer<typeof callSchema>, "id" | "name" | "input">;

/** The tool calls of a message. */
export function callsIn(message: Message): Call[] {
  return message.content.flatMap((block) => {
    const parsed = callSchema.safeParse(block);
    return parsed.success ? [parsed.data] : [];
  });
}

const resultSchema = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.string(),
});

/** The tool results of a message, by the id of their call. */
export function resultsIn(message: Message): Map<string, string> {
  return new Map(
    message.content.flatMap((block) => {
      const parsed = resultSchema.safeParse(block);
      return parsed.success ? [[parsed.data.tool_use_id, parsed.data.content] as const] : [];
    }),
  );
}

const textSchema = z.object({ type: z.literal("text"), text: z.string() });

/** What messages say in plain text, without the results of tools: of users', what Cody itself put there. */
export function textsIn(messages: readonly Message[], role: Message["role"]): string[] {
  return messages
    .filter((message) => message.role === role)
    .flatMap(({ content }) =>
      content.flatMap((block) => {
        const parsed = textSchema.safeParse(block);
        return parsed.success ? [parsed.data.text] : [];
      }),
    );
}
