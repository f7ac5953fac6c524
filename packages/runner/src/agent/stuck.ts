// Notices a model that does the same thing again and again and sees the same thing each time.
import { createHash } from "node:crypto";

const nudgeAt = 3;
const stopAt = 5;
/** Longer rows of equal turns are told from work only by chance. */
const maxCycle = 3;

export type Repetition = "none" | "nudge" | "stuck";

/** One call with its result. */
export interface Seen {
  name: string;
  input: unknown;
  result: string;
}

/**
 * Counts equal calls with equal results; a change of the tree starts that count anew, for then a repeat makes sense.
 * Whole turns are compared as well, with what they changed: a row of up to three that comes again and again, such as
 * a change, its failure and its undoing, is no progress either.
 */
export class Repetitions {
  readonly #counts = new Map<string, number>();
  readonly #turns: string[] = [];

  /** What to make of one more turn. `change` is what it changed in the tree, as bytes or in a word. */
  note(calls: readonly Seen[], change?: Buffer | string): Repetition {
    if (change !== undefined) this.#counts.clear();
    const counts = calls.map((call) => this.#count(keyOf([call])));
    this.#turns.push(keyOf(calls, change));
    if (this.#turns.length > maxCycle * stopAt) this.#turns.shift();
    const cycles = [1, 2, 3].map((length) => this.#lengthOfCycle(length));
    if (
      counts.some((count) => count >= stopAt) ||
      cycles.some((turns, index) => turns >= stopAt * (index + 1))
    )
      return "stuck";
    if (counts.includes(nudgeAt) || cycles.some((turns, index) => turns === nudgeAt * (index + 1)))
      return "nudge";
    return "none";
  }

  #count(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  /** How many turns, up to the newest, repeat those `length` turns before them; the first round counts too. */
  #lengthOfCycle(length: number): number {
    const turns = this.#turns;
    let from = turns.length - 1;
    while (from >= length && turns[from] === turns[from - length]) from -= 1;
    return turns.length - 1 - from + length;
  }
}

function keyOf(calls: readonly Seen[], change: Buffer | string = ""): string {
  const hash = createHash("sha256");
  for (const { name, input, result } of calls) hash.update(JSON.stringify([name, input, result]));
  return hash.update(change).digest("base64");
}
