// Tells what happened in the turns of a conversation: which files, what was said, a line for each call, or all of it.
import * as z from "zod";
import { truncate } from "../tools/truncate.ts";
import type { Message } from "./message.ts";

/** A call of a tool and what it gave. */
interface Step {
  name: string;
  input: Record<string, unknown>;
  result: string;
  isError: boolean;
}

/** One answer of the model and what followed, as text. */
export interface ToldTurn {
  thought: string;
  words: string;
  steps: Step[];
  /** What was written to the model behind the results. */
  said: string[];
}

const blockSchema = z.union([
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({ type: z.literal("thinking"), thinking: z.string() }),
  z.object({
    type: z.literal("tool_use"),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
  }),
  z.object({
    type: z.literal("tool_result"),
    tool_use_id: z.string(),
    content: z.string(),
    is_error: z.boolean().default(false),
  }),
  z.unknown().transform(() => ({ type: "other" as const })),
]);
type Block = z.output<typeof blockSchema>;

/** The turns in a conversation's messages after the first. */
export function turnsIn(messages: readonly Message[]): ToldTurn[] {
  const turns: ToldTurn[] = [];
  const steps = new Map<string, Step>();
  let turn: ToldTurn | undefined;
  for (const { role, content } of messages) {
    if (!turn || role === "assistant") {
      turn = { thought: "", words: "", steps: [], said: [] };
      turns.push(turn);
    }
    for (const block of content) tell(turn, role, blockSchema.parse(block), steps);
  }
  return turns;
}

/** Puts one block where it belongs. `steps` are all calls so far, by their ids. */
function tell(turn: ToldTurn, role: Message["role"], block: Block, steps: Map<string, Step>): void {
  switch (block.type) {
    case "thinking":
      turn.thought = joined(turn.thought, block.thinking);
      return;
    case "text":
      if (role === "user") turn.said.push(block.text);
      else turn.words = joined(turn.words, block.text);
      return;
    case "tool_use": {
      const step = { name: block.name, input: block.input, result: "", isError: false };
      steps.set(block.id, step);
      turn.steps.push(step);
      return;
    }
    case "tool_result": {
      const step = steps.get(block.tool_use_id);
      if (step) Object.assign(step, { result: block.content, isError: block.is_error });
    }
  }
}

/** Paths that were changed by the tools that change one file. */
export function filesIn(turns: readonly ToldTurn[]): string[] {
  return turns.flatMap(({ steps }) =>
    steps.flatMap(({ name, input, isError }) =>
      (name === "edit_file" || name === "write_file") && !isError && typeof input.path === "string"
        ? [input.path]
        : [],
    ),
  );
}

export function saidIn(turns: readonly ToldTurn[]): string[] {
  return turns.flatMap(({ said }) => said);
}

/** As much of a thought as tells what was decided. */
const maxThoughtChars = 400;
/** A command is told whole up to this; other texts in a call are mostly the content of files. */
const maxCommandChars = 600;
const maxInputChars = 160;
/** Errors and the end of a failed command are what the next step depends on. */
const maxErrorChars = 1_500;
/** The end of a command that went well, and any short result. */
const maxResultChars = 240;

/** A turn in short: what was thought and said, and a line for each call. Paths and errors stand as they were. */
export function lineOf({ thought, words, steps, said }: ToldTurn): string[] {
  return [
    ...(thought ? [`thought: ${start(thought, maxThoughtChars)}`] : []),
    ...(words ? [`said: ${start(words, maxThoughtChars)}`] : []),
    ...steps.map((step) => `${step.name} ${inShort(step.input)} -> ${outcomeOf(step)}`),
    ...(said.length > 0 ? ["(something was written to you, see above)"] : []),
  ];
}

function inShort(input: Record<string, unknown>): string {
  const room: Record<string, number> = {
    path: Number.POSITIVE_INFINITY,
    command: maxCommandChars,
    summary: maxCommandChars,
  };
  return JSON.stringify(input, (key, value: unknown) =>
    typeof value === "string" ? start(value, room[key] ?? maxInputChars) : value,
  );
}

function outcomeOf({ name, result, isError }: Step): string {
  if (result.length <= maxResultChars) return result;
  const wentWrong = isError || (name === "run_command" && !result.endsWith("(exit code 0)"));
  if (wentWrong) return truncate(result, maxErrorChars, "");
  if (name === "run_command") return `[…] ${result.slice(-maxResultChars)}`;
  return `(${result.length} characters)`;
}

/** The newest turns whole, as many as fit; of a single one that does not fit, as much of each result as fits. */
export function wordForWord(turns: readonly ToldTurn[], maxChars: number): string {
  const texts: string[] = [];
  let left = maxChars;
  for (const turn of turns.toReversed()) {
    const text = wholeTurn(turn, Number.POSITIVE_INFINITY);
    if (text.length > left && texts.length > 0) break;
    const each = Math.floor(left / (2 * turn.steps.length + 2));
    texts.unshift(text.length > left ? wholeTurn(turn, each) : text);
    left -= text.length;
    if (left <= 0) break;
  }
  return texts.join("\n\n");
}

function wholeTurn({ thought, words, steps, said }: ToldTurn, maxEach: number): string {
  const fitting = (text: string) => truncate(text, maxEach, "");
  return [
    ...(thought ? [`thought: ${fitting(thought)}`] : []),
    ...(words ? [`said: ${fitting(words)}`] : []),
    ...steps.map(({ name, input, result, isError }) => {
      const ended = isError ? "gave an error" : "gave";
      return `${name} ${fitting(JSON.stringify(input))} ${ended}:\n${fitting(result)}`;
    }),
    ...said.map((text) => `written to you: ${fitting(text)}`),
  ].join("\n");
}

function start(text: string, maxChars: number): string {
  return text.length > maxChars ? `${text.slice(0, maxChars)}[…]` : text;
}

function joined(one: string, other: string): string {
  return one && other ? `${one}\n${other}` : one || other;
}
