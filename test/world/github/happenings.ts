// What happens on this GitHub that others want to know of: programs by webhooks, and GitHub itself to go on from it.
import type { Account } from "./accounts.ts";
import type { App, InstallationOptions } from "./apps.ts";
import type { CheckRun, CommitStatus, PullRequest, Review } from "./records.ts";
import type { ReferenceMove, Repository } from "./repository.ts";

type PullAction =
  | "opened"
  | "edited"
  | "closed"
  | "reopened"
  | "synchronize"
  | "ready_for_review"
  | "converted_to_draft"
  | "labeled"
  | "unlabeled"
  | "review_requested"
  | "review_request_removed"
  | "auto_merge_enabled"
  | "auto_merge_disabled";

export type Happening = { by: Account } & (
  | {
      event: "pull_request";
      action: PullAction;
      repository: Repository;
      pull: PullRequest;
      /** Fields beside the usual ones, such as `before` and `after`. */
      more?: Record<string, unknown>;
    }
  | {
      event: "pull_request_review";
      action: "submitted" | "dismissed";
      repository: Repository;
      pull: PullRequest;
      review: Review;
    }
  | { event: "check_run"; action: "created" | "completed"; repository: Repository; run: CheckRun }
  /** Every run of one App on one commit has ended. */
  | { event: "check_suite"; action: "completed"; repository: Repository; run: CheckRun }
  | { event: "status"; repository: Repository; status: CommitStatus }
  | { event: "push"; repository: Repository; move: ReferenceMove }
  | {
      event: "installation_repositories";
      action: "added" | "removed";
      app: App;
      installation: InstallationOptions;
      repositories: Repository[];
    }
);

interface Told {
  happened: (happening: Happening) => void;
}

/** Tells of a check run that was made or changed, and of its suite where that was the last one to end. */
export function checkHappened(site: Told, repository: Repository, run: CheckRun, isNew: boolean): void {
  const by = run.app;
  if (isNew) site.happened({ by, event: "check_run", action: "created", repository, run });
  if (run.conclusion === null) return;
  site.happened({ by, event: "check_run", action: "completed", repository, run });
  const siblings = repository.checkRuns.filter(
    (each) => each.headSha === run.headSha && each.app === run.app,
  );
  if (siblings.every(({ conclusion }) => conclusion !== null)) {
    site.happened({ by, event: "check_suite", action: "completed", repository, run });
  }
}
