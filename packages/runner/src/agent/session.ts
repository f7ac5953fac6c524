// Lets the agent work on the tree: a new conversation or the stored one, the tools' process, every turn stored.
import { noUsage } from "@cody/core/models.ts";
import type { Workspace } from "@cody/core/ports.ts";
import type { Turn } from "@cody/core/schema.ts";
import type { FinishInput } from "../tools/finish.ts";
import type { Round } from "../world.ts";
import { budgetOf } from "./budget.ts";
import { runAgent, type TurnDone } from "./loop.ts";
import { userText } from "./message.ts";
import { firstMessage, type Guidance, guidanceFiles } from "./prompt.ts";
import { type Conversation, rebuild, type Spent } from "./transcript.ts";

/** Works until the agent has finished. When this settles, no process of the tools is left. */
export async function letAgentWork(
  round: Round,
  workspace: Workspace,
  stored: readonly Turn[],
): Promise<FinishInput> {
  const { world, job, heartbeat, signal, deadline } = round;
  const conversation =
    stored.length > 0 ? await goOn(round, workspace, stored) : await begin(round, workspace);
  const tools = world.startTools({ tree: workspace.tree, deadline });
  try {
    await heartbeat.tell({ progress: "thinking" });
    return await runAgent(
      {
        model: world.model,
        tools,
        workspace,
        settings: { model: job.model, effort: job.effort },
        budget: budgetOf(job),
        redact: world.redact,
        signal,
        save: (turn) => save(round, turn),
        report: ({ progress, ...spent }) =>
          heartbeat.report({ ...spent, ...(progress === undefined ? {} : { progress: line(progress) }) }),
      },
      conversation,
    );
  } finally {
    await tools.close();
  }
}

/** The first message is stored as turn 0, so that going on later sends the same bytes. */
async function begin(round: Round, workspace: Workspace): Promise<Conversation> {
  const { world, job, run } = round;
  const guidance: Guidance[] = [];
  for (const file of guidanceFiles) guidance.push({ file, text: (await workspace.baseFile(file)) ?? "" });
  const first = userText(world.redact(firstMessage(job, run, guidance)));
  await save(round, { turn: 0, messages: [first], usage: noUsage, costUsd: 0 });
  return { messages: [first], unsaved: [], turns: 0, spent: { usage: run.usage, costUsd: run.costUsd } };
}

/** Puts tree and conversation back to where the last stored turn left them. */
async function goOn(round: Round, workspace: Workspace, stored: readonly Turn[]): Promise<Conversation> {
  const { world, run } = round;
  const conversation = rebuild(stored);
  world.log.info("Going on with a round", { turns: conversation.turns });
  await workspace.restore(await world.work.trees(run.round, conversation.turns));
  return { ...conversation, spent: larger(run, conversation.spent) };
}

/** The run may know of an answer whose turn was never stored, and the turns of one that the run was not told. */
function larger(one: Spent, other: Spent): Spent {
  const { usage, costUsd } = one.usage.outputTokens >= other.usage.outputTokens ? one : other;
  return { usage, costUsd };
}

/** First the tree, then the turn: a turn that is stored has its tree. */
async function save({ world, run, heartbeat }: Round, { tree, ...turn }: TurnDone): Promise<void> {
  const at = world.now();
  const { round } = run;
  if (tree) await heartbeat.whileHeld(() => world.work.saveTree({ round, turn: turn.turn }, tree, at));
  await heartbeat.whileHeld(() => world.work.saveTurn({ ...turn, round, at }));
}

/** What fits beside a repository's name on the board. */
const maxProgressChars = 80;

function line(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > maxProgressChars ? `${flat.slice(0, maxProgressChars - 1)}…` : flat;
}
