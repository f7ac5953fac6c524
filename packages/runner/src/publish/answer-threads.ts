// Answers the conversations of a review, each once: with what the agent said to it, or with the commit that answers it.
import { Failed } from "@cody/core/failure.ts";
import type { Place } from "../repository-check.ts";
import { type ReviewReply, textTo } from "../review.ts";
import type { Round } from "../world.ts";
import { disarm } from "./disarm.ts";

interface Answers {
  place: Place;
  pull: number;
  /** The conversations that the agent was given, by its numbers. */
  threads: readonly { thread: number; comment: number }[];
  replies: readonly ReviewReply[];
  /** Undefined where nothing was pushed; then only what the agent said is told. */
  sha?: string;
}

/** Returns sentences on those that could not be answered. That GitHub is away, or limits, is thrown. */
export async function answerThreads(
  { world, heartbeat }: Round,
  { place, pull, threads, replies, sha }: Answers,
): Promise<string[]> {
  const notes: string[] = [];
  for (const { thread, comment } of threads) {
    const text = textTo(thread, replies) ?? (sha && `Done in ${sha}.`);
    if (!text) continue;
    heartbeat.assertHeld();
    try {
      await world.codeHost.answerThread(place, pull, { comment, text: disarm(world.redact(text)) });
    } catch (error) {
      if (!(error instanceof Failed) || error.failure.kind === "github-unavailable") throw error;
      world.log.warn("A conversation of the review could not be answered", { error, thread });
      notes.push(`One conversation of the review could not be answered: ${error.failure.detail}.`);
    }
  }
  return notes;
}
