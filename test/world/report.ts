// What came of a job, read from the records of the far ends and never from what Cody keeps of itself.
import { addCost, costUsd, modelOf, type Usage } from "@cody/core/models.ts";
import type { PromptRequest } from "./claude/request.ts";
import { conversationOf } from "./claude/script.ts";
import { countLeaks } from "./leaks.ts";
import { repositoryIn } from "./scenario.ts";
import type { Message } from "./slack/contract.ts";
import { lastWord, replies } from "./threads.ts";
import type { World } from "./world.ts";

export type Outcome = "changed" | "unchanged" | "failed" | "cancelled";

interface RunReport {
  repository: string;
  outcome: Outcome;
  pullRequest?: { number: number; url: string; headSha: string };
  patchBytes: number;
  turns: number;
  attempts: number;
  usage: { inputTokens: number; cacheReadTokens: number; cacheWriteTokens: number; outputTokens: number };
  /** Dollars; null where the model's price is not known. */
  costUsd: number | null;
}

export interface Report {
  job: string;
  status: string;
  seconds: number;
  /** Answers of the model that were asked for again, because a machine was lost. */
  repeatedTurns: number;
  runs: RunReport[];
  slack: { posts: number; edits: number; files: string[]; duplicates: number; broadcasts: number };
  github: { pullRequests: number };
  /** Reviews with which people approved, and pull requests that were merged, as GitHub has them. */
  approvals: number;
  merged: number;
  leaks: number;
}

/** Reports on the job of this board. */
export async function reportOn(
  world: World,
  job: { board: Message; user: string; repositories: string[]; seconds: number },
): Promise<Report> {
  const { slack, github } = world;
  const thread = replies(slack, job.user, job.board);
  const id = jobIdOf(world, job.board);
  const pulls = await github.record.pullRequests();
  return {
    job: id,
    status: lastWord(thread) ?? "not over",
    seconds: job.seconds,
    repeatedTurns: repeatedTurnsOf(world),
    runs: job.repositories.map((repository, index) => {
      const pull = pulls.find((one) => one.repository === repository && one.head === `cody/${id}`);
      const patch = thread.flatMap(({ files }) => files).find(({ name }) => name === patchName(repository));
      return {
        repository,
        outcome: outcomeIn(thread, repository),
        ...(pull ? { pullRequest: { number: pull.number, url: pull.url, headSha: pull.headSha } } : {}),
        patchBytes: patch?.size ?? 0,
        attempts: attemptsOf(world, id, index + 1),
        ...spentOn(world, repository),
      };
    }),
    slack: {
      posts: slack.record.posts(),
      edits: slack.record.edits(),
      files: slack.record.files(),
      duplicates: slack.record.duplicates(),
      broadcasts: slack.record.broadcasts.length,
    },
    github: { pullRequests: pulls.length },
    approvals: pulls.flatMap(({ reviews }) => reviews).filter(({ state }) => state === "APPROVED").length,
    merged: pulls.filter(({ merged }) => merged).length,
    leaks: await countLeaks(world),
  };
}

function patchName(repository: string): string {
  return `${repository.replace("/", "-")}.patch`;
}

/** The id that the first message of the board's channel carries: the board itself, whatever it says by now. */
function jobIdOf({ slack }: World, board: Message): string {
  const jobs = slack.record.calls.flatMap(({ method, ok, args }) => {
    if (method !== "chat.postMessage" || !ok || args.channel !== board.channel || args.thread_ts) return [];
    return (args.metadata as { event_payload?: { job?: string } } | undefined)?.event_payload?.job ?? [];
  });
  return jobs[0] ?? "";
}

/** What the thread says of a repository: its newest result, or the failure that it shares with others. */
function outcomeIn(thread: Message[], repository: string): Outcome {
  const result = thread.findLast(({ text }) => text.startsWith(`${repository} · `))?.text ?? "";
  if (result.startsWith(`${repository} · no change needed`)) return "unchanged";
  if (result.startsWith(`${repository} · changed`)) return "changed";
  const failed = thread.some(({ text }) => text.includes(repository) && /^\S[^\n]* failed\. /.test(text));
  return failed ? "failed" : "cancelled";
}

/** Containers that were started for a run. */
function attemptsOf({ batch }: World, job: string, run: number): number {
  const mine = batch.jobs().filter(({ jobName }) => jobName.startsWith(`cody-${job}-${run}-`));
  return mine.reduce((sum, { attempts }) => sum + attempts, 0);
}

/** Requests that stand at the same point of the same conversation as one before. */
function repeatedTurnsOf({ claude }: World): number {
  const points = claude.record.requests.flatMap(({ route, body, conversationKey }) => {
    const request = body as PromptRequest & { max_tokens?: number };
    // Without a token to answer with it only keeps the cache warm.
    if (route !== "POST /v1/messages" || request.max_tokens === 0) return [];
    return [`${conversationKey} ${conversationOf(request).turn}`];
  });
  return points.length - new Set(points).size;
}

/** Calls of the model about a repository, and what they cost by the price list. */
function spentOn({ claude }: World, repository: string): Pick<RunReport, "turns" | "usage" | "costUsd"> {
  let turns = 0;
  let cost: number | null = 0;
  const usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0 };
  for (const { body, model, usage: used } of claude.record.requests) {
    if (!used || repositoryIn(conversationOf(body as PromptRequest).firstText) !== repository) continue;
    const write = used.cache_creation_input_tokens ?? 0;
    const one: Usage = {
      inputTokens: used.input_tokens,
      cacheReadTokens: used.cache_read_input_tokens ?? 0,
      cacheWriteTokens: write,
      cacheWrite1hTokens: used.cache_creation?.ephemeral_1h_input_tokens ?? 0,
      outputTokens: used.output_tokens,
    };
    const known = modelOf(model);
    turns += 1;
    cost = addCost(cost, known ? costUsd(known, one) : null);
    usage.inputTokens += one.inputTokens;
    usage.cacheReadTokens += one.cacheReadTokens;
    usage.cacheWriteTokens += one.cacheWriteTokens;
    usage.outputTokens += one.outputTokens;
  }
  return { turns, usage, costUsd: cost };
}
