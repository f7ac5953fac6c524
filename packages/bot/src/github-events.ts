// Which of GitHub's events Cody listens to.

/** What may change how a pull request stands. */
export const pullEvents: ReadonlySet<string> = new Set([
  "pull_request",
  "pull_request_review",
  "pull_request_review_thread",
  "pull_request_review_comment",
  "check_run",
  "check_suite",
  "status",
  "push",
]);

/** What may change which repositories Cody sees. GitHub tells an App of its installations without being asked to. */
export const catalogueEvents: ReadonlySet<string> = new Set([
  "installation",
  "installation_repositories",
  "repository",
]);
