// The measured check of a change in words, the same in Slack, on GitHub and for the agent.
import type { Checks } from "./schema.ts";

/** One sentence in Markdown: what was run and how it went, or why it was not run. */
export function checkSentence({ command, outcome, because, leftBehind = [] }: Checks): string {
  const left = leftBehind.length > 0 ? ` It left files behind: ${leftBehind.join(", ")}.` : "";
  return `${command ? `\`${command}\` ` : ""}${went(outcome, because)}.${left}`;
}

function went(outcome: Checks["outcome"], because = "nobody knows why"): string {
  switch (outcome) {
    case "passed":
      return "passed";
    case "failed before and after":
      return "failed before and after the change";
    case "newly failing":
      return "is newly failing: it passed before the change";
    case "not run":
      return `not run, because ${because}`;
  }
}

/** Whether the measured check holds the pull request back. */
export function isRegression(checks: Checks | undefined): boolean {
  return checks?.outcome === "newly failing";
}
