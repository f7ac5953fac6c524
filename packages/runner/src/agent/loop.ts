// The loop of the agent: an answer, what it leads to, and both stored before the next answer is asked for.
import { Failed } from "@cody/core/failure.ts";
import { addCost, addUsage, costUsd, type Effort, modelOf } from "@cody/core/models.ts";
import type { ModelClient, ToolProcess, Workspace } from "@cody/core/ports.ts";
import { tools as descriptions } from "../tools/catalogue.ts";
import type { FinishInput } from "../tools/finish.ts";
import { type Budget, usedUp } from "./budget.ts";
import { acceptedFinish } from "./finish.ts";
import type { Message } from "./message.ts";
import { systemPrompt } from "./prompt.ts";
import type { Conversation, Spent } from "./transcript.ts";
import { Turns } from "./turn.ts";

/** One turn as it is stored: what it added to the conversation, to the bill and to the tree. */
export interface TurnDone extends Spent {
  turn: number;
  messages: Message[];
  tree?: Buffer;
}

/** What the loop works with; nothing of it is told where it runs. */
export interface Agent {
  model: ModelClient;
  tools: ToolProcess;
  workspace: Pick<Workspace, "diff" | "snapshot">;
  settings: { model: string; effort: Effort };
  budget: Budget;
  redact: (text: string) => string;
  signal: AbortSignal;
  /** Stores a turn; the next answer is asked for only after that. */
  save(turn: TurnDone): Promise<void>;
  /** Tells what is going on and what was spent so far. */
  report(progress: { progress?: string; turns?: number } & Partial<Spent>): void;
}

/**
 * Works until the model has finished, and returns its last words. Throws `Failed` where it cannot go on, and the
 * signal's reason where it is broken off; all turns up to then are stored.
 */
export async function runAgent(agent: Agent, conversation: Conversation): Promise<FinishInput> {
  const { report, settings, signal } = agent;
  const messages = [...conversation.messages];
  let unsaved = conversation.unsaved;
  const already = acceptedFinish(messages);
  if (already) return already;
  const model = modelOf(settings.model);
  const onDoing = (progress: string) => report({ progress });
  const following = new Turns({ ...agent, onDoing });
  let { turns, spent } = conversation;

  for (;;) {
    signal.throwIfAborted();
    const limit = usedUp(agent.budget, { turns, costUsd: spent.costUsd });
    if (limit) throw new Failed("limit-reached", limit);
    report({ progress: "thinking" });
    const answer = await agent.model.answer({
      ...settings,
      system: systemPrompt,
      tools: descriptions,
      messages,
      signal,
      onWait: (why) => report({ progress: `waiting for Claude: ${agent.redact(why)}` }),
    });
    const { usage } = answer;
    const cost = model ? costUsd(model, usage) : null;
    spent = { usage: addUsage(spent.usage, usage), costUsd: addCost(spent.costUsd, cost) };
    // Told at once: it is spent, also where the turn comes to nothing.
    report(spent);
    const { messages: added, tree, finished, failure } = await following.follow(answer, messages);
    turns += 1;
    messages.push(...added);
    await agent.save({ turn: turns, messages: [...unsaved, ...added], usage, costUsd: cost, tree });
    unsaved = [];
    report({ turns });
    if (failure) throw failure;
    if (finished) return finished;
  }
}
