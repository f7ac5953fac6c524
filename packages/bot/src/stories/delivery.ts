// Decides how changes are delivered, from what a person filled in and what the team has set. Pure.
import { maxLabels, maxReviewers } from "@cody/core/limits.ts";
import { isReviewer } from "@cody/core/repository.ts";
import { deliveries } from "@cody/core/schema.ts";
import type { TeamDefaults } from "@cody/core/team-schema.ts";
import { clipped } from "../views/blocks.ts";
import { asTheTeam, type Field, type FilledDelivery } from "../views/job-form.ts";

/** GitHub's own bound of a label's name. */
const maxLabelChars = 50;

type Chosen = TeamDefaults & Required<Pick<TeamDefaults, "deliver">>;
export type DeliveryDecision = { chosen: Chosen } | { errors: Partial<Record<Field, string>> };

/** How changes are delivered, or a sentence for each field that a person has to mend. What is not wanted is left out. */
export function chooseDelivery(form: FilledDelivery, defaults: TeamDefaults): DeliveryDecision {
  const deliver =
    form.deliver === asTheTeam
      ? (defaults.deliver ?? "pull-request")
      : deliveries.find((known) => known === form.deliver);
  const labels = names(form.labels, defaults.labels);
  const reviewers = names(form.reviewers, defaults.reviewers);
  const errors: Partial<Record<Field, string | undefined>> = {
    deliver: deliver ? undefined : "Choose how the change is delivered.",
    labels: wrongLabels(labels),
    reviewers: wrongReviewers(reviewers),
  };
  const found = Object.entries(errors).filter((entry) => entry[1] !== undefined);
  if (found.length > 0 || !deliver) return { errors: Object.fromEntries(found) };
  const wants = (answer: string, set: boolean | undefined) =>
    answer === "yes" || (answer !== "no" && set === true);
  return {
    chosen: {
      deliver,
      ...(labels.length > 0 ? { labels } : {}),
      ...(reviewers.length > 0 ? { reviewers } : {}),
      ...(wants(form.autoMerge, defaults.autoMerge) ? { autoMerge: true } : {}),
      ...(wants(form.fixChecks, defaults.fixChecks) ? { fixChecks: true } : {}),
    },
  };
}

/** Names with commas between them; a hyphen alone is none, and nothing at all is what the team has set. */
function names(text: string, set: readonly string[] = []): string[] {
  if (text.trim() === "") return [...set];
  if (text.trim() === "-") return [];
  const written = text.split(",").map((name) => name.trim().replace(/^@/, ""));
  return [...new Set(written.filter(Boolean))];
}

function wrongLabels(labels: readonly string[]): string | undefined {
  if (labels.length > maxLabels) return `At most ${maxLabels} labels; these are ${labels.length}.`;
  const long = labels.find((label) => label.length > maxLabelChars);
  return (
    long && `GitHub takes labels of at most ${maxLabelChars} characters; “${clipped(long, 20)}” has more.`
  );
}

function wrongReviewers(reviewers: readonly string[]): string | undefined {
  if (reviewers.length > maxReviewers)
    return `At most ${maxReviewers} reviewers; these are ${reviewers.length}.`;
  const wrong = reviewers.find((name) => !isReviewer(name));
  return wrong && `“${clipped(wrong, 40)}” is neither a GitHub login nor a team written as owner/team.`;
}
