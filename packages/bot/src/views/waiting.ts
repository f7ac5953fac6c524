// The reply of a run that waits for a person: what it needs, and the buttons that give it.
import type { Run, Waiting } from "@cody/core/schema.ts";
import type { Button } from "@slack/types";
import { actions, clipped, context, escaped, plain, section } from "./blocks.ts";
import type { Reply } from "./result.ts";
import { dollars } from "./words.ts";

/** What the run needs, in a reply of its own. */
export function waitingReply(run: Run): Reply {
  const { waiting } = run;
  if (!waiting) throw new Error("the run is not waiting");
  const { words, hint, buttons } = needs(run, waiting);
  const name = run.repository.fullName;
  const blocks = [
    section(`*${name}* ${escaped(words)}`),
    ...actions(`waiting-${run.number}-${waiting.since}`, buttons),
    ...(hint ? [context(escaped(hint))] : []),
  ];
  return { text: escaped(clipped(`${name} ${words}`, 3_000)), blocks };
}

interface Need {
  words: string;
  hint?: string;
  buttons: Button[];
}

function needs(run: Run, waiting: Waiting): Need {
  const button = (action: string, label: string, choice = "") =>
    pressed(run, waiting, { action, label, choice });
  switch (waiting.for) {
    case "question":
      return {
        words: `asks: ${clipped(waiting.question, 2_000)}`,
        hint: "Or answer in this thread in your own words. No machine waits meanwhile.",
        buttons: waiting.options.map((option, index) => button(`reply-${index}`, option, String(index))),
      };
    case "budget":
      return {
        words: `reached its limit: ${waiting.reached}. Its work so far is kept.`,
        buttons: [
          button("more", `Continue with ${dollars(waiting.offerUsd)} more`),
          button("deliver", "Stop with what is there"),
        ],
      };
    case "hold":
      return {
        words: `is ready, but touches what somebody should look at before it is pushed:\n${listed(waiting.reasons)}`,
        hint: "The patch is in this thread. Stop on the board ends the job without a push.",
        buttons: [button("release", "Push it")],
      };
    case "spend-limit":
      return {
        words: `waits, because Claude's API takes no more requests: ${waiting.reached}. Its work so far is kept.`,
        hint: "Every run meets the same limit. Whoever operates Cody has to raise it; then Resume on the board lets all of them go on.",
        buttons: [button("resume", "Resume")],
      };
    case "paused":
      return { words: `was paused by <@${waiting.by}>.`, buttons: [] };
  }
}

/** Reasons beyond these do not help to decide. */
const maxReasons = 12;

function listed(reasons: string[]): string {
  const shown = reasons.slice(0, maxReasons).map((reason) => `• ${clipped(reason, 200)}`);
  const more = reasons.length - shown.length;
  return [...shown, ...(more > 0 ? [`• and ${more} more`] : [])].join("\n");
}

/** The value says which run, which waiting and which choice; what it means is the table's to say. */
function pressed(
  run: Run,
  waiting: Waiting,
  { action, label, choice }: { action: string; label: string; choice: string },
): Button {
  const value = [run.job, run.number, waiting.since, choice].join(".");
  return { type: "button", action_id: action, text: plain(clipped(label.trim() || "(no words)", 75)), value };
}
