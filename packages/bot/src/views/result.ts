// The replies in a job's thread: one for each finished round, one for each failure, and the last word.

import { type Failure, remedyOf, retryHelps, sentenceOf } from "@cody/core/failure.ts";
import { jobStatus } from "@cody/core/job.ts";
import { addCost } from "@cody/core/models.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import type { Button, KnownBlock } from "@slack/types";
import { actions, clipped, context, escaped, plain, preformatted, section } from "./blocks.ts";
import { diffCounts } from "./board.ts";
import { checkedLong, heldBack } from "./checks.ts";
import { refusedConnections } from "./isolation.ts";
import { pressValue } from "./press.ts";
import {
  confirmed,
  decisionButtons,
  furtherButtons,
  isOpen,
  pullRequestLink,
  runButton,
} from "./pull-request.ts";
import { count, dollars, duration, list } from "./words.ts";

export interface Reply {
  text: string;
  blocks: KnownBlock[];
}

/** What a round brought: a change with its diff, or that none was needed with the evidence. */
export function resultReply(run: Run): Reply {
  const name = run.repository.fullName;
  const pull = run.pullRequest ? `#${run.pullRequest.number} · ` : "";
  const heading = run.outcome === "unchanged" ? "no change needed" : `changed · ${pull}${diffCounts(run)}`;
  const words = escaped(clipped(run.summary ?? "", 2_500));
  const blocks: KnownBlock[] = [section(`*${name}* · ${heading}\n${words}`)];
  if (run.diff?.preview) blocks.push(preformatted(readable(run.diff.preview)));
  blocks.push(context(factLine(run)), ...notes(run));
  const [first = [], second = []] = rows(run);
  blocks.push(...actions(`result-${run.number}-${run.round}`, first));
  blocks.push(...actions(`further-${run.number}-${run.round}`, second));
  return { text: escaped(`${name} · ${heading}\n${clipped(run.summary ?? "", 500)}`), blocks };
}

/** Git's header of a file as its name alone: the rest of it is for machines, and the patch file has it. */
function readable(preview: string): string {
  const lines = preview
    .split("\n")
    .filter((line) => !/^(diff --git |index |--- (a\/|\/dev\/null))/.test(line));
  return lines.map((line) => line.replace(/^\+\+\+ b\//, "")).join("\n");
}

function factLine(run: Run): string {
  const words: string[] = [];
  if (run.outcome === "changed") words.push(`checked: ${checkedLong(run)}`);
  if (run.patchOnly) words.push(`patch only: ${run.patchOnly}`);
  if (run.pullRequest?.draft) words.push(heldBack(run) ?? "draft");
  if (run.pullRequest && run.isSigned === false) words.push("commits not verified by GitHub");
  if (run.startedAt && run.endedAt) words.push(duration(run.endedAt - run.startedAt));
  words.push(count(run.turns, "turn"), dollars(run.costUsd), ...refusedConnections(run));
  return words.map(escaped).join(" · ");
}

/** What could not be done beside the change. */
function notes({ notes: said = [] }: Run): KnownBlock[] {
  return said.length > 0 ? [context(said.map((note) => `• ${escaped(clipped(note, 300))}`).join("\n"))] : [];
}

/** What is usual after a round, and what is done more seldom. */
function rows(run: Run): Button[][] {
  const after = [runButton(run, "follow-up", "Ask for changes"), conversation(run)];
  if (isOpen(run)) return [[...decisionButtons(run), ...after, ...pullRequestLink(run)], furtherButtons(run)];
  if (run.pullRequest) return [[conversation(run), ...pullRequestLink(run)]];
  return [[...(run.diff ? [openFromPatch(run)] : []), ...after]];
}

function openFromPatch(run: Run): Button {
  const confirm = confirmed(
    "Open a pull request?",
    `The patch is applied to ${run.baseBranch} of ${run.repository.fullName} as it is now. The model does not run again.`,
    "Open it",
  );
  return runButton(run, "apply-patch", "Open pull request", { confirm });
}

function conversation(run: Run): Button {
  return runButton(run, "conversation", "Conversation");
}

/** One failure, told once for all runs that it stopped in the same words. */
export function failureReply(runs: Run[]): Reply {
  const reason = runs[0]?.reason;
  if (!reason) throw new Error("a failed run has no reason");
  const names = list(runs.map((run) => run.repository.fullName));
  const kept = runs.some((run) => run.diff) ? " What was done until then is attached as a patch." : "";
  const words = `${sentenceOf(reason)}\n${remedyOf(reason)}${kept}`;
  return {
    text: escaped(clipped(`${names} failed. ${words}`, 3_000)),
    blocks: [
      section(`*${names}* · failed\n${escaped(words)}`),
      ...actions(`failure-${runs[0]?.number}-${runs[0]?.round}`, failureButtons(runs, reason)),
    ],
  };
}

function failureButtons(runs: Run[], reason: Failure): Button[] {
  const [only, ...others] = runs;
  const mayAsk = only && others.length === 0 && only.turns > 0;
  return [
    ...(retryHelps(reason) ? [retryButton(runs)] : []),
    ...(mayAsk ? [runButton(only, "follow-up", "Ask for changes")] : []),
  ];
}

/** One for all runs that a reply tells of. */
function retryButton(runs: Run[]): Button {
  const text = runs.map(({ number }) => number).join(",");
  const value = pressValue({ job: runs[0]?.job ?? "", text });
  return { type: "button", action_id: "retry", text: plain("Retry"), value };
}

/** The last word of a job: that it is over, what came of it, and a ping for who asked. */
export function endReply(job: Job, runs: Run[]): Reply {
  const of = (outcome: Run["outcome"]) => runs.filter((run) => run.outcome === outcome).length;
  const parts = [
    of("changed") && `${of("changed")} changed`,
    of("unchanged") && `${of("unchanged")} needed no change`,
    of("failed") && `${of("failed")} failed`,
    of("cancelled") && `${of("cancelled")} stopped`,
  ].filter((part): part is string => typeof part === "string");
  const cost = runs.reduce<number | null>((sum, run) => addCost(sum, run.costUsd), 0);
  const status = jobStatus(job, runs);
  const rounds = runs.reduce((sum, run) => sum + run.round, 0);
  const after = rounds > runs.length ? ` after ${rounds} rounds` : "";
  const words = `<@${job.requester}> ${status === "done" ? "Done" : `Over: ${status}`}${after}: ${list(parts)}. ${cost === null ? "The cost is not known" : `${dollars(cost)} in all`}.`;
  const stopped = runs.filter(({ outcome }) => outcome === "cancelled");
  const buttons =
    stopped.length > 0 ? [{ ...retryButton(stopped), text: plain("Retry what was stopped") }] : [];
  return { text: words, blocks: [section(words), ...actions("end", buttons)] };
}

/** What the person who asked is told where a job could not even begin. In a thread it pings that person. */
export function refusalReply(job: Job): Reply {
  if (!job.refused) throw new Error("the job was not refused");
  const ping = job.thread ? `<@${job.requester}> ` : "";
  const words = `${ping}${escaped(`“${job.name}” was not started. ${sentenceOf(job.refused)} ${remedyOf(job.refused)}`)}`;
  return {
    text: words,
    blocks: [section(words), section("Your request, so that it is not lost:"), preformatted(job.prompt)],
  };
}
