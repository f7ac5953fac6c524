// Runs one command by the tool that the agent uses too, and takes its output and its end apart again.
import type { ToolProcess } from "@cody/core/ports/workspace.ts";
import type { Ending } from "./reading.ts";

export interface Ran {
  output: string;
  ending: Ending;
}

/** The tools did not run the command at all, or not to any end; the message says why, as the end of a sentence. */
export class CannotRun extends Error {}

/** Throws `CannotRun`, and the signal's reason where that is aborted. */
export async function runCommand(
  tools: Pick<ToolProcess, "run">,
  input: { command: string; timeoutSeconds: number },
  signal: AbortSignal,
): Promise<Ran> {
  const { text, isError } = await tools.run("run_command", input, signal);
  signal.throwIfAborted();
  if (isError) throw new CannotRun(firstWords(text));
  const at = text.lastIndexOf("(");
  const ending = endingIn(text.slice(at));
  if (!ending) throw new CannotRun("nobody knows how its command ended");
  return { output: text.slice(0, at).trimEnd(), ending };
}

/** What the tool writes into its last line. */
function endingIn(line: string): Ending | undefined {
  const [, code, seconds, killed] =
    /^\((?:exit code (\d+)|ended after (\d+) s[^)]*|killed by (\w+))\)$/.exec(line) ?? [];
  if (code !== undefined) return { code: Number(code) };
  if (seconds !== undefined) return { timeoutSeconds: Number(seconds) };
  return killed === undefined ? undefined : { killed };
}

/** What a tool says of a call that came to nothing, without its advice to the model. */
function firstWords(text: string): string {
  const [words = ""] = /^[^,.:]+/.exec(text) ?? [];
  return words.charAt(0).toLowerCase() + words.slice(1);
}
