// Lets the agent work on the tree: a new conversation or the stored one, the tools' process, every turn stored.
import { shareUsd } from "@cody/core/budget.ts";
import { maxOptionChars } from "@cody/core/limits.ts";
import type { Workspace } from "@cody/core/ports/workspace.ts";
import type { Ask, Turn, Waiting } from "@cody/core/schema.ts";
import { Checker, type CheckerOptions } from "../checks/checker.ts";
import { guard } from "../guard/guard.ts";
import type { FinishInput } from "../tools/finish.ts";
import type { Round } from "../world.ts";
import { asItIs } from "./as-is.ts";
import { settle } from "./bill.ts";
import { type Budget, budgetOf, reached } from "./budget.ts";
import { FolderGuidance } from "./folder-guidance.ts";
import { forewarning } from "./forewarning.ts";
import { type Agent, type AgentEnd, runAgent, type TurnDone } from "./loop.ts";
import { type Message, textsIn, userText } from "./message.ts";
import {
  firstMessage,
  folderGuidance,
  type Guidance,
  guidanceFiles,
  quotedFiles,
  replyResult,
  threadMessage,
} from "./prompt.ts";
import { ThreadMessages } from "./thread-messages.ts";
import { answered, type Conversation, rebuild } from "./transcript.ts";

/** The agent's last words, or what a person has to give before it can go on. */
export type Worked = { finished: FinishInput } | { waiting: Waiting };

/**
 * Works until the agent has finished or needs a person. When this settles, no process of the tools is left. `task` is
 * what a round after the first is for, where it begins now.
 */
export async function letAgentWork(
  round: Round,
  workspace: Workspace,
  { stored, task }: { stored: readonly Turn[]; task: readonly string[] },
): Promise<Worked> {
  const { job, run, deadline } = round;
  const budget = budgetOf(job, run, deadline);
  const conversation =
    stored.length > 0 ? await goOn(round, workspace, stored) : await begin(round, workspace, task);
  if (run.deliverAsIs) {
    const { messages, turns, spent } = conversation;
    const limit = reached(budget, { turns, costUsd: spent.costUsd });
    const isChanged = (await workspace.diff()) !== undefined;
    const finished = asItIs({ messages, limit, isChanged }, run);
    await checkOnly(round, workspace);
    return { finished };
  }
  return endOf(await work(round, workspace, { conversation, budget }), round);
}

async function work(
  round: Round,
  workspace: Workspace,
  { conversation, budget }: { conversation: Conversation; budget: Budget },
): Promise<AgentEnd> {
  const { world, job, heartbeat, signal } = round;
  const { tools, checker, report } = startTools(round, workspace);
  const folders = new FolderGuidance(workspace, quotedFiles(job, wordsOf(conversation.messages)));
  const thread = new ThreadMessages({
    read: () => readNews(round),
    heard: conversation.heard,
    wordsOf: (ask) => world.redact(threadMessage(job, ask)),
    now: world.now,
  });
  try {
    await heartbeat.tell({ progress: "thinking" });
    const end = await runAgent(
      {
        model: world.model,
        tools,
        workspace,
        settings: { model: job.model, effort: job.effort },
        budget,
        thread,
        guidanceFor: async (calls) => folderGuidance(job, await folders.of(calls)).map(world.redact),
        redact: world.redact,
        signal,
        now: world.now,
        save: (turn) => save(round, turn),
        check: async () => (await checker.report())?.words,
        forewarn: (change) => forewarning(guard(change, world.isOwnSecret)),
        ...(workspace.conflicts.length > 0 ? { marked: () => workspace.marked() } : {}),
        report,
      },
      conversation,
    );
    if ("finished" in end) round.result.checks = (await checker.report())?.checks;
    return end;
  } finally {
    await tools.close();
  }
}

/** What is delivered without another turn is measured all the same. */
async function checkOnly(round: Round, workspace: Workspace): Promise<void> {
  const { tools, checker } = startTools(round, workspace);
  try {
    round.result.checks = (await checker.report())?.checks;
  } finally {
    await tools.close();
  }
}

/** The tools, through the check that has to see the tree before they change it. */
function startTools({ world, run, heartbeat, signal, deadline }: Round, workspace: Workspace) {
  const { redact, now, log } = world;
  const report: Agent["report"] & CheckerOptions["report"] = ({ progress, ...news }) =>
    heartbeat.report({ ...news, ...(progress === undefined ? {} : { progress: line(progress) }) });
  const tools = world.startTools({ tree: workspace.tree, deadline });
  const means = { tools, workspace, signal, deadline, redact, now, log, report };
  const checker = new Checker({ ...means, round: run.round, known: run });
  return { tools: checker.tools, checker, report };
}

