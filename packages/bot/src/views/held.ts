// The reply that says that Claude keeps runs waiting, and until when they wait.
import type { Run } from "@cody/core/schema.ts";
import { clipped, escaped, section } from "./blocks.ts";
import type { Reply } from "./result.ts";
import { clock } from "./words.ts";

/** One for all runs of a job that wait, in the words of the one that waits longest. */
export function heldReply(runs: readonly Run[]): Reply {
  const held = runs.flatMap((run) => run.held ?? []).toSorted((one, other) => one.since - other.since);
  const [first] = held;
  if (!first) throw new Error("no run is kept waiting");
  const until = Math.max(...held.map((one) => one.until));
  const words = `${escaped(clipped(first.why, 200))}, since ${clock(first.since)}. The work goes on by itself as soon as it answers, or stops at ${clock(until)}.`;
  return { text: words, blocks: [section(words)] };
}
