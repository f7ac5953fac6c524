// The words of a pull request and of its commit: what and why, how it was checked, who asked for it and where.
import { checkSentence, isRegression } from "@cody/core/check-words.ts";
import { maxPullRequestBodyChars } from "@cody/core/limits.ts";
import type { Checks, Job, Run } from "@cody/core/schema.ts";
import { truncate } from "../tools/truncate.ts";
import { disarm, disarmLine, fenced } from "./disarm.ts";

export interface Words {
  summary: string;
  verification: string;
  /** What was measured, where anything was. */
  checks?: Checks;
  /** Paths that could not be part of the commit. */
  leftOut: readonly string[];
  /** Who let the change be pushed although it was held, and why it was. */
  released?: { by: string; reasons: readonly string[] };
  /** What rounds before this one put into the same pull request, oldest first. */
  earlier?: readonly string[];
  /** Pull requests of the same job in other repositories. */
  siblings?: readonly Sibling[];
  /** Of the run so far; null where a price is not known. */
  costUsd?: number | null;
}

export interface Sibling {
  /** `owner/name`. */
  repository: string;
  number: number;
  url: string;
}

/** GitHub shows about this much of a title in its lists. */
const maxTitleChars = 120;
/** Each part has its share of the body, so that none can push out another. */
const share = { summary: 0.4, verification: 0.2, earlier: 0.1, prompt: 0.1, reasons: 0.1 };

export function titleOf(job: Job): string {
  return disarmLine(job.name).slice(0, maxTitleChars);
}

/**
 * Foreign text is quoted or disarmed; links are only ever to the thread and to pull requests of the job. Those that are
 * opened later are not added: to rewrite a body only for that would cost a change of content for each of them, and tread
 * on what people wrote there meanwhile. At most `maxPullRequestBodyChars`.
 */
export function bodyOf(job: Job, words: Words): string {
  const { summary, verification, checks, leftOut, released, earlier = [], siblings = [], costUsd } = words;
  const part = (text: string, of: keyof typeof share) =>
    truncate(disarm(text.trim()), maxPullRequestBodyChars * share[of], "The thread has the rest.");
  const own = part(verification, "verification");
  const links = siblings.filter(({ url }) => isLink(url));
  const body = [
    isRegression(checks) ? "**A draft, because a check that passed before the change fails with it.**" : "",
    part(summary, "summary"),
    `### How it was checked\n\n${checks ? `${measured(checks)}\n\nTold, not measured: ${own}` : own}`,
    leftOut.length > 0 ? `### Left out\n\n${leftOutNote(leftOut)}` : "",
    released ? `### Please look at\n\n${part(reasonsNote(released.reasons), "reasons")}` : "",
    earlier.length > 0 ? `### Before this\n\n${part(earlier.join("\n\n---\n\n"), "earlier")}` : "",
    `### The request\n\n${fenced(job.prompt.slice(0, maxPullRequestBodyChars * share.prompt))}`,
    links.length > 0
      ? `### The same job elsewhere\n\n${links.map(({ repository, number, url }) => `- [${repository}#${number}](${url})`).join("\n")}`
      : "",
    released ? `Held until ${person(released.by)} let it be pushed.` : "",
    `${askedBy(job)} Cody job \`${job.id}\`, "${disarmLine(job.name)}".${cost(costUsd)}`,
  ];
  return body.filter(Boolean).join("\n\n").slice(0, maxPullRequestBodyChars);
}

function cost(costUsd: number | null | undefined): string {
  if (costUsd === undefined || costUsd === null) return "";
  return ` It has cost ${costUsd > 0 && costUsd < 0.005 ? "less than $0.01" : `$${costUsd.toFixed(2)}`} so far.`;
}

/** The commit of a round. Its only trailers are Cody's own and who asked, and nothing in it closes an issue. */
export function commitMessageOf(job: Job, run?: Pick<Run, "task" | "baseBranch">): string {
  const account = job.requesterAccount;
  const trailers = [
    `Cody-Job: ${job.id}`,
    ...(account && /^[A-Za-z0-9-]+$/.test(account.login)
      ? [`Co-authored-by: ${account.login} <${account.id}+${account.login}@users.noreply.github.com>`]
      : []),
  ];
  return `${subjectOf(job, run)}\n\nMade by Cody on request.\n\n${trailers.join("\n")}\n`;
}

function subjectOf(job: Job, run: Pick<Run, "task" | "baseBranch"> | undefined): string {
  const title = titleOf(job);
  const about = (what: string) => disarmLine(`${what}: ${job.name}`).slice(0, maxTitleChars);
  switch (run?.task?.kind) {
    case "follow-up":
      return disarmLine(run.task.text).slice(0, maxTitleChars) || title;
    case "fix-checks":
      return about("Fix the checks");
    case "address-review":
      return about("Address the review");
    case "resolve-conflicts":
      return disarmLine(`Merge ${run.baseBranch}: ${job.name}`).slice(0, maxTitleChars);
    default:
      return title;
  }
}

/** What was measured comes before what was told, and what failed with the end of its output. */
function measured(checks: Checks): string {
  const begun =
    checks.outcome === "not run" ? "Cody measured nothing" : "Measured before and after the change";
  const sentence = `${begun}: ${disarm(checkSentence(checks))}`;
  return checks.tail ? `${sentence}\n\n${fenced(checks.tail)}` : sentence;
}

/** What could not be delivered, for people. */
export function leftOutNote(leftOut: readonly string[]): string {
  const shown = leftOut.slice(0, 10).map((path) => `\`${path.replaceAll("`", "'")}\``);
  const more = leftOut.length > shown.length ? ` and ${leftOut.length - shown.length} more` : "";
  return `Git cannot hold these, so they are not in the change: ${shown.join(", ")}${more}.`;
}

/** What a person has to look at, as a list. */
export function reasonsNote(reasons: readonly string[]): string {
  return reasons.map((reason) => `- ${reason}`).join("\n");
}

function person(user: string): string {
  return `\`<@${user.replace(/\W/g, "")}>\``;
}

function askedBy({ requester, thread }: Job): string {
  const who = `Asked for by ${person(requester)} in Slack`;
  return isLink(thread?.link) ? `${who}, in [this thread](${thread?.link}).` : `${who}.`;
}

function isLink(link: string | undefined): boolean {
  return link !== undefined && /^https?:\/\/[^\s()<>]+$/.test(link);
}
