// A round of the real loop and the real client against the scripted model, with tools that are told what to answer.
import { makeLog } from "@cody/core/log.ts";
import { noUsage } from "@cody/core/models.ts";
import type { ModelClient } from "@cody/core/ports/model.ts";
import type { Change } from "@cody/core/ports/workspace.ts";
import type { Turn } from "@cody/core/schema.ts";
import { makeAnthropic } from "../../packages/runner/src/adapters/anthropic.ts";
import type { Pause } from "../../packages/runner/src/agent/keep-warm.ts";
import { type AgentEnd, runAgent, type TurnDone } from "../../packages/runner/src/agent/loop.ts";
import { userText } from "../../packages/runner/src/agent/message.ts";
import { rebuild } from "../../packages/runner/src/agent/transcript.ts";
import { type Claude, startClaude } from "../world/claude/claude.ts";
import type { Reply, Script } from "../world/claude/script.ts";

const apiKey = "sk-ant-api03-0123456789abcdef";

interface Round {
  script: Script;
  /** What a tool gives, by its name. */
  tool(name: string): Promise<string>;
  model?: string;
  /** The clock of the cache, and waiting by it. */
  now?: () => number;
  pause?: Pause;
  /** Turns of an earlier runner; without them the round is new. */
  stored?: Turn[];
  save?(turn: Turn): Promise<void>;
  redact?: (text: string) => string;
}

export interface Played {
  end: AgentEnd;
  /** All turns, those that were stored before among them. */
  saved: Turn[];
  requests: Claude["record"]["requests"];
}

/** Plays a round to its end. Fails as the round does. */
export async function playRound({ script, now, ...round }: Round): Promise<Played> {
  const claude = await startClaude({ keys: [apiKey], script, now });
  try {
    const played = await runLoop({ ...round, client: clientOf(claude.url) });
    return { ...played, requests: claude.record.requests };
  } finally {
    await claude.close();
  }
}

/** The real client of an API at this address. */
export function clientOf(baseUrl: string): ModelClient {
  const log = makeLog({ level: "error", redact: (text) => text, write: () => {}, now: Date.now });
  return makeAnthropic({ apiKey, baseUrl, log, now: Date.now });
}

/** The loop with this client; what the round changes is always the same. */
export async function runLoop({
  client,
  tool,
  save,
  pause,
  model = "claude-sonnet-5-5",
  stored = [firstTurn],
  redact = (text) => text,
}: Omit<Round, "script" | "now"> & { client: ModelClient }): Promise<Omit<Played, "requests">> {
  const saved = [...stored];
  let snapshots = 0;
  const end = await runAgent(
    {
      model: client,
      tools: { run: async (name) => ({ text: await tool(name), isError: false }), close: async () => {} },
      workspace: {
        diff: async () => change,
        async snapshot() {
          snapshots += 1;
          return Buffer.from(String(snapshots));
        },
      },
      settings: { model, effort: "high" },
      budget: { turns: 1_000, costUsd: 1_000, time: { from: 0, until: Number.POSITIVE_INFINITY } },
      thread: { take: async () => ({ words: [], ids: [] }), isWaiting: () => Promise.resolve(false) },
      guidanceFor: async () => [],
      forewarn: () => "",
      redact,
      signal: new AbortController().signal,
      now: Date.now,
      pause,
      async save({ tree, ...done }: TurnDone) {
        const turn: Turn = { ...structuredClone(done), round: 1, at: 1 };
        saved.push(turn);
        await save?.(turn);
      },
      report: () => {},
    },
    rebuild(stored),
  );
  return { end, saved };
}

const change: Change = {
  id: "base..tree",
  patch: Buffer.from("+ changed"),
  diff: { files: 1, additions: 1, deletions: 0, patchBytes: 9, preview: "+ changed" },
  files: [],
  leftOut: [],
};

/** What every round begins with. */
export const firstTurn: Turn = {
  turn: 0,
  round: 1,
  at: 1,
  messages: [userText("Repository: acme/shop\n\nRaise the VAT everywhere.")],
  usage: noUsage,
  costUsd: 0,
};

export const finish: Reply = {
  calls: [{ name: "finish", input: { summary: "Done.", verification: "Read it again." } }],
};

/** `count` reads in one answer; no two answers are the same. */
export function reads(count: number, answer: number): Reply {
  return {
    thinking: "The rate stands in several files, and I have not seen all of them.",
    calls: Array.from({ length: count }, (_, index) => ({
      name: "read_file",
      input: { path: `src/rates/part-${answer}-${index}.ts` },
    })),
  };
}

/**
 * The answers in their order, then the end of the round. It counts by itself: a conversation that begins anew no longer
 * tells how often the model was asked.
 */
export function answering(times: number, answer: (index: number) => Reply): Script {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > times ? finish : answer(asked - 1);
  };
}
