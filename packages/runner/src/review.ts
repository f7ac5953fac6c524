// The conversations of a review as the agent knows them: by small numbers, which its replies name.
import type { ReviewThread } from "@cody/core/ports/code-host.ts";
import type { FinishInput } from "./tools/finish.ts";

export type ReviewReply = NonNullable<FinishInput["reviewReplies"]>[number];

/** A review of more than this is read in parts by people as well; what is left over is there in the next round. */
export const maxThreads = 30;

/** Which conversation of GitHub's a number means. */
export interface GivenThread {
  thread: number;
  /** Of its first comment. */
  comment: number;
}

/** As many as a round is given. What is said of the whole takes no answer, so it has no number. */
export function numbered(threads: readonly ReviewThread[]): (ReviewThread & Partial<GivenThread>)[] {
  let count = 0;
  return threads
    .slice(0, maxThreads)
    .map((each) => (each.comment === undefined ? each : { ...each, thread: ++count }));
}

/** What the agent says to one; an answer in several parts is one answer. */
export function textTo(thread: number, replies: readonly ReviewReply[]): string | undefined {
  const texts = replies.filter((reply) => reply.thread === thread).map(({ text }) => text.trim());
  return texts.filter(Boolean).join("\n\n") || undefined;
}
