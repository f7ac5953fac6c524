// What GitHub refuses of pull requests, reviews, comments and checks, in GitHub's own words.
import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, test } from "vitest";
import { expectRefusal, one, type Prepared, prepare, type Refusal, unknown } from "./refusals.ts";

let prepared: Prepared;

beforeAll(async () => {
  prepared = await prepare();
});

afterAll(() => prepared.clients.close());

const pull = { ...one, pull_number: 1 };
const issue = { ...one, issue_number: 1 };
const long = "x".repeat(65_537);
const create = (more: Record<string, unknown>) => (octokit: Octokit) =>
  octokit.pulls.create({ ...one, head: "free", base: "main", title: "T", ...more });
const invalid = (field: string) => [{ resource: "PullRequest", field, code: "invalid" }];
const custom = (message: string) => [{ resource: "PullRequest", code: "custom", message }];
const tooLong = (resource: string) => [
  { resource, code: "custom", field: "body", message: "body is too long (maximum is 65536 characters)" },
];

const refusals: Refusal[] = [
  // Pull requests.
  {
    what: "no head and no base",
    call: (o) => o.request("POST /repos/acme/one/pulls", { title: "T" }),
    status: 422,
    message: 'Invalid request.\n\n"head", "base" weren\'t supplied.',
  },
  {
    what: "a title that is a number",
    call: create({ title: 5 }),
    status: 422,
    message: /For 'properties\/title', 5 is not a string/,
  },
  {
    what: "an unknown head",
    call: create({ head: "none" }),
    status: 422,
    message: /^Validation Failed/,
    errors: invalid("head"),
  },
  {
    what: "a head of another owner",
    call: create({ head: "eve:free" }),
    status: 422,
    message: /^Validation Failed/,
    errors: invalid("head"),
  },
  {
    what: "an unknown base",
    call: create({ base: "none" }),
    status: 422,
    message: /^Validation Failed/,
    errors: invalid("base"),
  },
  {
    what: "an empty title",
    call: create({ title: " " }),
    status: 422,
    message: /^Validation Failed/,
    errors: [{ resource: "Issue", code: "missing_field", field: "title" }],
  },
  {
    what: "a title of 257 characters",
    call: create({ title: "x".repeat(257) }),
    status: 422,
    message: /title is too long \(maximum is 256/,
  },
  {
    what: "a body that is too long",
    call: create({ body: long }),
    status: 422,
    message: /^Validation Failed/,
    errors: tooLong("Issue"),
  },
  {
    what: "a second one for a branch",
    call: create({ head: "acme:work" }),
    status: 422,
    message: /^Validation Failed/,
    errors: custom("A pull request already exists for acme:work."),
  },
  {
    what: "one without commits",
    call: create({ head: "idle" }),
    status: 422,
    message: /^Validation Failed/,
    errors: custom("No commits between main and idle"),
  },
  {
    what: "one without common history",
    call: create({ head: "stranger" }),
    status: 422,
    message: /^Validation Failed/,
    errors: custom("The stranger branch has no history in common with main"),
  },
  {
    what: "an empty title later",
    call: (o) => o.pulls.update({ ...pull, title: "" }),
    status: 422,
    message: /^Validation Failed/,
    errors: [{ resource: "PullRequest", code: "missing_field", field: "title" }],
  },
  {
    what: "a body that is too long later",
    call: (o) => o.pulls.update({ ...pull, body: long }),
    status: 422,
    message: /^Validation Failed/,
    errors: tooLong("PullRequest"),
  },
  {
    what: "an unknown base later",
    call: (o) => o.pulls.update({ ...pull, base: "none" }),
    status: 422,
    message: /Proposed base branch 'none' was not found/,
  },
  {
    what: "merging a draft",
    call: (o) => o.pulls.merge(pull),
    status: 405,
    message: "Pull Request is still a draft",
  },
  {
    what: "whether it is merged",
    call: (o) => o.pulls.checkIfMerged(pull),
    status: 404,
    message: "Not Found",
  },
  // Reviews, reviewers, comments.
  {
    what: "approving one's own",
    as: "cody[bot]",
    call: (o) => o.pulls.createReview({ ...pull, event: "APPROVE" }),
    status: 422,
    message: /^Unprocessable Entity/,
    errors: ["Review Can not approve your own pull request"],
  },
  {
    what: "asking oneself for changes",
    as: "cody[bot]",
    call: (o) => o.pulls.createReview({ ...pull, event: "REQUEST_CHANGES", body: "x" }),
    status: 422,
    message: /request changes on your own pull request/,
  },
  {
    what: "a review of a foreign commit",
    call: (o, { main }) => o.pulls.createReview({ ...pull, event: "APPROVE", commit_id: main }),
    status: 422,
    message: /^Unprocessable Entity/,
    errors: ["The commitOID is not part of the pull request"],
  },
  {
    what: "a review that says nothing",
    call: (o) => o.pulls.createReview({ ...pull, event: "COMMENT" }),
    status: 422,
    message: /Body can't be blank/,
  },
  {
    what: "a comment on a file that did not change",
    call: (o) =>
      o.pulls.createReview({ ...pull, event: "COMMENT", comments: [{ path: "none", line: 1, body: "x" }] }),
    status: 422,
    message: /Path could not be resolved/,
  },
  {
    what: "a comment on a line that did not change",
    call: (o) =>
      o.pulls.createReview({
        ...pull,
        event: "COMMENT",
        comments: [{ path: "README.md", line: 99, body: "x" }],
      }),
    status: 422,
    message: /Line could not be resolved/,
  },
  {
    what: "dismissing a review without a word",
    call: async (o) => o.request("PUT /repos/acme/one/pulls/1/reviews/1/dismissals"),
    status: 422,
    message: /"message" wasn't supplied/,
  },
  {
    what: "dismissing a review without the right to push",
    as: "bob",
    call: (o) => o.pulls.dismissReview({ ...pull, review_id: 1, message: "x" }),
    status: 403,
    message: /./,
  },
  {
    what: "dismissing a review that decided nothing",
    call: async (o) => {
      const { data } = await o.pulls.createReview({ ...pull, event: "COMMENT", body: "Hm." });
      await o.pulls.dismissReview({ ...pull, review_id: data.id, message: "x" });
    },
    status: 422,
    message: /^Unprocessable Entity/,
    errors: ["Can not dismiss a commented pull request review"],
  },
  {
    what: "the author as reviewer",
    call: (o) => o.pulls.requestReviewers({ ...pull, reviewers: ["cody[bot]"] }),
    status: 422,
    message: "Review cannot be requested from pull request author.",
  },
  {
    what: "a stranger as reviewer",
    call: (o) => o.pulls.requestReviewers({ ...pull, reviewers: ["eve"] }),
    status: 422,
    message: /^Reviews may only be requested from collaborators\./,
  },
  {
    what: "an empty comment",
    call: (o) => o.issues.createComment({ ...issue, body: " " }),
    status: 422,
    message: /Body cannot be blank/,
  },
  {
    what: "a comment that is too long",
    call: (o) => o.issues.createComment({ ...issue, body: long }),
    status: 422,
    message: /^Validation Failed/,
    errors: tooLong("IssueComment"),
  },
  // Checks.
  {
    what: "a check run of an unknown commit",
    as: "cody[bot]",
    call: (o) => o.checks.create({ ...one, name: "x", head_sha: unknown }),
    status: 422,
    message: `No commit found for SHA: ${unknown}`,
  },
  {
    what: "a check run that ended without a conclusion",
    as: "cody[bot]",
    call: (o, { head }) =>
      o.request("POST /repos/acme/one/check-runs", { name: "x", head_sha: head, status: "completed" }),
    status: 422,
    message: /"conclusion" wasn't supplied/,
  },
  {
    what: "a status of no known kind",
    call: (o, { head }) => o.request(`POST /repos/acme/one/statuses/${head}`, { state: "fine" }),
    status: 422,
    message: /"fine" is not a possible value/,
  },
];

test.each(refusals)("$what is refused", (refusal) => expectRefusal(prepared, refusal));
