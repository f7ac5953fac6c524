// Taking back what somebody else's review decided: it stays, and counts no longer.
import { type Answer, json, type WriteCall } from "./answer.ts";
import { required } from "./body.ts";
import { unprocessable } from "./errors.ts";
import { pullOf } from "./pulls.ts";
import { reviewAnswer, reviewOf } from "./reviews.ts";
import { changeRoute, type Route } from "./route.ts";

export const dismissalRoutes: Route[] = [
  changeRoute("PUT", "/pulls/:number/reviews/:id/dismissals", "write", dismiss),
];

function dismiss(call: WriteCall): Answer {
  const { site, repository, body, account } = call;
  required(body, "message");
  const pull = pullOf(call);
  const review = reviewOf(call, pull);
  if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED") {
    throw unprocessable(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  }
  review.state = "DISMISSED";
  pull.updatedAtMs = site.now();
  const by = account;
  site.happened({ by, event: "pull_request_review", action: "dismissed", repository, pull, review });
  return json(reviewAnswer(call, pull, review));
}
