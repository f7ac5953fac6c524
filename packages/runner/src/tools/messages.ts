// What the runner and the tool process say to each other: one JSON object a line, over stdin and stdout.
import * as z from "zod";

export const toolRequestSchema = z.object({
  id: z.int(),
  name: z.string(),
  input: z.unknown(),
  timeLeftMs: z.number(),
});
export type ToolRequest = z.infer<typeof toolRequestSchema>;

/** The answer that nobody asked for: the process is ready for calls. */
export const readyId = 0;

export const toolAnswerSchema = z.object({ id: z.int(), text: z.string(), isError: z.boolean() });
export type ToolAnswer = z.infer<typeof toolAnswerSchema>;
