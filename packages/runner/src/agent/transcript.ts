// Rebuilds a conversation from the turns that were stored, so that another runner can go on with it.
import { addCost, addUsage, noUsage, type Usage } from "@cody/core/models.ts";
import type { Turn } from "@cody/core/schema.ts";
import type { Question } from "../tools/ask-person.ts";
import { acceptedFinish } from "./finish.ts";
import { type Call, callsIn, type Message, parseMessages, resultBlock, userResults } from "./message.ts";
import { questionOf } from "./own-calls.ts";

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
  /** Of that, what no stored turn has; it goes with the next turn. */
  unsavedSpent?: Spent;
  /** What was asked last and has no answer yet: nothing can go on before it has one. */
  question?: Question;
  /** Ids of the asks whose words it holds. */
  heard: string[];
}

/** Stands for the result of a call that a dead runner never got. */
const interruptedResult = "Interrupted: the machine was replaced while this ran.";

const replaced =
  "The machine was replaced. The work tree is as your last finished call left it, without the files that git ignores, and nothing runs any more. Go on.";

/**
 * The conversation that the stored turns make, in order; turn 0 holds the first message. Tool calls whose results
 * were never stored are answered as interrupted, because the API takes no call without a result; and the model is told
 * that the machine is another one, unless that makes no difference to it. An open question stays open.
 */
export function rebuild(turns: readonly Turn[]): Conversation {
  const begun = turns.findLastIndex((turn) => turn.restarts);
  const messages = turns.slice(Math.max(0, begun)).flatMap((turn) => parseMessages(turn.messages));
  const open = openCalls(messages);
  const question = questionOf(open);
  const results = open.map((call) => resultBlock(call.id, interruptedResult, true));
  const isOver = acceptedFinish(messages) !== undefined;
  const isNew = messages.every((message) => message.role === "user");
  const unsaved = isOver || isNew || question ? [] : [userResults(results, [replaced])];
  return {
    messages: [...messages, ...unsaved],
    unsaved,
    turns: turns.at(-1)?.turn ?? 0,
    spent: {
      usage: turns.reduce((sum, turn) => addUsage(sum, turn.usage), noUsage),
      costUsd: turns.reduce<number | null>((sum, turn) => addCost(sum, turn.costUsd), 0),
    },
    question,
    heard: turns.flatMap(({ heard = [] }) => heard),
  };
}

/** The last turn with a person's words as the result of its question; undefined where it asked nothing. */
export function answered(turns: readonly Turn[], words: string): Turn | undefined {
  const last = turns.at(-1);
  const [call, ...others] = last ? openCalls(parseMessages(last.messages)) : [];
  if (!last || !call || !questionOf([call, ...others])) return undefined;
  return { ...last, messages: [...last.messages, userResults([resultBlock(call.id, words, false)])] };
}

function openCalls(messages: readonly Message[]): Call[] {
  const last = messages.at(-1);
  return last?.role === "assistant" ? callsIn(last) : [];
}
