// Plays a script through the real loop and client, with tools and a tree that are told what to answer.
import { Failed } from "@cody/core/failure.ts";
import { makeLog } from "@cody/core/log.ts";
import { noUsage } from "@cody/core/models.ts";
import type { Change, ToolProcess } from "@cody/core/ports/workspace.ts";
import type { Ask, Plan, Turn } from "@cody/core/schema.ts";
import { onTestFinished } from "vitest";
import { makeAnthropic } from "../../packages/runner/src/adapters/anthropic.ts";
import { type Agent, runAgent, type TurnDone } from "../../packages/runner/src/agent/loop.ts";
import { userText } from "../../packages/runner/src/agent/message.ts";
import { ThreadMessages } from "../../packages/runner/src/agent/thread-messages.ts";
import { type Conversation, rebuild } from "../../packages/runner/src/agent/transcript.ts";
import { startClaude } from "../world/claude/claude.ts";
import type { Reply, Script } from "../world/claude/script.ts";

const apiKey = "sk-ant-api03-0123456789abcdef";
export const first = userText("Repository: acme/shop");

interface Play {
  /** What the tools answer. */
  tool?: (name: string, input: unknown, signal: AbortSignal) => Promise<string> | string;
  /** The diff against the base, asked for anew each time. */
  diff?: () => string | undefined;
  leftOut?: string[];
  /** What changed since the last snapshot. */
  snapshot?: () => Buffer | "too-large" | undefined;
  budget?: Partial<Agent["budget"]>;
  /** What people wrote by now. */
  news?: () => Ask[];
  now?: () => number;
  guidance?: Agent["guidanceFor"];
  forewarn?: Agent["forewarn"];
  signal?: AbortSignal;
  stored?: Turn[];
  model?: string;
}

/** The loop's end, and what it stored, told and sent on its way. */
export async function play(script: Script, options: Play = {}) {
  const claude = await startClaude({ keys: [apiKey], script });
  onTestFinished(() => claude.close());
  const log = makeLog({ level: "error", redact: (text) => text, write: () => {}, now: Date.now });
  const saved: Turn[] = [];
  const progress: string[] = [];
  const tools: ToolProcess = {
    run: async (name, input, signal) => ({
      text: (await options.tool?.(name, input, signal)) ?? `${name} done`,
      isError: false,
    }),
    close: async () => {},
  };
  const diff = options.diff ?? (() => "+ changed");
  const plans: Plan[] = [];
  const fresh: Conversation = {
    messages: [first],
    unsaved: [],
    turns: 0,
    spent: { usage: noUsage, costUsd: 0 },
    heard: [],
  };
  const conversation = options.stored ? rebuild(options.stored) : fresh;
  const now = options.now ?? Date.now;
  const agent: Agent = {
    model: makeAnthropic({ apiKey, baseUrl: claude.url, log, now: Date.now }),
    tools,
    workspace: {
      diff: async () => changeOf(diff(), options.leftOut),
      snapshot: async () => options.snapshot?.(),
    },
    settings: { model: options.model ?? "claude-sonnet-5-5", effort: "high" },
    budget: { turns: 50, costUsd: 10, time: { from: 0, until: Number.POSITIVE_INFINITY }, ...options.budget },
    thread: new ThreadMessages({
      read: async () => options.news?.() ?? [],
      heard: conversation.heard,
      wordsOf: ({ by, text }) => `${by} wrote: ${text}`,
      now,
    }),
    forewarn: options.forewarn ?? (() => ""),
    guidanceFor: options.guidance ?? (async () => []),
    now,
    redact: (text) => text.replaceAll("s3cret", "[hidden]"),
    signal: options.signal ?? new AbortController().signal,
    async save({ tree, ...turn }: TurnDone) {
      saved.push({ ...JSON.parse(JSON.stringify(turn)), round: 1, at: 1 });
    },
    report: (told) => {
      if (told.progress) progress.push(told.progress);
      if (told.plan) plans.push(told.plan);
    },
  };
  const result = await runAgent(agent, conversation).then(
    (end) => ({ end, error: undefined }),
    (error: unknown) => ({ end: undefined, error }),
  );
  const finished = result.end && "finished" in result.end ? result.end.finished : undefined;
  const bodies = claude.record.requests.map(
    ({ body }) => body as { messages: { role: string; content: unknown }[] },
  );
  const refused = claude.record.requests.filter(({ status }) => status !== 200);
  return { ...result, finished, saved, progress, plans, bodies, refused, failure: failureIn(result.error) };
}

function failureIn(error: unknown) {
  return error instanceof Failed ? error.failure : undefined;
}

function changeOf(text: string | undefined, leftOut: string[] = []): Change | undefined {
  if (text === undefined) return undefined;
  const diff = { files: 1, additions: 1, deletions: 0, patchBytes: text.length, preview: text };
  return { id: "base..tree", patch: Buffer.from(text), diff, files: [], leftOut };
}

export const read = (path: string) => ({ name: "read_file", input: { path } });
export const command = (command: string) => ({ name: "run_command", input: { command } });
export const done: Reply = {
  calls: [{ name: "finish", input: { summary: "Done.", verification: "Ran the tests." } }],
};
export const nothing: Reply = {
  calls: [
    {
      name: "finish",
      input: { summary: "Nothing to do.", verification: "Searched.", noChangeNeeded: "It is not used." },
    },
  ],
};
