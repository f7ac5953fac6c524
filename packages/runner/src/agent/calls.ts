// Runs the tool calls of one answer: those that only read at once, the others in their order.
import type { ToolProcess, ToolResult } from "@cody/core/ports/workspace.ts";
import { tools as allTools, toolNamed } from "../tools/catalogue.ts";
import type { Call } from "./message.ts";

/** More calls than this in one answer are a slip of the model; the rest is refused. */
const maxCalls = 40;

interface Surroundings {
  tools: ToolProcess;
  redact: (text: string) => string;
  signal: AbortSignal;
  /** Hears what is done now, in a few words. */
  onDoing: (doing: string) => void;
}

export interface CallsDone {
  /** One for each call, in the order of the calls. */
  results: ToolResult[];
  /** Whether something ran that may have changed the tree. */
  mayHaveChanged: boolean;
}

/** Runs all calls; `answer` decides about those that are not the tool process's own. Results are redacted. */
export async function runCalls(
  calls: readonly Call[],
  { tools, redact, signal, onDoing }: Surroundings,
  answer: (call: Call) => ToolResult | undefined,
): Promise<CallsDone> {
  const results: ToolResult[] = [];
  let mayHaveChanged = false;
  const runOne = async (call: Call, index: number): Promise<void> => {
    const own = answer(call) ?? refusal(call, index);
    if (!own) onDoing(redact(toolNamed(call.name)?.doing(call.input) ?? call.name));
    const { text, isError } = own ?? (await tools.run(call.name, call.input, signal));
    results[index] = { text: redact(text), isError };
  };
  let reading: Promise<void>[] = [];
  for (const [index, call] of calls.entries()) {
    const writes = toolNamed(call.name)?.readOnly === false && index < maxCalls;
    if (writes) {
      await Promise.all(reading);
      reading = [];
      mayHaveChanged = true;
      await runOne(call, index);
    } else reading.push(runOne(call, index));
  }
  await Promise.all(reading);
  return { results, mayHaveChanged };
}

function refusal(call: Call, index: number): ToolResult | undefined {
  if (index >= maxCalls)
    return { text: `Not done: at most ${maxCalls} calls can be made at once.`, isError: true };
  if (toolNamed(call.name)) return undefined;
  const names = allTools.map((tool) => tool.name).join(", ");
  return { text: `There is no tool ${call.name}. There are: ${names}.`, isError: true };
}
