// What people write in the thread of a job: runners read it before their next call of the model.
import { idFrom } from "@cody/core/ids.ts";
import type { App } from "@slack/bolt";
import type { BotContext } from "../context.ts";
import { whyNot } from "./members-only.ts";
import { typedText } from "./typed-text.ts";

export function listenToThreads(app: App, { store, chat, now, log }: BotContext): void {
  app.message(async ({ message }) => {
    // Edits, joins and other bots are not somebody's words; a message with a file is.
    const isPlain = message.subtype === undefined || message.subtype === "file_share";
    if (!isPlain || !("thread_ts" in message) || !message.thread_ts || "bot_id" in message) return;
    const { text, user, ts, thread_ts: threadTs, channel } = message;
    if (!text?.trim() || !user || ts === threadTs) return;
    const { jobs } = await store();
    const job = await jobs.ofThread(channel, threadTs);
    if (!job) return;
    const why = await whyNot(user, chat);
    if (why !== undefined) {
      log.warn("somebody who may not use Cody wrote in the thread of a job", { user, job });
      return chat.whisper({ channel, threadTs, user }, why);
    }
    const isNew = await jobs.ask({
      id: idFrom(channel, ts),
      job,
      kind: "message",
      by: user,
      at: now(),
      text: typedText(text),
    });
    log.info(isNew ? "message for a job" : "message came again", { job });
  });
}
