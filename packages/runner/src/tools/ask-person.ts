// The tool that asks a person. The loop itself answers it: the round waits without a machine until somebody has chosen.
import { maxOptionChars, maxQuestionOptions } from "@cody/core/limits.ts";
import * as z from "zod";
import { defineTool, ToolError } from "./define-tool.ts";

/** What one message in Slack shows without being cut. */
const maxQuestionChars = 1_500;

export const questionInput = z.object({
  question: z
    .string()
    .trim()
    .min(1)
    .max(maxQuestionChars)
    .describe("with all that somebody needs who does not see the code"),
  options: z.array(z.string().trim().min(1).max(maxOptionChars)).min(2).max(maxQuestionOptions),
});
export type Question = z.infer<typeof questionInput>;

export const askPerson = defineTool({
  name: "ask_person",
  description:
    "Asks people in Slack one question, as the only call of your answer. It can take hours; the machine is given back meanwhile, so what git ignores is lost. People may answer in other words than your options.",
  input: questionInput,
  readOnly: true,
  doing: () => "asking a question",
  async run() {
    throw new ToolError("ask_person is answered elsewhere.");
  },
});
