// The reply of a run that waits for a person: what it needs, and the buttons that give it.
import type { BranchChoice } from "@cody/core/pull-request-schema.ts";
import type { Run, Waiting } from "@cody/core/schema.ts";
import type { Button } from "@slack/types";
import { actions, clipped, context, escaped, plain, section } from "./blocks.ts";
import { pressValue } from "./press.ts";
import { confirmed, runButton } from "./pull-request.ts";
import type { Reply } from "./result.ts";
import { clock, count, dollars, list } from "./words.ts";

/** What the run needs, in a reply of its own. */
export function waitingReply(run: Run): Reply {
  const { waiting } = run;
  if (!waiting) throw new Error("the run is not waiting");
  const { words, until, hint, buttons } = needs(run, waiting);
  // What holds up every run is told once, and not of one repository.
  const name = waiting.for === "spend-limit" ? "This job" : run.repository.fullName;
  const blocks = [
    section(`*${name}* ${escaped(words)}${until ?? ""}`),
    ...actions(`waiting-${run.number}-${waiting.since}`, buttons),
    ...(hint ? [context(escaped(hint))] : []),
  ];
  return { text: `${escaped(clipped(`${name} ${words}`, 3_000))}${until ?? ""}`, blocks };
}

interface Need {
  words: string;
  /** The end of the words where that is a time, which Slack shows in the reader's own zone. */
  until?: string;
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
        hint: "Deliver what is there ends the round with the change as it is by now. No machine waits meanwhile.",
        buttons: [
          button("more", `Continue with ${dollars(waiting.offerUsd)} more`),
          button("deliver", "Deliver what is there"),
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
        words: `waits, because a spend limit of Claude's API is reached: ${waiting.reached.replace(/\.$/, "")}. The work so far is kept.`,
        hint: "It holds up every job. Once whoever operates Cody has raised it in the Claude Console, Resume in any of their threads lets all of them go on.",
        buttons: [button("resume", "Resume")],
      };
    case "branch":
      return branchNeed(run, waiting, button);
    case "limited":
      return {
        words: `waits, because GitHub takes no more changes for now: ${waiting.reached.replace(/\.$/, "")}. It goes on by itself at `,
        until: `${clock(waiting.until)}.`,
        hint: "Its work is kept, and no machine waits meanwhile.",
        buttons: [],
      };
    case "paused":
      return { words: `was paused by <@${waiting.by}>.`, buttons: [] };
  }
}

type MakeButton = (action: string, label: string, choice: string) => Button;

/** People's commits are never lost by accident: what becomes of the branch is theirs to say. */
function branchNeed(
  run: Run,
  { why, people, commits, headSha }: Extract<Waiting, { for: "branch" }>,
  button: MakeButton,
): Need {
  const choose = (choice: BranchChoice, label: string) => button(`branch-${choice}`, label, choice);
  const number = run.pullRequest ? ` #${run.pullRequest.number}` : "";
  const newBranch = choose("new-branch", "New branch");
  const stop = runButton(run, "stop", "Stop");
  if (why === "closed") {
    const by = people.length > 0 ? ` by ${list(people)}` : "";
    return {
      words: `cannot go on: its pull request${number} was closed${by}.`,
      hint: `${run.turns > 0 ? "Its work is kept." : "Nothing was spent on this round yet."} A new branch gets a pull request of its own.`,
      buttons: [choose("reopen", "Reopen"), newBranch, stop],
    };
  }
  const whose = people.length > 0 ? list(people.slice(0, maxPeople)) : "somebody else";
  const overwrite = {
    ...choose("overwrite", "Overwrite"),
    style: "danger" as const,
    confirm: confirmed(
      "Overwrite these commits?",
      `${count(commits, "commit")} by ${clipped(whose, 150)} would no longer be on the branch. If it moves once more before that, you are asked again.`,
      "Overwrite",
    ),
  };
  return {
    words: `cannot go on: its branch has ${count(commits, "commit")} by ${whose} since Cody's own, up to ${headSha.slice(0, 7)}.`,
    hint: "Build on top keeps them and works from there. A new branch begins at Cody's own last commit and gets a pull request of its own.",
    buttons: [{ ...choose("build-on-top", "Build on top"), style: "primary" }, newBranch, overwrite, stop],
  };
}

/** More names say no more. */
const maxPeople = 5;

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
  const value = pressValue({ job: run.job, run: run.number, since: waiting.since, text: choice });
  return { type: "button", action_id: action, text: plain(clipped(label.trim() || "(no words)", 75)), value };
}
