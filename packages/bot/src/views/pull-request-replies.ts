// The replies that follow from how a pull request stands: checks, reviewers, a new head, the end of it.
import { mayFixByItself } from "@cody/core/due.ts";
import { maxAutomaticRounds } from "@cody/core/limits.ts";
import type { Standing } from "@cody/core/pull-request-schema.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import type { Button } from "@slack/types";
import { actions, clipped, escaped, section } from "./blocks.ts";
import {
  decisionButtons,
  furtherButtons,
  pullRequestLink,
  runButton,
  standingWords,
} from "./pull-request.ts";
import type { Reply } from "./result.ts";
import { count, list } from "./words.ts";

/** More names say no more; GitHub shows them all. */
const maxChecksShown = 8;

/** Which checks failed, and the way to have them mended. */
export function checksReply(run: Run, job: Job): Reply {
  const { failing, headSha } = standingOf(run);
  const shown = failing.slice(0, maxChecksShown).map(({ name, required, url }) => {
    const words = escaped(clipped(name, 100));
    return `• ${linked(words, url)}${required ? " (required)" : ""}`;
  });
  const more = failing.length - shown.length;
  if (more > 0) shown.push(`• and ${more} more`);
  const byItself =
    job.fixChecks && mayFixByItself(run, headSha)
      ? `\nA round for them begins by itself (${(run.automaticRounds ?? 0) + 1} of ${maxAutomaticRounds}).`
      : "";
  const title = `${count(failing.length, "check")} failed at ${short(headSha)}`;
  return replyOf(run, title, `\n${shown.join("\n")}${byItself}`, [
    runButton(run, "fix-checks", "Fix the checks", { style: "primary" }),
    ...pullRequestLink(run),
  ]);
}

/** That reviewers want something. */
export function reviewReply(run: Run): Reply {
  const { openThreads, review } = standingOf(run);
  const wants = [
    ...(review === "changes requested" ? ["changes were requested"] : []),
    ...(openThreads > 0 ? [`${count(openThreads, "review comment")} open`] : []),
  ];
  return replyOf(run, list(wants), "", [
    runButton(run, "address-review", "Address review", { style: "primary" }),
    ...pullRequestLink(run),
  ]);
}

/** That the branch has a commit which this thread has no buttons for yet. */
export function headReply(run: Run): Reply {
  const { headSha } = standingOf(run);
  const words = `\nThe buttons above are for an older commit; use these. How it stands: ${standingWords(run).join(" · ")}.`;
  return replyOf(
    run,
    `has a newer commit: ${short(headSha)}`,
    words,
    [...decisionButtons(run), runButton(run, "follow-up", "Ask for changes"), ...pullRequestLink(run)],
    furtherButtons(run),
  );
}

/** That the branch conflicts with its base, or has to be brought up to date before it can be merged. */
export function outdatedReply(run: Run): Reply {
  const isConflict = standingOf(run).mergeable === "conflicts";
  const base = `\`${escaped(run.baseBranch.replaceAll("`", ""))}\``;
  return isConflict
    ? replyOf(run, `conflicts with ${base}`, "", [
        runButton(run, "resolve-conflicts", "Resolve conflicts", { style: "primary" }),
        ...pullRequestLink(run),
      ])
    : replyOf(run, `is behind ${base}`, " and has to be brought up to date before it can be merged.", [
        runButton(run, "update-branch", "Update branch", { style: "primary" }),
        ...pullRequestLink(run),
      ]);
}

/** Who merged or closed it. */
export function pullEndedReply(run: Run): Reply {
  const { state, endedBy } = standingOf(run);
  return replyOf(run, endedBy ? `${state} by ${escaped(endedBy)}` : state, ".", []);
}

/** What came of having GitHub merge by itself, in the name of who asked. */
export function autoMergeReply(
  job: Job,
  run: Run,
  told: { decision: "done" | "refused"; words: string },
): Reply {
  return told.decision === "done"
    ? replyOf(
        run,
        "merges by itself",
        `, as <@${job.requester}>, as soon as the rules of the repository allow it.`,
        [],
      )
    : replyOf(run, "does not merge by itself", `. <@${job.requester}>: ${told.words}`, pullRequestLink(run));
}

/** That auto-merge needs a second person. */
export function autoMergeWaitsReply(job: Job, run: Run): Reply {
  return replyOf(
    run,
    "will merge by itself",
    ` once somebody else than <@${job.requester}> has approved it.`,
    decisionButtons(run),
  );
}

function replyOf(run: Run, title: string, words: string, ...rows: Button[][]): Reply {
  const number = run.pullRequest?.number;
  const head = `*${run.repository.fullName}* #${number} · ${title}${words}`;
  return {
    text: `${run.repository.fullName} #${number} · ${title}${words}`,
    blocks: [section(head), ...rows.flatMap((buttons, row) => actions(`pull-${run.number}-${row}`, buttons))],
  };
}

/** Addresses come from whoever reports checks; what is no plain web address stays text. */
function linked(words: string, url: string | undefined): string {
  return url && /^https?:\/\/[^\s<>|"]+$/.test(url) ? `<${url}|${words}>` : words;
}

function standingOf({ pullRequest }: Run): Standing {
  if (!pullRequest?.standing) throw new Error("nobody has looked at the pull request yet");
  return pullRequest.standing;
}

function short(sha: string): string {
  return sha.slice(0, 7);
}
