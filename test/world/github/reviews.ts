// Reviews of a pull request: given on a commit, with comments on lines of its diff.
import type { components } from "@octokit/openapi-types";
import { type Account, authorAssociation, simpleUser } from "./accounts.ts";
import { type Answer, json, list, type RepositoryCall, type WriteCall } from "./answer.ts";
import { type Body, integer, objects, oneOf, required, string } from "./body.ts";
import { changedFiles, type FileChange } from "./diff.ts";
import { notFound, unprocessable } from "./errors.ts";
import { placeInPatch } from "./patch-lines.ts";
import { diffBase } from "./pull-answers.ts";
import { checkBody, type PullView, pullOf, viewPull } from "./pulls.ts";
import type { PullRequest, Review, ReviewComment, ReviewState } from "./records.ts";
import { changeRoute, type Route, readRoute } from "./route.ts";
import { isoTime } from "./site.ts";

const EVENTS = ["APPROVE", "REQUEST_CHANGES", "COMMENT"] as const;
type Event = (typeof EVENTS)[number];
const STATE_OF_EVENT: Record<Event, ReviewState> = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
};
const content = { createsContent: true };

export const reviewRoutes: Route[] = [
  readRoute("/pulls/:number/reviews", (call) => {
    const pull = pullOf(call);
    return list(call, visibleTo(call.account, pull), (review) => reviewAnswer(call, pull, review));
  }),
  changeRoute("POST", "/pulls/:number/reviews", "read", createReview, content),
  readRoute("/pulls/:number/reviews/:id", (call) => {
    const pull = pullOf(call);
    return json(reviewAnswer(call, pull, reviewOf(call, pull)));
  }),
  changeRoute("POST", "/pulls/:number/reviews/:id/events", "read", submitReview, content),
  readRoute("/pulls/:number/comments", (call) => {
    const pull = pullOf(call);
    const reviews = visibleTo(call.account, pull);
    const comments = pull.reviewComments.filter(({ review }) => reviews.includes(review));
    return list(call, comments, (comment) => reviewCommentAnswer(call, pull, comment));
  }),
  changeRoute("POST", "/pulls/:number/comments/:id/replies", "read", reply, content),
  readRoute("/pulls/:number/reviews/:id/comments", (call) => {
    const pull = pullOf(call);
    const review = reviewOf(call, pull);
    const comments = pull.reviewComments.filter((comment) => comment.review === review);
    return list(call, comments, (comment) => reviewCommentAnswer(call, pull, comment));
  }),
];

async function createReview(call: WriteCall): Promise<Answer> {
  const { site, repository, body, account } = call;
  const pull = pullOf(call);
  const event = oneOf(body, "event", EVENTS);
  const text = string(body, "body") ?? "";
  const inline = objects(body, "comments") ?? [];
  checkBody(text, "PullRequestReview");
  if (event !== undefined) checkEvent(pull, account, event, text, inline.length);
  const view = await viewPull(repository, pull);
  const commit = string(body, "commit_id") ?? view.headSha;
  await refuseForeignCommit(call, view, commit);
  if (pull.reviews.some((other) => other.author === account && other.state === "PENDING")) {
    throw unprocessable("User can only have one pending review per pull request");
  }
  const review: Review = {
    id: site.nextId(),
    author: account,
    body: text,
    state: "PENDING",
    commit,
    submittedAtMs: undefined,
  };
  const comments = await readComments(call, view, review, inline);
  pull.reviews.push(review);
  pull.reviewComments.push(...comments);
  if (event !== undefined) submit(call, pull, review, event);
  return json(reviewAnswer(call, pull, review));
}

function submitReview(call: WriteCall): Answer {
  const pull = pullOf(call);
  const review = reviewOf(call, pull);
  if (review.state !== "PENDING" || review.author !== call.account) {
    throw unprocessable("Can not submit a review that is not pending");
  }
  required(call.body, "event");
  const event = oneOf(call.body, "event", EVENTS) ?? "COMMENT";
  const text = string(call.body, "body") ?? review.body;
  checkBody(text, "PullRequestReview");
  const inline = pull.reviewComments.filter((comment) => comment.review === review).length;
  checkEvent(pull, call.account, event, text, inline);
  review.body = text;
  submit(call, pull, review, event);
  return json(reviewAnswer(call, pull, review));
}

function submit(
  { site, account, repository }: WriteCall,
  pull: PullRequest,
  review: Review,
  event: Event,
): void {
  review.state = STATE_OF_EVENT[event];
  review.submittedAtMs = site.now();
  pull.requestedReviewers = pull.requestedReviewers.filter((reviewer) => reviewer !== account);
  pull.updatedAtMs = site.now();
  const by = account;
  site.happened({ by, event: "pull_request_review", action: "submitted", repository, pull, review });
}

