// Sends one Slack message once: claim, look where it may have been sent before, send, record.
import { setTimeout as sleep } from "node:timers/promises";
import { AnswerLost, MessageGone, RateLimited } from "@cody/core/failure.ts";
import type { ChatMessage } from "@cody/core/ports/chat.ts";
import type { EffectContext } from "./context.ts";

/** Longer pauses are left to whoever looks after the job next; a function must not sleep through its time. */
const longestPauseMs = 5_000;
const maxPauses = 5;

/** What stands in place of a ts where the channel does not take the message, so that nobody tries for ever. */
export const nowhere = "nowhere";

/** The ts of the message, by whomever it was sent, or `nowhere`; undefined where somebody else is at it. */
export async function postOnce(
  id: { job: string; key: string },
  message: ChatMessage,
  context: EffectContext,
): Promise<string | undefined> {
  const { store, chat, now } = context;
  const claim = await store.posts.claim(id.job, id.key, now());
  if (claim.type === "taken") return claim.ts;
  return sending(id, context, async () => {
    const place = { channel: message.channel, threadTs: message.threadTs };
    const sent = claim.type === "again" ? await chat.find(place, id) : undefined;
    return sent ?? (await chat.post(message, id));
  });
}

/**
 * Does the sending of a claimed message and records its ts. Where Slack said no, the claim ends at once; where the
 * answer was lost it stays, because what was sent may arrive late and would not be found yet.
 */
export async function sending(
  id: { job: string; key: string },
  { store, log }: EffectContext,
  send: () => Promise<string>,
): Promise<string> {
  let ts = nowhere;
  try {
    ts = await paced(send);
  } catch (error) {
    if (!(error instanceof MessageGone)) {
      if (!(error instanceof AnswerLost)) await store.posts.release(id.job, id.key);
      throw error;
    }
    log.warn("a message has nowhere to go", { ...id, error });
  }
  await store.posts.record(id.job, id.key, { ts });
  return ts;
}

/** Slack takes about a message a second in a channel and says when it takes more; a thread often has two to say. */
async function paced<T>(send: () => Promise<T>): Promise<T> {
  for (let pause = 1; ; pause += 1) {
    try {
      return await send();
    } catch (error) {
      const isShort = error instanceof RateLimited && error.retryAfterMs <= longestPauseMs;
      if (!isShort || pause > maxPauses) throw error;
      await sleep(error.retryAfterMs);
    }
  }
}
