// Slack's limits on how often, how long and how many, and the counting of calls against them.
import type { BlockSettings } from "./blocks.ts";

export interface Limits extends BlockSettings {
  /** Calls of a method in a minute, all callers of the workspace together. */
  callsPerMinute: Record<string, number>;
  /** chat.postMessage in one channel: how many at once, and how many a second after that. */
  channelPostBurst: number;
  channelPostsPerSecond: number;
  /** An app must answer within this time. */
  answerWithinMs: number;
  triggerLifetimeMs: number;
  /** Waits before the first, second and third repetition of an event that was not answered. */
  eventRetryDelaysMs: readonly number[];
  responseUrlUses: number;
  responseUrlLifetimeMs: number;
  /** How long after files.completeUploadExternal the file appears in the channel. */
  fileShareDelayMs: number;
  /** Text of all blocks of a message together; Slack documents 12,000 only for markdown but enforces it for all. */
  messageBlocksMaxCharacters: number;
}

const tier2 = 20;
const tier3 = 50;
const tier4 = 100;

export const slackLimits: Limits = {
  callsPerMinute: {
    "chat.postMessage": 300,
    "chat.update": tier3,
    "chat.delete": tier3,
    "chat.postEphemeral": tier4,
    "conversations.info": tier3,
    "conversations.list": tier2,
    "conversations.join": tier3,
    "conversations.open": tier3,
    "conversations.history": tier3,
    "conversations.replies": tier3,
    "conversations.members": tier4,
    "users.info": tier4,
    "users.list": tier2,
    "files.getUploadURLExternal": tier4,
    "files.completeUploadExternal": tier4,
    "files.info": tier4,
    "views.open": tier4,
    "views.push": tier4,
    "views.update": tier4,
    "views.publish": tier4,
    "reactions.add": tier3,
  },
  channelPostBurst: 4,
  channelPostsPerSecond: 1,
  answerWithinMs: 3000,
  triggerLifetimeMs: 3000,
  eventRetryDelaysMs: [0, 60_000, 300_000],
  responseUrlUses: 5,
  responseUrlLifetimeMs: 30 * 60_000,
  fileShareDelayMs: 100,
  messageBlocksMaxCharacters: 12_000,
  unsupportedBlocks: [],
  uniqueActionIds: "surface",
};

/** Counts calls; answers the seconds to wait when one call is too many, and 0 when it may pass. */
export class RateLimiter {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #calls = new Map<string, number[]>();
  readonly #posts = new Map<string, { tokens: number; at: number }>();

  constructor(limits: Limits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Seconds until this method may be called again; a call that may pass is counted. */
  secondsToWait(method: string, channel: string | undefined): number {
    const wait = Math.max(
      this.#minuteWaitMs(method),
      method === "chat.postMessage" && channel ? this.#postWaitMs(channel) : 0,
    );
    if (wait > 0) return Math.max(1, Math.ceil(wait / 1000));
    this.#calls.get(method)?.push(this.#now());
    const bucket = channel === undefined ? undefined : this.#posts.get(channel);
    if (method === "chat.postMessage" && bucket) bucket.tokens -= 1;
    return 0;
  }

  #minuteWaitMs(method: string): number {
    const perMinute = this.#limits.callsPerMinute[method];
    if (perMinute === undefined) return 0;
    const recent = (this.#calls.get(method) ?? []).filter((at) => at > this.#now() - 60_000);
    this.#calls.set(method, recent);
    const oldestThatCounts = recent[recent.length - perMinute];
    return oldestThatCounts === undefined ? 0 : oldestThatCounts + 60_000 - this.#now();
  }

  #postWaitMs(channel: string): number {
    const { channelPostBurst, channelPostsPerSecond } = this.#limits;
    const now = this.#now();
    const bucket = this.#posts.get(channel) ?? { tokens: channelPostBurst, at: now };
    const earned = ((now - bucket.at) / 1000) * channelPostsPerSecond;
    bucket.tokens = Math.min(channelPostBurst, bucket.tokens + earned);
    bucket.at = now;
    this.#posts.set(channel, bucket);
    return bucket.tokens >= 1 ? 0 : ((1 - bucket.tokens) / channelPostsPerSecond) * 1000;
  }
}
