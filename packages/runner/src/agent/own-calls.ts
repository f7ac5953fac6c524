// Answers the calls that are not the tool process's: the plan for the board, and the question to a person.
import type { ToolResult } from "@cody/core/ports/workspace.ts";
import type { Plan } from "@cody/core/schema.ts";
import type * as z from "zod";
import { askPerson, type Question, questionInput } from "../tools/ask-person.ts";
import { planInput, updatePlan } from "../tools/update-plan.ts";
import type { Call } from "./message.ts";

const notAlone =
  "Not asked: ask_person has to be the only call of an answer. Ask again when the others are done, if it is still needed.";

/** The question of an answer that does nothing but ask. */
export function questionOf(calls: readonly Call[]): Question | undefined {
  const [call, ...others] = calls;
  if (call?.name !== askPerson.name || others.length > 0) return undefined;
  return questionInput.safeParse(call.input).data;
}

/** The result of a call that the loop answers by itself; undefined for any other. Plans that are good go to `onPlan`. */
export function ownResult(call: Call, onPlan: (plan: Plan) => void): ToolResult | undefined {
  if (call.name === updatePlan.name) {
    const parsed = planInput.safeParse(call.input);
    if (!parsed.success) return wrong(call.name, parsed.error);
    onPlan(parsed.data.steps);
    return { text: "Shown.", isError: false };
  }
  if (call.name === askPerson.name) {
    const parsed = questionInput.safeParse(call.input);
    return parsed.success ? { text: notAlone, isError: true } : wrong(call.name, parsed.error);
  }
  return undefined;
}

function wrong(name: string, error: z.ZodError): ToolResult {
  const problems = error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`);
  return {
    text: `The input of ${name} is wrong, and nothing was done. ${problems.join("; ")}.`,
    isError: true,
  };
}
