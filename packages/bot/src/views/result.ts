// The replies in a job's thread: one for each finished round, one for each failure, and the last word.

import { remedyOf, sentenceOf } from "@cody/core/failure.ts";
import { jobStatus } from "@cody/core/job.ts";
import { addCost } from "@cody/core/models.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import type { Button, KnownBlock } from "@slack/types";
import { actions, clipped, context, escaped, plain, preformatted, section } from "./blocks.ts";
import { diffCounts } from "./board.ts";
import { checkedLong, heldBack } from "./checks.ts";
import { refusedConnections } from "./isolation.ts";
import { count, dollars, duration, list } from "./words.ts";

export interface Reply {
  text: string;
  blocks: KnownBlock[];
}

/** What a round brought: a change with its diff, or that none was needed with the evidence. */
export function resultReply(run: Run): Reply {
  const name = run.repository.fullName;
  const heading = run.outcome === "unchanged" ? "no change needed" : `changed · ${diffCounts(run)}`;
  const words = escaped(clipped(run.summary ?? "", 2_500));
  const blocks: KnownBlock[] = [section(`*${name}* · ${heading}\n${words}`)];
  if (run.diff?.preview) blocks.push(preformatted(readable(run.diff.preview)));
  blocks.push(context(factLine(run)));
  blocks.push(...actions(`result-${run.number}-${run.round}`, links(run)));
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
  if (run.startedAt && run.endedAt) words.push(duration(run.endedAt - run.startedAt));
  words.push(count(run.turns, "turn"), dollars(run.costUsd), ...refusedConnections(run));
  return words.map(escaped).join(" · ");
}

function links(run: Run): Button[] {
  if (!run.pullRequest) return [];
  const { number, url } = run.pullRequest;
  return [{ type: "button", action_id: "open-pull-request", text: plain(`Pull request #${number}`), url }];
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
    blocks: [section(`*${names}* · failed\n${escaped(words)}`)],
  };
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
  const words = `<@${job.requester}> ${status === "done" ? "Done" : `Over: ${status}`}: ${list(parts)}. ${cost === null ? "The cost is not known" : `${dollars(cost)} in all`}.`;
  return { text: words, blocks: [section(words)] };
}

/** What the person who asked is told where a job could not even begin. */
export function refusalReply(job: Job): Reply {
  if (!job.refused) throw new Error("the job was not refused");
  const words = `“${job.name}” was not started. ${sentenceOf(job.refused)} ${remedyOf(job.refused)}`;
  return {
    text: escaped(words),
    blocks: [
      section(escaped(words)),
      section("Your request, so that it is not lost:"),
      preformatted(job.prompt),
    ],
  };
}
