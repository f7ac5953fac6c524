// What people and programs said, and git does not know: the shapes of it, nothing else.
import type { components } from "@octokit/openapi-types";
import type { Account } from "./accounts.ts";

export interface PullRequest {
  id: number;
  number: number;
  author: Account;
  title: string;
  body: string | null;
  draft: boolean;
  /** Branch names; where they point is git's to say. */
  head: string;
  base: string;
  createdAtMs: number;
  updatedAtMs: number;
  /** The base as it was when the pull request closed: later commits there are not part of its story. */
  closed: { atMs: number; baseSha: string; merge: { by: Account; sha: string } | undefined } | undefined;
  maintainerCanModify: boolean;
  labels: string[];
  requestedReviewers: Account[];
  reviews: Review[];
  reviewComments: ReviewComment[];
  comments: IssueComment[];
}

export interface IssueComment {
  id: number;
  author: Account;
  body: string;
  createdAtMs: number;
  updatedAtMs: number;
}

export type ReviewState = "PENDING" | "COMMENTED" | "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED";

export interface Review {
  id: number;
  author: Account;
  body: string;
  state: ReviewState;
  /** The commit that was reviewed. */
  commit: string;
  submittedAtMs: number | undefined;
}

export interface ReviewComment {
  id: number;
  review: Review;
  body: string;
  path: string;
  line: number;
  side: "LEFT" | "RIGHT";
  /** The lines of the diff above and at the comment, as they were when it was written. */
  diffHunk: string;
  /** Lines below the first hunk's header, GitHub's older way to say where. */
  position: number;
  createdAtMs: number;
}

type CheckRunAnswer = components["schemas"]["check-run"];

export interface CheckRun {
  id: number;
  app: Account;
  name: string;
  headSha: string;
  externalId: string | null;
  detailsUrl: string | null;
  status: CheckRunAnswer["status"];
  conclusion: CheckRunAnswer["conclusion"];
  startedAtMs: number;
  completedAtMs: number | undefined;
  title: string | null;
  summary: string | null;
  text: string | null;
}

type StatusState = "error" | "failure" | "pending" | "success";

export interface CommitStatus {
  id: number;
  creator: Account;
  sha: string;
  state: StatusState;
  context: string;
  description: string | null;
  targetUrl: string | null;
  createdAtMs: number;
}
