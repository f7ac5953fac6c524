// How a pull request stands in a few words, and the buttons that belong to it.

import type { Standing } from "@cody/core/pull-request-schema.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import { isGreen, standingOf } from "@cody/core/standing.ts";
import type { Button } from "@slack/types";
import { clipped, plain } from "./blocks.ts";
import { pressValue } from "./press.ts";
import { count } from "./words.ts";

/** Slack reports a press on a link as well; whoever listens acknowledges these. */
export const openPullRequest = "open-pull-request";

const checkWords: Record<Standing["checks"], string> = {
  none: "no checks",
  pending: "checks pending",
  passed: "checks passed",
  failed: "checks failed",
};

/** A few words each, what matters most first; nothing where GitHub was not asked yet. */
export function standingWords(run: Run): string[] {
  const standing = standingOf(run);
  if (!standing) return [];
  const { state, draft, review, checks, mergeable, openThreads, autoMerge } = standing;
  if (state !== "open") return [state];
  return [
    draft ? "draft" : review === "approved" || review === "changes requested" ? review : "open",
    checkWords[checks],
    ...(mergeable === "conflicts" ? ["conflicts"] : mergeable === "behind" ? ["behind"] : []),
    ...(openThreads > 0 ? [count(openThreads, "open comment")] : []),
    ...(autoMerge ? ["merges by itself"] : []),
  ];
}

/** The head that people see; pressing acts on this one or not at all. */
export function shownHead(run: Run): string | undefined {
  return standingOf(run)?.headSha ?? run.pullRequest?.headSha;
}

/** Whether there is still something to decide about it; unknown counts as open. */
export function isOpen(run: Run): boolean {
  return run.pullRequest !== undefined && (standingOf(run)?.state ?? "open") === "open";
}

function isDraft(run: Run): boolean {
  return standingOf(run)?.draft ?? run.pullRequest?.draft ?? false;
}

export function pullRequestLink({ pullRequest }: Run): Button[] {
  if (!pullRequest) return [];
  const { number, url } = pullRequest;
  return [{ type: "button", action_id: openPullRequest, text: plain(`Pull request #${number}`), url }];
}

interface Look {
  style?: Button["style"];
  confirm?: Button["confirm"];
}

/** A button that asks for something about one run, on the head that is shown. */
export function runButton(run: Run, action: string, label: string, look: Look = {}): Button {
  const sha = shownHead(run);
  const heads = sha ? [{ run: run.number, sha }] : [];
  const value = pressValue({ job: run.job, run: run.number, heads });
  return { type: "button", action_id: action, text: plain(label), value, ...look };
}

/** Slack's own bound of the words of a confirmation. */
const maxConfirmChars = 300;

/** A question before something that cannot be taken back. */
export function confirmed(title: string, text: string, confirm: string): NonNullable<Button["confirm"]> {
  return {
    title: plain(title),
    text: plain(clipped(text, maxConfirmChars)),
    confirm: plain(confirm),
    deny: plain("Not now"),
  };
}

/** What is usually done with an open pull request. A draft cannot be merged. */
export function decisionButtons(run: Run): Button[] {
  return [
    runButton(run, "approve", "Approve", { style: "primary" }),
    ...(isDraft(run) ? [] : [mergeButton(run)]),
  ];
}

function mergeButton(run: Run): Button {
  const confirm = confirmed(
    `Merge #${run.pullRequest?.number}?`,
    `It is merged into ${run.baseBranch} of ${run.repository.fullName}, as you, if the rules of the repository allow it.`,
    "Merge",
  );
  return runButton(run, "merge", "Merge", { confirm });
}

/** What is done more seldom. */
export function furtherButtons(run: Run): Button[] {
  const confirm = confirmed(
    `Close #${run.pullRequest?.number}?`,
    `The pull request in ${run.repository.fullName} is closed without being merged, as you. Its branch stays.`,
    "Close it",
  );
  return [
    runButton(run, "request-changes", "Request changes on GitHub"),
    ...(isDraft(run) ? [] : [runButton(run, "auto-merge", "Enable auto-merge")]),
    runButton(run, "close", "Close", { style: "danger", confirm }),
  ];
}

/** What is done to several pull requests at once; only where there are several. */
export function allButtons({ id }: Pick<Job, "id">, runs: readonly Run[]): Button[] {
  const open = runs.filter((run) => run.state === "done" && isOpen(run));
  if (open.length < 2) return [];
  const green = open.filter((run) => isGreen(standingOf(run)));
  const all = (action: string, label: string, shown: readonly Run[], look: Look): Button => {
    const heads = shown.flatMap((run) => ({ run: run.number, sha: shownHead(run) ?? "" }));
    return {
      type: "button",
      action_id: action,
      text: plain(label),
      value: pressValue({ job: id, heads }),
      ...look,
    };
  };
  const approve = confirmed(
    `Approve ${count(green.length, "pull request")}?`,
    "Each is approved as you, at the commit that it has now, if its checks still pass by then.",
    "Approve",
  );
  const close = confirmed(
    `Close ${count(open.length, "pull request")}?`,
    "They are closed without being merged, as you. Their branches stay.",
    "Close them",
  );
  return [
    ...(green.length > 0 ? [all("approve-all", "Approve all green", green, { confirm: approve })] : []),
    all("close-all", "Close all", open, { style: "danger", confirm: close }),
  ];
}
