// What reviews and GitHub's own state of a pull request come to, in Cody's words.
import type { Standing } from "../pull-request-schema.ts";

/** As far as it matters here: a review. Lists hold the oldest first. */
export interface Review {
  user: { id: number; login: string } | null;
  state: string;
  commit_id?: string | null;
}

/** GraphQL's decision; null where no rule asks for reviews. */
export type ReviewDecision = "APPROVED" | "CHANGES_REQUESTED" | "REVIEW_REQUIRED" | null;

/** Where no rule asks, GitHub decides nothing, and what the reviewers said counts. */
export function reviewOf(decision: ReviewDecision, reviews: readonly Review[]): Standing["review"] {
  if (decision === "APPROVED") return "approved";
  if (decision === "CHANGES_REQUESTED") return "changes requested";
  const verdicts = [...newestVerdicts(reviews).values()].map(({ state }) => state);
  if (verdicts.includes("CHANGES_REQUESTED")) return "changes requested";
  if (decision === "REVIEW_REQUIRED") return "required";
  return verdicts.includes("APPROVED") ? "approved" : "none";
}

export function approvalsOf(reviews: readonly Review[]): Standing["approvals"] {
  return [...newestVerdicts(reviews).values()].flatMap(({ user, state, commit_id: sha }) =>
    user && state === "APPROVED" ? [{ account: { id: user.id, login: user.login }, sha: sha ?? "" }] : [],
  );
}

/** A comment takes nothing back; a dismissal does. */
function newestVerdicts(reviews: readonly Review[]): Map<number, Review> {
  const newest = new Map<number, Review>();
  for (const review of reviews) {
    const isVerdict = ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"].includes(review.state);
    if (review.user && isVerdict) newest.set(review.user.id, review);
  }
  return newest;
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
