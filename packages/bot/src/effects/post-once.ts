// Sends one Slack message once: claim, look where it may have been sent before, send, record.
import { MessageGone } from "@cody/core/failure.ts";
import type { ChatMessage } from "@cody/core/ports.ts";
import type { EffectContext } from "./context.ts";

/** What stands in place of a ts where the channel no longer takes messages, so that nobody tries for ever. */
const nowhere = "nowhere";

/** The ts of the message, by whomever it was sent; undefined where somebody is at it or the channel is gone. */
export async function postOnce(
  id: { job: string; key: string },
  message: ChatMessage,
  { store, chat, now, log }: EffectContext,
): Promise<string | undefined> {
  const claim = await store.posts.claim(id.job, id.key, now());
  if (claim.type === "taken") return claim.ts === nowhere ? undefined : claim.ts;
  try {
    const place = { channel: message.channel, threadTs: message.threadTs };
    const sent = claim.type === "again" ? await chat.find(place, id) : undefined;
    const ts = sent ?? (await chat.post(message, id));
    await store.posts.record(id.job, id.key, { ts });
    return ts;
  } catch (error) {
    if (!(error instanceof MessageGone)) throw error;
    log.warn("a message has nowhere to go", { ...id, error });
    await store.posts.record(id.job, id.key, { ts: nowhere });
    return undefined;
  }
}
