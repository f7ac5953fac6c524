// What the input of a conversation costs, by the scripted API's own account of its cache, against an ideal cache.
import type { Usage } from "@anthropic-ai/sdk/resources/messages";
import { systemPrompt } from "../../packages/runner/src/agent/prompt.ts";
import { tools } from "../../packages/runner/src/tools/catalogue.ts";
import { startClaude } from "../world/claude/claude.ts";
import type { Reply } from "../world/claude/script.ts";
import { answering, clientOf, type Played, playRound, reads } from "./scripted-round.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** Prices in full-price tokens, as all models have them or dearer: some read for half of that or less. */
const price = { read: 0.1, write: 1.25, writeForAnHour: 2 };

const turns = 60;
const secondMs = 1_000;
const minuteMs = 60_000;
const commands = { every: 10, ms: 6 * minuteMs };

export interface CacheCost {
  /**
   * The worst case's cost to that of an ideal cache: append-only, everything written once for five minutes, all that
   * came before read each time, nothing ever forgotten.
   */
  toIdeal: number;
  /** The worst case's cost to that of the same prompts without a cache. */
  toUncached: number;
  /** Each case to the ideal. */
  byCase: Record<string, number>;
  /** The case of the long commands, had everything been written for an hour, and had the cache been left to die. */
  longCommandsOtherwise: { hourToIdeal: number; expiredToIdeal: number };
  /** 160 turns, past the length at which a conversation begins anew, to the ideal that never does. */
  longToIdeal: number;
  /** Readings that only kept the cache warm, in the case of the long commands. */
  warmings: number;
  /** System prompt and tools. */
  fixedTokens: number;
}

/** Plays the cases and reads the bill. */
export async function measureCache(): Promise<CacheCost> {
  const oneCall = await play({ calls: 1, chars: 4_800 });
  const tenCalls = await play({ calls: 10, chars: 480 });
  const longCommands = await play({ calls: 1, chars: 4_800, isLong: (turn) => turn % commands.every === 0 });
  const long = await play({ calls: 1, chars: 8_400, times: 160 });
  const cases = { oneCall, tenCalls, longCommands };
  const byCase = Object.fromEntries(
    Object.entries(cases).map(([name, played]) => [name, costOf(played) / idealOf(promptsOf(played))]),
  );
  const prompts = promptsOf(longCommands);
  return {
    toIdeal: Math.max(...Object.values(byCase)),
    toUncached: Math.max(...Object.values(cases).map((played) => costOf(played) / sum(promptsOf(played)))),
    byCase,
    longCommandsOtherwise: {
      hourToIdeal: idealOf(prompts, price.writeForAnHour) / idealOf(prompts),
      expiredToIdeal: expiredOf(prompts) / idealOf(prompts),
    },
    longToIdeal: costOf(long) / idealOf(appendOnly(promptsOf(long))),
    warmings: answersOf(longCommands).filter(({ isWarming }) => isWarming).length,
    fixedTokens: await countFixed(),
  };
}

interface Case {
  calls: number;
  /** What each call gives. */
  chars: number;
  times?: number;
  /** Whether the answer with this number, from 1, runs a command that takes long. */
  isLong?: (turn: number) => boolean;
}

async function play({ calls, chars, times = turns, isLong = () => false }: Case): Promise<Played> {
  const clock = new VirtualClock();
  let results = 0;
  const answer = (index: number): Reply =>
    isLong(index + 1)
      ? {
          thinking: "Now the tests.",
          calls: [{ name: "run_command", input: { command: `npm test ${index}` } }],
        }
      : reads(calls, index);
  const played = await playRound({
    script: answering(times, answer),
    now: clock.now,
    pause: clock.pause,
    async tool(name) {
      results += 1;
      await clock.advance(name === "run_command" ? commands.ms : (5 * secondMs) / calls);
      return `${results} ${"export const rate = 19;\n".repeat(chars / 24)}`;
    },
  });
  const refused = played.requests.find(({ status }) => status !== 200);
  if (refused) throw new Error(`the API refused a request: ${refused.error?.message}`);
  return played;
}

interface Answer {
  usage: Usage;
  isWarming: boolean;
}

function answersOf({ requests }: Played): Answer[] {
  return requests.flatMap(({ usage, body }) =>
    usage ? [{ usage, isWarming: (body as { max_tokens: number }).max_tokens === 0 }] : [],
  );
}

function costOf(played: Played): number {
  return sum(
    answersOf(played).map(
      ({ usage }) =>
        usage.input_tokens +
        (usage.cache_read_input_tokens ?? 0) * price.read +
        (usage.cache_creation?.ephemeral_5m_input_tokens ?? 0) * price.write +
        (usage.cache_creation?.ephemeral_1h_input_tokens ?? 0) * price.writeForAnHour,
    ),
  );
}

/** Tokens of each prompt that was answered. */
function promptsOf(played: Played): number[] {
  return answersOf(played)
    .filter(({ isWarming }) => !isWarming)
    .map(
      ({ usage }) =>
        usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    );
}

function idealOf(prompts: number[], write = price.write): number {
  return sum(
    prompts.map((tokens, index) => {
      const before = prompts[index - 1] ?? 0;
      if (tokens < before) throw new Error("the conversation became shorter, which this ideal cannot tell");
      return before * price.read + (tokens - before) * write;
    }),
  );
}

/** The same prompts where everything is written anew after each long command. */
function expiredOf(prompts: number[]): number {
  return sum(
    prompts.map((tokens, index) => {
      const before = prompts[index - 1] ?? 0;
      const isForgotten = index % commands.every === 0;
      return isForgotten ? tokens * price.write : before * price.read + (tokens - before) * price.write;
    }),
  );
}

/** The prompts as they would have been, had the conversation never begun anew: it grows by the same each time. */
function appendOnly(prompts: number[]): number[] {
  let tokens = prompts[0] ?? 0;
  const usual = (prompts[2] ?? 0) - (prompts[1] ?? 0);
  return prompts.map((prompt, index) => {
    const grown = prompt - (prompts[index - 1] ?? prompt);
    tokens += grown >= 0 ? grown : usual;
    return tokens;
  });
}

/** What the API counts for system prompt and tools with the shortest of messages, and without them. */
async function countFixed(): Promise<number> {
  const claude = await startClaude({
    keys: ["sk-ant-api03-0123456789abcdef"],
    script: () => ({ text: "Yes." }),
  });
  try {
    const messages = [{ role: "user", content: [{ type: "text", text: "Go." }] }];
    const asked = {
      model: "claude-sonnet-5-5",
      effort: "high",
      messages,
      signal: new AbortController().signal,
    } as const;
    const client = clientOf(claude.url);
    const whole = await client.answer({ ...asked, system: systemPrompt, tools });
    const empty = await client.answer({ ...asked, system: ".", tools: [] });
    const tokensOf = ({ usage }: typeof whole) =>
      usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
    return tokensOf(whole) - tokensOf(empty) + 1;
  } finally {
    await claude.close();
  }
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
