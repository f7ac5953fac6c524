// The tool with which the agent shows its plan. The loop itself answers it: the plan goes to the board.
import { maxPlanStepChars, maxPlanSteps } from "@cody/core/limits.ts";
import * as z from "zod";
import { defineTool, ToolError } from "./define-tool.ts";

/** Names as short as they are clear: the whole plan is sent again with each change. */
export const planInput = z.object({
  steps: z
    .array(
      z.object({
        step: z.string().trim().min(1).max(maxPlanStepChars),
        status: z.enum(["open", "doing", "done"]),
      }),
    )
    .min(1)
    .max(maxPlanSteps),
});

export const updatePlan = defineTool({
  name: "update_plan",
  description:
    "Shows people your plan in few short steps; each call replaces it. One step at most is being done.",
  input: planInput,
  readOnly: true,
  doing: () => "planning",
  async run() {
    throw new ToolError("update_plan is answered elsewhere.");
  },
});