function endOf(end: AgentEnd, { world, job }: Round): Worked {
  const since = world.now();
  if ("finished" in end) return end;
  if ("reached" in end)
    return { waiting: { for: "budget", since, reached: end.reached, offerUsd: shareUsd(job) } };
  const question = world.redact(end.question.question);
  const options = end.question.options.map((option) => world.redact(option).slice(0, maxOptionChars));
  return { waiting: { for: "question", since, question, options } };
}

/** The first message is stored as turn 0, so that going on later sends the same bytes; and what earlier rounds cost. */
async function begin(round: Round, workspace: Workspace, task: readonly string[]): Promise<Conversation> {
  const { world, job, run } = round;
  const guidance: Guidance[] = [];
  for (const file of guidanceFiles) guidance.push({ file, text: (await workspace.baseFile(file)) ?? "" });
  const first = userText(world.redact(firstMessage(job, run, guidance, task)));
  const spent = { usage: run.usage, costUsd: run.costUsd };
  await save(round, { turn: 0, messages: [first], ...spent });
  return { messages: [first], unsaved: [], turns: 0, spent, heard: [] };
}

/** Puts tree and conversation back to where the last stored turn left them. */
async function goOn(round: Round, workspace: Workspace, stored: readonly Turn[]): Promise<Conversation> {
  const { world, run, heartbeat } = round;
  const conversation = rebuild(await withReply(round, stored));
  world.log.info("Going on with a round", { turns: conversation.turns });
  await workspace.restore(await world.work.trees(run.round, conversation.turns));
  const { spent, unsavedSpent } = settle(conversation.spent, run);
  // The runner before may have died before it told of its last turn, and there may be none to come.
  heartbeat.report({ turns: conversation.turns, ...spent });
  return { ...conversation, spent, unsavedSpent };
}

/**
 * The turns with a person's answer in its place. It becomes part of the turn that asked, and is taken off the run only
 * once that is stored, so that no answer is lost and none is taken for the answer to a later question.
 */
async function withReply(round: Round, stored: readonly Turn[]): Promise<readonly Turn[]> {
  const { world, job, run, heartbeat } = round;
  const { reply } = run;
  if (reply === undefined) return stored;
  const last = answered(stored, world.redact(replyResult(job, reply)));
  let turns = stored;
  if (last) {
    // Words in the thread that were the answer are a message as well.
    const same = (await readAsks(round)).filter(({ kind, text }) => kind === "message" && text === reply);
    const turn = { ...last, heard: [...(last.heard ?? []), ...same.map(({ id }) => id)] };
    await heartbeat.whileHeld(() => world.work.saveTurn(turn));
    turns = [...stored.slice(0, -1), turn];
  }
  await heartbeat.tell({ reply: undefined });
  return turns;
}

/** What was written before a later round is part of what that round is for, or was heard by the one before. */
async function readNews(round: Round): Promise<Ask[]> {
  const { run } = round;
  const asks = await readAsks(round);
  return run.round === 1 ? asks : asks.filter(({ at }) => at >= run.queuedAt);
}

/** A table that is away for a moment delays what people wrote, and nothing else. */
async function readAsks({ world, job }: Round): Promise<Ask[]> {
  try {
    return await world.jobs.asksOf(job.id);
  } catch (error) {
    world.log.warn("What people wrote could not be read", { error });
    return [];
  }
}

/** First the tree, then the turn: a turn that is stored has its tree. */
async function save({ world, run, heartbeat }: Round, { tree, ...turn }: TurnDone): Promise<void> {
  const at = world.now();
  const { round } = run;
  if (tree) await heartbeat.whileHeld(() => world.work.saveTree({ round, turn: turn.turn }, tree, at));
  await heartbeat.whileHeld(() => world.work.saveTurn({ ...turn, round, at }));
}

/** What Cody itself put into the conversation. */
function wordsOf(messages: readonly Message[]): string {
  return textsIn(messages, "user").join("\n");
}

/** What fits beside a repository's name on the board. */
const maxProgressChars = 80;

function line(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > maxProgressChars ? `${flat.slice(0, maxProgressChars - 1)}…` : flat;
}
