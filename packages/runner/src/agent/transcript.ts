// Rebuilds a conversation from the turns that were stored, so that another runner can go on with it.
import { addCost, addUsage, noUsage, type Usage } from "@cody/core/models.ts";
import type { Turn } from "@cody/core/schema.ts";
import { acceptedFinish } from "./finish.ts";
import { callsIn, type Message, parseMessages, resultBlock, userResults } from "./message.ts";

export interface Spent {
  usage: Usage;
  /** Null where a price is not known. */
  costUsd: number | null;
}

export interface Conversation {
  messages: Message[];
  /** Of those, the newest that are not stored yet; they go with the next turn. */
  unsaved: Message[];
  /** Answers of the model so far. */
  turns: number;
  spent: Spent;
}

/** Stands for the result of a call that a dead runner never got. */
const interruptedResult = "Interrupted: the machine was replaced while this ran.";

const replaced =
  "The machine was replaced. The work tree is as your last finished call left it, without the files that git ignores, and nothing runs any more. Go on.";

/**
 * The conversation that the stored turns make, in order; turn 0 holds the first message. Tool calls whose results
 * were never stored are answered as interrupted, because the API takes no call without a result; and the model is told
 * that the machine is another one, unless that makes no difference to it.
 */
export function rebuild(turns: readonly Turn[]): Conversation {
  const messages = turns.flatMap((turn) => parseMessages(turn.messages));
  const last = messages.at(-1);
  const open = last?.role === "assistant" ? callsIn(last) : [];
  const results = open.map((call) => resultBlock(call.id, interruptedResult, true));
  const isOver = acceptedFinish(messages) !== undefined;
  const isNew = messages.every((message) => message.role === "user");
  const unsaved = isOver || isNew ? [] : [userResults(results, [replaced])];
  return {
    messages: [...messages, ...unsaved],
    unsaved,
    turns: turns.at(-1)?.turn ?? 0,
    spent: {
      usage: turns.reduce((sum, turn) => addUsage(sum, turn.usage), noUsage),
      costUsd: turns.reduce<number | null>((sum, turn) => addCost(sum, turn.costUsd), 0),
    },
  };
}
