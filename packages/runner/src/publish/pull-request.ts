// The words of a pull request and of its commit: what and why, how it was checked, who asked for it and where.
import { checkSentence, isRegression } from "@cody/core/check-words.ts";
import { maxPullRequestBodyChars } from "@cody/core/limits.ts";
import type { Checks, Job } from "@cody/core/schema.ts";
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
}

/** GitHub shows about this much of a title in its lists. */
const maxTitleChars = 120;
/** Each part has its share of the body, so that none can push out another. */
const share = { summary: 0.5, verification: 0.2, prompt: 0.1, reasons: 0.1 };

export function titleOf(job: Job): string {
  return disarmLine(job.name).slice(0, maxTitleChars);
}

/** Foreign text is quoted or disarmed; links are only ever to the thread. At most `maxPullRequestBodyChars`. */
export function bodyOf(job: Job, { summary, verification, checks, leftOut, released }: Words): string {
  const part = (text: string, of: keyof typeof share) =>
    truncate(disarm(text.trim()), maxPullRequestBodyChars * share[of], "The thread has the rest.");
  const own = part(verification, "verification");
  const body = [
    isRegression(checks) ? "**A draft, because a check that passed before the change fails with it.**" : "",
    part(summary, "summary"),
    `### How it was checked\n\n${checks ? `${measured(checks)}\n\nTold, not measured: ${own}` : own}`,
    leftOut.length > 0 ? `### Left out\n\n${leftOutNote(leftOut)}` : "",
    released ? `### Please look at\n\n${part(reasonsNote(released.reasons), "reasons")}` : "",
    `### The request\n\n${fenced(job.prompt.slice(0, maxPullRequestBodyChars * share.prompt))}`,
    released ? `Held until ${person(released.by)} let it be pushed.` : "",
    `${askedBy(job)} Cody job \`${job.id}\`, "${disarmLine(job.name)}".`,
  ];
  return body.filter(Boolean).join("\n\n").slice(0, maxPullRequestBodyChars);
}

/** The commit of a round. Its only trailer is Cody's own, and nothing in it closes an issue. */
export function commitMessageOf(job: Job): string {
  return `${titleOf(job)}\n\nMade by Cody on request.\n\nCody-Job: ${job.id}\n`;
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
