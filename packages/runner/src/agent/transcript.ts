// Rebuilds a conversation from the turns that were stored, so that another runner can go on with it.
import { addCost, addUsage, noUsage, type Usage } from "@cody/core/models.ts";
import type { Turn } from "@cody/core/schema.ts";
import { callsIn, type Message, parseMessages, resultBlock, userResults } from "./message.ts";

export interface Spent {
  usage: Usage;
  /** Null where a price is not known. */
  costUsd: number | null;
}

export interface Conversation {
  messages: Message[];
  /** Answers of the model so far. */
  turns: number;
  spent: Spent;
}

/** Stands for the result of a call that a dead runner never got. */
export const interruptedResult =
  "Interrupted: the machine was replaced while this ran. Files that git ignores are gone, and nothing runs any more. Look at the state of things before you go on.";

/**
 * The conversation that the stored turns make, in order; turn 0 holds the first message. Tool calls whose results
 * were never stored are answered as interrupted, because the API takes no call without a result.
 */
export function rebuild(turns: readonly Turn[]): Conversation {
  const messages = turns.flatMap((turn) => parseMessages(turn.messages));
  const last = messages.at(-1);
  const open = last?.role === "assistant" ? callsIn(last) : [];
  if (open.length > 0)
    messages.push(userResults(open.map((call) => resultBlock(call.id, interruptedResult, true))));
  return {
    messages,
    turns: turns.at(-1)?.turn ?? 0,
    spent: {
      usage: turns.reduce((sum, turn) => addUsage(sum, turn.usage), noUsage),
      costUsd: turns.reduce<number | null>((sum, turn) => addCost(sum, turn.costUsd), 0),
    },
  };
}
