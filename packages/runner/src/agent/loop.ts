// The loop of the agent: an answer, what it leads to, and both stored before the next answer is asked for.
import { type Effort, promptTokensOf, type Usage } from "@cody/core/models.ts";
import type { ModelClient, ModelRequest } from "@cody/core/ports/model.ts";
import type { Change, ToolProcess, Workspace } from "@cody/core/ports/workspace.ts";
import type { Plan } from "@cody/core/schema.ts";
import type { Question } from "../tools/ask-person.ts";
import { tools as descriptions } from "../tools/catalogue.ts";
import type { FinishInput } from "../tools/finish.ts";
import { Bill } from "./bill.ts";
import { type Budget, reached, usedShare, WrapUp } from "./budget.ts";
import { begunAnew } from "./context.ts";
import { acceptedFinish } from "./finish.ts";
import { keepingWarm, type Pause } from "./keep-warm.ts";
import { type Call, type Message, userWords, withWords } from "./message.ts";
import { systemPrompt } from "./prompt.ts";
import type { ThreadMessages } from "./thread-messages.ts";
import type { Conversation, Spent } from "./transcript.ts";
import { type TurnOutcome, Turns } from "./turn.ts";

/** One turn as it is stored: what it added to the conversation, to the bill and to the tree. */
export interface TurnDone extends Spent {
  turn: number;
  messages: Message[];
  /** The conversation begins anew with these messages. */
  restarts?: boolean;
  /** Ids of the messages of people that it gave to the model. */
  heard?: string[];
  tree?: Buffer;
}

/** What the loop works with; nothing of it is told where it runs. */
export interface Agent {
  model: ModelClient;
  tools: ToolProcess;
  workspace: Pick<Workspace, "diff" | "snapshot">;
  settings: { model: string; effort: Effort };
  budget: Budget;
  thread: Pick<ThreadMessages, "take" | "isWaiting">;
  /** Guidance, in words for the model, of the folders that these calls touched first. */
  guidanceFor(calls: readonly Call[]): Promise<string[]>;
  /** Runs the repository's own check on the tree as it is, and tells how it went, in words for the model. */
  check?(): Promise<string | undefined>;
  /** What would become of a change at delivery, in words for the model; empty where there is nothing to say. */
  forewarn(change: Change): string;
  /** Paths that still hold marks of a conflict, where there were any. */
  marked?(): Promise<string[]>;
  redact: (text: string) => string;
  signal: AbortSignal;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Waiting, where time is not the clock's. */
  pause?: Pause;
  /** Stores a turn; the next answer is asked for only after that. */
  save(turn: TurnDone): Promise<void>;
  /** Tells what is going on and what was spent so far. */
  report(progress: { progress?: string; plan?: Plan; turns?: number } & Partial<Spent>): void;
}

/** The agent is done, or needs something of a person: an answer, or more than the cap that it reached. */
export type AgentEnd = { finished: FinishInput } | { question: Question } | { reached: string };

/**
 * Works until the model has finished or a person is needed. Throws `Failed` where it cannot go on, and the signal's
 * reason where it is broken off. In every case all turns up to then are stored.
 */
export async function runAgent(agent: Agent, conversation: Conversation): Promise<AgentEnd> {
  const { budget, thread, report, settings, signal, now } = agent;
  if (conversation.question) return { question: conversation.question };
  const already = acceptedFinish(conversation.messages);
  if (already) return { finished: already };
  const following = new Turns({
    ...agent,
    onDoing: (progress) => report({ progress }),
    onPlan: (plan) => report({ plan }),
    isNewsWaiting: () => thread.isWaiting(),
  });
  let { turns } = conversation;
  const bill = new Bill(settings.model, conversation.spent, conversation.unsavedSpent);
  const used = () => ({ turns, costUsd: bill.spent.costUsd });
  const wrapUp = new WrapUp(conversation.messages);
  /** What the model is told beside the results, now that so much is used. */
  const news = async () => {
    const { words, ids } = await thread.take();
    const warning = reached(budget, used()) ? [] : wrapUp.words(usedShare(budget, used(), now()));
    return { words: [...warning, ...words], ids };
  };
  const beforehand = await news();
  const opening = beforehand.words.length > 0 ? [userWords(beforehand.words)] : [];
  let { ids: heard } = beforehand;
  let unsaved = [...conversation.unsaved, ...opening];
  let messages = [...conversation.messages, ...opening];
  const charge = (usage: Usage) => {
    bill.charge(usage);
    // Told at once: it is spent, also where the turn comes to nothing.
    report(bill.spent);
  };
  let promptTokens = 0;
  let restarts = false;
  const makeRoom = (must: boolean): boolean => {
    const anew = begunAnew(messages, { promptTokens, must });
    if (anew) [messages, unsaved, restarts] = [anew, anew, true];
    return anew !== undefined;
  };

  for (;;) {
    signal.throwIfAborted();
    const cap = reached(budget, used());
    if (cap) return { reached: cap };
    makeRoom(false);
    report({ progress: "thinking" });
    const request: ModelRequest = {
      ...settings,
      system: systemPrompt,
      tools: descriptions,
      messages,
      signal,
      onWait: (why) => report({ progress: agent.redact(why) }),
    };
    const warm = { model: agent.model, request, onCost: charge, pause: agent.pause };
    const outcome = await keepingWarm(warm, async () => {
      const answer = await agent.model.answer(request);
      charge(answer.usage);
      promptTokens = promptTokensOf(answer.usage) + answer.usage.outputTokens;
      // What it began to say is lost; it says it again with room to go on.
      if (answer.stop === "window" && makeRoom(true)) return undefined;
      return following.follow(answer, messages);
    });
    if (!outcome) continue;
    turns += 1;
    const told = goesOn(outcome) ? await news() : { words: [], ids: [] };
    const added = withWords(outcome.messages, told.words);
    heard = [...heard, ...told.ids];
    const { tree, finished, question, failure } = outcome;
    await agent.save({
      turn: turns,
      messages: [...unsaved, ...added],
      ...(restarts ? { restarts } : {}),
      ...(heard.length > 0 ? { heard } : {}),
      ...bill.take(),
      tree,
    });
    messages = [...messages, ...added];
    unsaved = [];
    heard = [];
    restarts = false;
    report({ turns });
    if (failure) throw failure;
    if (finished) return { finished };
    if (question) return { question };
  }
}

function goesOn({ finished, question, failure }: TurnOutcome): boolean {
  return !finished && !question && !failure;
}
