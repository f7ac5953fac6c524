// What reviews and GitHub's own state of a pull request come to, in Cody's words.
import type { Standing } from "../pull-request-schema.ts";

/** The newest verdict of somebody who may push: nobody else's counts. A dismissed one is told as such, and is none. */
export interface Verdict {
  state: string;
  /** Null where the commit is gone. */
  commit: { oid: string } | null;
  /** Null where the account is gone. Only people are asked for their id: a program's approval is nobody's. */
  author: { login: string; databaseId?: number | null } | null;
}

/**
 * Asks GraphQL for the newest verdict of everybody who may push. Anybody may review what is public, and REST
 * tells all reviews alike. More than a hundred people with a verdict on one pull request are not read.
 */
export const verdictsField = (fields: string) =>
  `latestOpinionatedReviews(first: 100, writersOnly: true) { nodes { ${fields} } }`;

/** GraphQL's decision; null where no rule asks for reviews. */
export type ReviewDecision = "APPROVED" | "CHANGES_REQUESTED" | "REVIEW_REQUIRED" | null;

/** Where no rule asks, GitHub decides nothing, and what the reviewers said counts. */
export function reviewOf(decision: ReviewDecision, verdicts: readonly Verdict[]): Standing["review"] {
  if (decision === "APPROVED") return "approved";
  if (decision === "CHANGES_REQUESTED") return "changes requested";
  const states = verdicts.map(({ state }) => state);
  if (states.includes("CHANGES_REQUESTED")) return "changes requested";
  if (decision === "REVIEW_REQUIRED") return "required";
  return states.includes("APPROVED") ? "approved" : "none";
}

export function approvalsOf(verdicts: readonly Verdict[]): Standing["approvals"] {
  return verdicts.flatMap(({ author, state, commit }) => {
    const { databaseId: id, login = "" } = author ?? {};
    const isCounted = state === "APPROVED" && typeof id === "number";
    return isCounted ? [{ account: { id, login }, sha: commit?.oid ?? "" }] : [];
  });
}

const mergeableByState: Record<string, Standing["mergeable"]> = {
  clean: "clean",
  // Only servers of one's own have hooks; they run when it is merged.
  has_hooks: "clean",
  unstable: "unstable",
  behind: "behind",
  blocked: "blocked",
  draft: "blocked",
  dirty: "conflicts",
};

export function mergeableOf(pull: {
  mergeable: boolean | null;
  mergeable_state: string;
}): Standing["mergeable"] {
  if (pull.mergeable === null) return "unknown";
  if (!pull.mergeable) return "conflicts";
  return mergeableByState[pull.mergeable_state] ?? "unknown";
}
