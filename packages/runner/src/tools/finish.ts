// The tool that ends a round. The loop itself answers it, for only git knows what really changed.
import * as z from "zod";
import { defineTool, ToolError } from "./define-tool.ts";

export const finishInput = z.object({
  summary: z
    .string()
    .min(1)
    .describe("what you did and why, for the person who asked and for the reviewer; Markdown, short"),
  verification: z
    .string()
    .min(1)
    .describe("how you checked it and what came out, or why it could not be checked"),
  noChangeNeeded: z
    .string()
    .optional()
    .describe("only where nothing has to be changed: the evidence, what was searched and what was found"),
  reviewReplies: z
    .array(z.object({ thread: z.number().int().min(1), text: z.string().min(1) }))
    .optional()
    .describe("only where you were given conversations of a review: a short answer to each"),
});
export type FinishInput = z.infer<typeof finishInput>;

export const finish = defineTool({
  name: "finish",
  description:
    "Ends the work. The first call with changes shows them as a diff for one last look; call again when it is right.",
  input: finishInput,
  readOnly: true,
  doing: () => "looking over the changes",
  async run() {
    throw new ToolError("finish is answered elsewhere.");
  },
});
