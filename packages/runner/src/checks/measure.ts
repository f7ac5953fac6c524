// Runs a check once, in the tools' process, and leaves the tree as it was.
import { checkShareOfTimeLeft, maxCheckMs, minCheckMs } from "@cody/core/limits.ts";
import type { ToolProcess } from "@cody/core/ports/workspace.ts";
import { CannotRun, runCommand } from "./command.ts";
import type { Check } from "./find-check.ts";
import { type Reading, readCheck } from "./reading.ts";
import { putBack, treeOf } from "./tree.ts";

export type Measured = Reading & {
  ms: number;
  output: string;
  /** Paths that it wrote and that could not be put back. */
  leftBehind: string[];
};

export interface Means {
  tools: Pick<ToolProcess, "run">;
  signal: AbortSignal;
  now: () => number;
  /** When the round has to be over, in milliseconds since 1970. */
  deadline: number;
}

/**
 * Runs the check; where something is missing, once more with what it needs fetched. Throws the signal's reason where
 * that is aborted, and `CannotRun` where nothing can be run.
 */
export async function measure(means: Means, check: Check, passedBefore = false): Promise<Measured> {
  const { tools, signal, now } = means;
  const tree = await treeOf(tools, signal);
  const began = now();
  try {
    let ran = await run(means, check.command, passedBefore);
    if (check.fetching && ran.went === "not run" && ran.cause !== "time")
      ran = await run(means, check.fetching, passedBefore);
    const ms = now() - began;
    return { ...ran, ms, leftBehind: await putBack(tools, tree) };
  } catch (error) {
    // Also where it is broken off: what the agent made is stored without what the check left.
    if (!(error instanceof CannotRun)) await putBack(tools, tree);
    throw error;
  }
}

type Tried = Reading & { output: string };

async function run(
  { tools, signal, now, deadline }: Means,
  command: string,
  passedBefore: boolean,
): Promise<Tried> {
  const notRun = (because: string): Tried => ({ went: "not run", because, cause: "time", output: "" });
  const timeoutMs = Math.min(maxCheckMs, (deadline - now()) * checkShareOfTimeLeft);
  if (timeoutMs < minCheckMs) return notRun("too little of the round's time was left");
  const timeoutSeconds = Math.floor(timeoutMs / 1_000);
  try {
    const { output, ending } = await runCommand(tools, { command, timeoutSeconds }, signal);
    return { ...readCheck(ending, output, passedBefore), output };
  } catch (error) {
    if (error instanceof CannotRun) return notRun(error.message);
    throw error;
  }
}
