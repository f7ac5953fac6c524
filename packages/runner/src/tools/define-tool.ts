// What a tool is: checked input, a result for the model, errors worded for the model, one rule for long results.
import type { ToolDescription } from "@cody/core/ports/model.ts";
import type { ToolResult } from "@cody/core/ports/workspace.ts";
import * as z from "zod";
import { maxResultChars, truncate } from "./truncate.ts";

/** Where and within what bounds a tool works. */
export interface ToolContext {
  /** The work tree, as a path without symbolic links. */
  root: string;
  /** A folder outside the tree for what is too long to be shown. */
  outputFolder: string;
  /** What commands are given as their whole environment. */
  environment: Record<string, string>;
  /** The user this runs as, where nothing else does: then all its processes can be ended with a command. */
  ownUser?: number;
  /** Milliseconds until the round has to be over. */
  timeLeftMs: number;
}

export interface Tool extends ToolDescription {
  /** Whether it leaves the tree as it is, so that several may run at once. */
  readOnly: boolean;
  /** What it is about to do, in a few words for the board. */
  doing(input: unknown): string;
  /** Never throws: whatever goes wrong is told to the model. */
  run(input: unknown, context: ToolContext): Promise<ToolResult>;
}

/** Thrown by a tool for what the model can mend; its message is the result. */
export class ToolError extends Error {}

interface ToolDefinition<Schema extends z.ZodObject> {
  name: string;
  description: string;
  input: Schema;
  readOnly: boolean;
  maxChars?: number;
  /** How to see what a long result leaves out. */
  more?: string;
  doing(input: z.output<Schema>): string;
  run(input: z.output<Schema>, context: ToolContext): Promise<string | ToolResult>;
}

/** Makes a tool of its definition. */
export function defineTool<Schema extends z.ZodObject>(definition: ToolDefinition<Schema>): Tool {
  const { name, description, input: schema, readOnly } = definition;
  const { maxChars = maxResultChars, more = "Ask for less at a time." } = definition;
  return {
    name,
    description,
    inputSchema: jsonSchemaOf(schema),
    readOnly,
    doing(input) {
      const parsed = schema.safeParse(input);
      return parsed.success ? definition.doing(parsed.data) : name;
    },
    async run(input, context) {
      const parsed = schema.safeParse(input);
      if (!parsed.success) return { text: wrongInput(name, parsed.error), isError: true };
      try {
        const result = await definition.run(parsed.data, context);
        const { text, isError } = typeof result === "string" ? { text: result, isError: false } : result;
        return { text: truncate(text, maxChars, more) || "(nothing)", isError };
      } catch (error) {
        return { text: truncate(wordsOf(error), maxChars, more), isError: true };
      }
    },
  };
}

function jsonSchemaOf(schema: z.ZodObject): Record<string, unknown> {
  const { $schema, ...json } = z.toJSONSchema(schema, {
    io: "input",
    // A whole number's own bounds say nothing to the model.
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return json;
}

function wrongInput(name: string, error: z.ZodError): string {
  const problems = error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`);
  return `The input of ${name} is wrong, and nothing was done. ${problems.join("; ")}. Send the call again with these mended.`;
}

function wordsOf(error: unknown): string {
  if (error instanceof ToolError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "There is no such file or folder.";
  if (code === "EACCES" || code === "EPERM") return "That may not be read or written here.";
  return `It did not work: ${message}`;
}
