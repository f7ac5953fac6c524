// How a change was checked, for the board and for the result: what was measured first, then the agent's own words.
import { checkSentence, isRegression } from "@cody/core/check-words.ts";
import type { Checks, Run } from "@cody/core/schema.ts";
import { clipped } from "./blocks.ts";

const short: Record<Checks["outcome"], string> = {
  passed: "tests passed",
  "failed before and after": "tests failed before and after",
  "newly failing": "tests newly fail",
  "not run": "tests not run",
};

/** A few words for a card; what was measured stands in place of what the agent says. `told` is the agent's sentence. */
export function checkedShort(run: Run, told: string): string[] {
  const { checks } = run;
  const own = told ? [told] : [];
  if (!checks?.command) return own;
  const words = short[checks.outcome];
  if (checks.outcome === "not run") return [words, ...own];
  return [isRegression(checks) && run.pullRequest?.draft ? `${words}, so it is a draft` : words];
}

/** Everything that is known of it, for the result of a round. */
export function checkedLong({ checks, verification }: Run): string {
  const own = verification && clipped(verification, 300);
  if (!checks) return own || "not run";
  const measured = clipped(checkSentence(checks), 300);
  return own ? `${measured} Told, not measured: ${own}` : measured;
}

/** Why the pull request is a draft although none was asked for; undefined where that is not so. */
export function heldBack({ checks, pullRequest }: Run): string | undefined {
  if (!pullRequest?.draft || !isRegression(checks)) return undefined;
  return "draft, because a check that passed before the change fails with it";
}
