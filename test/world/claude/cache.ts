// The prompt cache, accounted exactly: what a request reads, what it writes, and what is billed for it.
import type { Breakpoint, PromptBlock, Ttl } from "./prompt.ts";

/** How many positions a breakpoint looks at for an entry, itself counted as the first. */
const LOOK_BACK_BLOCKS = 20;
const TTL_MS: Record<Ttl, number> = { "5m": 5 * 60_000, "1h": 60 * 60_000 };

/** One cached prefix. */
export interface CacheEntry {
  ttlMs: number;
  /** Milliseconds since 1970; counted from the start of the request that wrote or read the entry last. */
  expiresAt: number;
}

/** The input side of `usage`, in tokens. */
export interface InputUsage {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
}

export interface Accounting {
  usage: InputUsage;
  /** Entries written or refreshed; they can be read once the answer has begun, so the caller stores them then. */
  touched: Map<string, CacheEntry>;
}

export interface CacheQuestion {
  blocks: readonly PromptBlock[];
  breakpoints: readonly Breakpoint[];
  /** Who and what a cache belongs to: key and model. */
  scope: string;
  /** What besides the blocks cached messages depend on; tools and system do not. */
  messageParameters: string;
  minCacheableTokens: number;
  /** Milliseconds since 1970, at the start of the request. */
  nowMs: number;
}

/**
 * What one request reads and writes. Entries are written at breakpoints alone; a read is the longest earlier entry
 * within 20 positions before a breakpoint; a prefix below the model's minimum is neither written nor read.
 */
export function account(entries: ReadonlyMap<string, CacheEntry>, question: CacheQuestion): Accounting {
  const { blocks, breakpoints, nowMs } = question;
  const upTo: number[] = [];
  for (const block of blocks) upTo.push((upTo.at(-1) ?? 0) + block.tokens);
  const tokensUpTo = (index: number) => upTo[index] ?? 0;
  const live = (index: number) => {
    const entry = entries.get(entryName(question, index));
    return entry !== undefined && entry.expiresAt > nowMs ? entry : undefined;
  };

  const points = breakpoints.filter((point) => tokensUpTo(point.index) >= question.minCacheableTokens);
  let readIndex = -1;
  for (const { index } of points) {
    for (let place = index; place >= 0 && place > index - LOOK_BACK_BLOCKS; place -= 1) {
      if (live(place) === undefined) continue;
      readIndex = Math.max(readIndex, place);
      break;
    }
  }

  const touched = new Map<string, CacheEntry>();
  const touch = (index: number, ttlMs: number) =>
    touched.set(entryName(question, index), { ttlMs, expiresAt: nowMs + ttlMs });
  const readEntry = live(readIndex);
  if (readEntry !== undefined) touch(readIndex, readEntry.ttlMs);
  const written: Record<Ttl, number> = { "5m": 0, "1h": 0 };
  let paidIndex = readIndex;
  for (const { index, ttl } of points) {
    touch(index, live(index)?.ttlMs ?? TTL_MS[ttl]);
    if (index <= paidIndex) continue;
    written[ttl] += tokensUpTo(index) - tokensUpTo(paidIndex);
    paidIndex = index;
  }

  const created = written["5m"] + written["1h"];
  const read = tokensUpTo(readIndex);
  return {
    usage: {
      input_tokens: tokensUpTo(blocks.length - 1) - read - created,
      cache_creation_input_tokens: created,
      cache_read_input_tokens: read,
      cache_creation: { ephemeral_5m_input_tokens: written["5m"], ephemeral_1h_input_tokens: written["1h"] },
    },
    touched,
  };
}

function entryName({ scope, messageParameters, blocks }: CacheQuestion, index: number): string {
  const block = blocks[index];
  if (block === undefined) return "";
  return `${scope}|${block.tier === "messages" ? messageParameters : ""}|${block.prefix}`;
}
