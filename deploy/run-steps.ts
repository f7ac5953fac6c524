// Runs the steps of a deployment in their order; where one fails, it says what happened and how to go on.
import { type Outside, Stopped } from "./outside.ts";

export interface Step {
  /** What it does, for the person who watches. */
  says: string;
  work(): Promise<void>;
}

/** Whether all of them were done. Every step can be done again: what is as it should be is left alone. */
export async function runSteps(
  steps: readonly Step[],
  { say }: Pick<Outside, "say">,
  again: string,
): Promise<boolean> {
  for (const [index, { says, work }] of steps.entries()) {
    say(`\n[${index + 1}/${steps.length}] ${says}`);
    try {
      await work();
    } catch (error) {
      say(`\nStopped here: ${error instanceof Error ? error.message : String(error)}`);
      if (error instanceof Stopped) say(error.remedy);
      const isOver = error instanceof Stopped && !error.canGoOn;
      if (!isOver) say(`What was done before stays as it is. To go on: ${again}`);
      return false;
    }
  }
  return true;
}
