// A conversation as Markdown that a person can read: every answer, every call of a tool, every result.
import type { Job, Run, Turn } from "@cody/core/schema.ts";
import * as z from "zod";
import { dollars } from "./words.ts";

/** Only what is shown; the stored messages hold more. */
const partSchema = z.union([
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("thinking"), thinking: z.string() }),
  z.object({ type: z.literal("tool_use"), name: z.string(), input: z.unknown() }),
  z.object({
    type: z.literal("tool_result"),
    content: z.union([z.string(), z.array(z.object({ text: z.string().default("") }))]).default(""),
    is_error: z.boolean().default(false),
  }),
  z.object({ type: z.string() }).transform(({ type }) => ({ type: "other" as const, name: type })),
]);
type Part = z.output<typeof partSchema>;

const messageSchema = z.object({
  role: z.string(),
  content: z.union([z.string().transform((text): Part[] => [{ type: "text", text }]), z.array(partSchema)]),
});

/** The conversation of one round, in the order in which it happened. */
export function transcript(job: Job, run: Run, turns: Turn[]): string {
  const head = [
    `# ${run.repository.fullName}: ${job.name}`,
    `Asked for: ${job.prompt}`,
    `Model: ${run.modelName ?? job.model} · ${run.turns} turns · ${dollars(run.costUsd)}`,
  ];
  return [...head, ...turns.flatMap(turnLines)].join("\n\n").concat("\n");
}

function turnLines(turn: Turn): string[] {
  const messages = turn.messages.map((message) => messageSchema.parse(message));
  return [
    turn.turn === 0 ? "## Request" : `## Turn ${turn.turn} · ${dollars(turn.costUsd)}`,
    ...messages.flatMap(({ content }) => content.map(partLines)),
  ];
}

function partLines(part: Part): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "thinking":
      return part.thinking ? quoted(part.thinking) : "> (thinking, not shown)";
    case "tool_use":
      return `**${part.name}**\n\n${fenced(JSON.stringify(part.input, undefined, 2))}`;
    case "tool_result": {
      const text =
        typeof part.content === "string" ? part.content : part.content.map((piece) => piece.text).join("\n");
      return `${part.is_error ? "Result (error)" : "Result"}:\n\n${fenced(text)}`;
    }
    case "other":
      return `(${part.name})`;
  }
}

function quoted(text: string): string {
  return text
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n");
}

/** A fence longer than any inside, so that the text cannot end it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}
