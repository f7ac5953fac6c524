// Notices a model that does the same thing again and again and sees the same thing each time.
import { createHash } from "node:crypto";

const nudgeAt = 3;
const stopAt = 5;

export type Repetition = "none" | "nudge" | "stuck";

/** Counts equal calls with equal results; a change of the tree starts the count anew, for then a repeat makes sense. */
export class Repetitions {
  readonly #counts = new Map<string, number>();

  /** What to make of one more call. */
  note(call: { name: string; input: unknown }, result: string): Repetition {
    const key = createHash("sha256")
      .update(JSON.stringify([call.name, call.input, result]))
      .digest("base64");
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count >= stopAt) return "stuck";
    return count === nudgeAt ? "nudge" : "none";
  }

  forget(): void {
    this.#counts.clear();
  }
}
