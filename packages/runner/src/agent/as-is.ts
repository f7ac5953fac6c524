// The words for a change that is delivered as it is, because somebody wanted no further turn.
import { Failed } from "@cody/core/failure.ts";
import type { Plan, Run } from "@cody/core/schema.ts";
import { toolNamed } from "../tools/catalogue.ts";
import type { FinishInput } from "../tools/finish.ts";
import { truncate } from "../tools/truncate.ts";
import { acceptedFinish } from "./finish.ts";
import { callsIn, type Message, textsIn } from "./message.ts";

/** Of the agent's own words, which were meant for nobody. */
const maxLastWordsChars = 1_000;

/** Everything that is said comes from the conversation. Throws `limit-reached` where there is no change to deliver. */
export function asItIs(
  { messages, limit, isChanged }: { messages: readonly Message[]; limit?: string; isChanged: boolean },
  { plan }: Pick<Run, "plan">,
): FinishInput {
  const finished = acceptedFinish(messages);
  if (finished) return finished;
  if (!isChanged) throw new Failed("limit-reached", "nothing had been changed yet");
  const parts = [
    `Stopped at its limit${limit ? ` (${limit})` : ""} before it was finished. This is the change as it was then.`,
    `Done last: ${lastDone(messages)}`,
    ...(plan ? [listed(plan)] : []),
  ];
  return {
    summary: parts.join("\n\n"),
    verification: "Not checked: it was stopped before it was finished.",
  };
}

/** What the agent said last, or else did last. */
function lastDone(messages: readonly Message[]): string {
  const words = textsIn(messages, "assistant").at(-1);
  if (words) return truncate(words.trim(), maxLastWordsChars, "The conversation has the rest.");
  const call = messages.flatMap(callsIn).at(-1);
  return call ? (toolNamed(call.name)?.doing(call.input) ?? call.name) : "nothing that was told.";
}

function listed(plan: Plan): string {
  const marks = { done: "x", doing: " ", open: " " };
  const lines = plan.map(
    ({ step, status }) => `- [${marks[status]}] ${step}${status === "doing" ? " (begun)" : ""}`,
  );
  return `Its plan:\n${lines.join("\n")}`;
}
