// What people and programs said, and git does not know: the shapes of it, nothing else.
import type { components } from "@octokit/openapi-types";
import type { Account } from "./accounts.ts";
import type { Repository } from "./repository.ts";

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
  closed:
    | { atMs: number; baseSha: string; by: Account; merge: { by: Account; sha: string } | undefined }
    | undefined;
  /** The repository that holds the head where that is a fork; undefined also where the fork was removed. */
  fork: Repository | undefined;
  /** Owner of the head. */
  headOwner: string;
  maintainerCanModify: boolean;
  /** Who wants it merged as soon as the rules allow, and how. */
  autoMerge?: { by: Account; method: "merge" | "squash" | "rebase"; atMs: number } | undefined;
  labels: string[];
  requestedReviewers: Account[];
  requestedTeams: TeamOptions[];
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
  author: Account;
  review: Review;
  /** The comment that this one answers: always the first of its conversation. */
  inReplyTo: ReviewComment | undefined;
  /** Of the first comment: who resolved the conversation. */
  resolvedBy: Account | undefined;
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
  annotations: Annotation[];
  /** What its job printed, where GitHub's own Actions ran it; undefined: there is none, or no longer. */
  log: string | undefined;
}

export interface Annotation {
  path: string;
  startLine: number;
  endLine: number;
  level: "notice" | "warning" | "failure";
  message: string;
  title: string | null;
}

/** A team of an organization, for reviews. */
export interface TeamOptions {
  id: number;
  /** `owner/slug`. */
  name: string;
  /** What it may see: patterns as accounts have them. */
  repositories: string[];
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