/** An answer goes to the conversation's first comment; GitHub makes a review of it that holds nothing else. */
async function reply(call: WriteCall): Promise<Answer> {
  const { site, repository, body, account } = call;
  const pull = pullOf(call);
  const text = required(body, "body").body;
  const parent = pull.reviewComments.find(({ id }) => String(id) === call.params.id);
  if (parent === undefined) throw notFound("Parent comment not found");
  if (text.trim() === "") throw unprocessable("Body can't be blank");
  checkBody(text, "PullRequestReviewComment");
  const { headSha } = await viewPull(repository, pull);
  const now = site.now();
  const review: Review = {
    id: site.nextId(),
    author: account,
    body: "",
    state: "COMMENTED",
    commit: headSha,
    submittedAtMs: now,
  };
  const comment: ReviewComment = {
    ...(parent.inReplyTo ?? parent),
    id: site.nextId(),
    author: account,
    review,
    inReplyTo: parent.inReplyTo ?? parent,
    resolvedBy: undefined,
    body: text,
    createdAtMs: now,
  };
  pull.reviews.push(review);
  pull.reviewComments.push(comment);
  pull.updatedAtMs = now;
  return json(reviewCommentAnswer(call, pull, comment), 201);
}

/** Nobody judges their own work, and a review that is no approval has to say something. */
function checkEvent(pull: PullRequest, account: Account, event: Event, text: string, inline: number): void {
  if (event !== "COMMENT" && pull.author === account) {
    const what = event === "APPROVE" ? "approve" : "request changes on";
    throw unprocessable(`Review Can not ${what} your own pull request`);
  }
  if (event !== "APPROVE" && text.trim() === "" && inline === 0) {
    throw unprocessable("Body can't be blank");
  }
}

/** A review is bound to a commit of the pull request; one that was pushed away is none of it any more. */
async function refuseForeignCommit({ repository }: WriteCall, view: PullView, commit: string): Promise<void> {
  if (commit === view.headSha) return;
  const args = ["rev-list", `${view.baseSha}..${view.headSha}`];
  const commits = (await repository.git(args)).text.split("\n");
  if (!commits.includes(commit)) throw unprocessable("The commitOID is not part of the pull request");
}

async function readComments(
  { site, repository }: WriteCall,
  view: PullView,
  review: Review,
  inline: Body[],
): Promise<ReviewComment[]> {
  if (inline.length === 0) return [];
  const files = await changedFiles(repository, await diffBase(repository, view), review.commit);
  return inline.map((entry) => ({
    ...place(files, entry),
    id: site.nextId(),
    author: review.author,
    review,
    inReplyTo: undefined,
    resolvedBy: undefined,
    body: required(entry, "body").body,
    createdAtMs: site.now(),
  }));
}

function place(files: FileChange[], entry: Body) {
  const { path } = required(entry, "path");
  const side = oneOf(entry, "side", ["LEFT", "RIGHT"] as const) ?? "RIGHT";
  const line = integer(entry, "line");
  const file = files.find((each) => each.path === path);
  if (file === undefined) throw unprocessable("Path could not be resolved");
  const found = line === undefined ? undefined : placeInPatch(file.patch ?? "", line, side);
  if (line === undefined || found === undefined) throw unprocessable("Line could not be resolved");
  return { path, line, side, ...found };
}

/** A pending review is its author's alone. */
function visibleTo(account: Account | undefined, pull: PullRequest): Review[] {
  return pull.reviews.filter((review) => review.state !== "PENDING" || review.author === account);
}

export function reviewOf({ params, account }: RepositoryCall, pull: PullRequest): Review {
  const review = visibleTo(account, pull).find(({ id }) => String(id) === params.id);
  if (review === undefined) throw notFound();
  return review;
}

export function reviewAnswer(
  { site, repository }: Pick<RepositoryCall, "site" | "repository">,
  pull: PullRequest,
  review: Review,
): components["schemas"]["pull-request-review"] {
  const html = `${site.url}/${repository.fullName}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const url = `${site.apiUrl}/repos/${repository.fullName}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: `PRR_${review.id}`,
    user: simpleUser(site, review.author.login),
    author_association: authorAssociation(review.author, repository),
    body: review.body,
    state: review.state,
    commit_id: review.commit,
    html_url: html,
    pull_request_url: url,
    _links: { html: { href: html }, pull_request: { href: url } },
    ...(review.submittedAtMs === undefined ? {} : { submitted_at: isoTime(review.submittedAtMs) }),
  };
}

function reviewCommentAnswer(
  { site, repository }: RepositoryCall,
  pull: PullRequest,
  comment: ReviewComment,
): components["schemas"]["pull-request-review-comment"] {
  const api = `${site.apiUrl}/repos/${repository.fullName}/pulls`;
  const self = `${api}/comments/${comment.id}`;
  const html = `${site.url}/${repository.fullName}/pull/${pull.number}#discussion_r${comment.id}`;
  const pullUrl = `${api}/${pull.number}`;
  const time = isoTime(comment.createdAtMs);
  return {
    id: comment.id,
    node_id: `PRRC_${comment.id}`,
    url: self,
    html_url: html,
    pull_request_url: pullUrl,
    pull_request_review_id: comment.review.id,
    ...(comment.inReplyTo === undefined ? {} : { in_reply_to_id: comment.inReplyTo.id }),
    user: simpleUser(site, comment.author.login),
    author_association: authorAssociation(comment.author, repository),
    body: comment.body,
    path: comment.path,
    line: comment.line,
    original_line: comment.line,
    side: comment.side,
    start_line: null,
    original_start_line: null,
    start_side: null,
    subject_type: "line",
    position: comment.position,
    original_position: comment.position,
    diff_hunk: comment.diffHunk,
    commit_id: comment.review.commit,
    original_commit_id: comment.review.commit,
    created_at: time,
    updated_at: time,
    _links: { self: { href: self }, html: { href: html }, pull_request: { href: pullUrl } },
  };
}
