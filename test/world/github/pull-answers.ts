// A pull request as REST shows it: in lists, and alone with everything that git has to be asked for.
import type { components } from "@octokit/openapi-types";
import { type Account, authorAssociation, simpleUser } from "./accounts.ts";
import { autoMergeAnswer } from "./auto-merge.ts";
import { diffCounts } from "./diff.ts";
import { labelAnswer } from "./labels.ts";
import { mergeState } from "./mergeability.ts";
import { type PullView, viewPulls } from "./pulls.ts";
import type { Repository } from "./repository.ts";
import { repositoryAnswer } from "./repository-answers.ts";
import { isoTime, type Site } from "./site.ts";
import { teamAnswer } from "./teams.ts";

type SimplePull = components["schemas"]["pull-request-simple"];
type FullPull = components["schemas"]["pull-request"];
type Worked =
  | "merged"
  | "merged_by"
  | "mergeable"
  | "mergeable_state"
  | "maintainer_can_modify"
  | "comments"
  | "review_comments"
  | "commits"
  | "additions"
  | "deletions"
  | "changed_files";
/** What the short and the full form have in common, as strict as the stricter of them in each field. */
type SharedPull = SimplePull & Omit<FullPull, Worked>;

export function pullNodeId(repository: Repository, number: number): string {
  return `PR_${Buffer.from(`${repository.id}:${number}`).toString("base64url")}`;
}

/** The commit that the diff of a pull request starts from: what base and head have in common. */
export async function diffBase(repository: Repository, { headSha, baseSha }: PullView): Promise<string> {
  return (await repository.mergeBase(baseSha, headSha)) ?? baseSha;
}

/** What lists hold: no counts, no mergeability. Costs no git process. */
export function simplePullAnswer(
  site: Site,
  repository: Repository,
  { pull, headSha, baseSha }: PullView,
  account: Account | undefined,
): SharedPull {
  const api = `${site.apiUrl}/repos/${repository.fullName}`;
  const html = `${site.url}/${repository.fullName}/pull/${pull.number}`;
  const url = `${api}/pulls/${pull.number}`;
  const issue = `${api}/issues/${pull.number}`;
  const statuses = `${api}/statuses/${headSha}`;
  const side = (branch: string, sha: string, of: Repository) => ({
    label: `${of.owner}:${branch}`,
    ref: branch,
    sha,
    user: simpleUser(site, of.owner),
    repo: repositoryAnswer(site, of, account),
  });
  return {
    id: pull.id,
    node_id: pullNodeId(repository, pull.number),
    number: pull.number,
    state: pull.closed ? "closed" : "open",
    locked: false,
    title: pull.title,
    body: pull.body,
    draft: pull.draft,
    user: simpleUser(site, pull.author.login),
    author_association: authorAssociation(pull.author, repository),
    labels: pull.labels.map((name) => labelAnswer(site, repository, name)),
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: pull.requestedReviewers.map(({ login }) => simpleUser(site, login)),
    requested_teams: pull.requestedTeams.map((team) => teamAnswer(site, team)),
    auto_merge: autoMergeAnswer(site, pull),
    active_lock_reason: null,
    created_at: isoTime(pull.createdAtMs),
    updated_at: isoTime(pull.updatedAtMs),
    closed_at: pull.closed ? isoTime(pull.closed.atMs) : null,
    merged_at: pull.closed?.merge ? isoTime(pull.closed.atMs) : null,
    merge_commit_sha: pull.closed?.merge?.sha ?? null,
    head: side(pull.head, headSha, pull.fork ?? repository),
    base: side(pull.base, baseSha, repository),
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${api}/pulls/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
  };
}

/** One pull request with its counts and whether it can be merged, all worked out by git at this moment. */
export async function fullPullAnswer(
  site: Site,
  repository: Repository,
  view: PullView,
  account: Account | undefined,
): Promise<FullPull> {
  const { pull, headSha, baseSha } = view;
  const [counts, commits, merge] = await Promise.all([
    diffBase(repository, view).then((from) => diffCounts(repository, from, headSha)),
    repository.countBetween(baseSha, headSha),
    mergeability(site, repository, view),
  ]);
  return {
    ...simplePullAnswer(site, repository, view, account),
    merged: pull.closed?.merge !== undefined,
    merged_by: pull.closed?.merge ? simpleUser(site, pull.closed.merge.by.login) : null,
    mergeable: merge.mergeable,
    rebaseable: merge.mergeable,
    mergeable_state: merge.state,
    maintainer_can_modify: pull.maintainerCanModify,
    comments: pull.comments.length,
    review_comments: pull.reviewComments.length,
    commits,
    additions: counts.additions,
    deletions: counts.deletions,
    changed_files: counts.files,
  };
}

/** Open pull requests with this head, in the short form that checks hold. */
export async function pullsWithHead(site: Site, repository: Repository, sha: string) {
  const views = await viewPulls(
    repository,
    repository.pulls.filter(({ closed }) => !closed),
  );
  const api = `${site.apiUrl}/repos/${repository.fullName}`;
  const repo = { id: repository.id, url: api, name: repository.name };
  return views
    .filter(({ headSha }) => headSha === sha)
    .map(({ pull, headSha, baseSha }) => ({
      id: pull.id,
      number: pull.number,
      url: `${api}/pulls/${pull.number}`,
      head: { ref: pull.head, sha: headSha, repo },
      base: { ref: pull.base, sha: baseSha, repo },
    }));
}

/** Remembers that somebody wanted to know whether this can be merged: the next answer will say. */
export function askMergeability(repository: Repository, { headSha, baseSha }: PullView): void {
  repository.askedMerges.add(mergeKey(headSha, baseSha));
}

function mergeKey(headSha: string, baseSha: string): string {
  return `${baseSha} ${headSha}`;
}

/**
 * `mergeable` and `mergeable_state`. GitHub works them out after the first question and answers that one with
 * null and "unknown", again after every change of head or base.
 */
async function mergeability(
  site: Site,
  repository: Repository,
  { pull, headSha, baseSha }: PullView,
): Promise<{ mergeable: boolean | null; state: string }> {
  const late = site.lateMergeability && !repository.askedMerges.has(mergeKey(headSha, baseSha));
  if (pull.closed || late) return { mergeable: null, state: "unknown" };
  const state = await mergeState(repository, { pull, headSha, baseSha });
  return { mergeable: state !== "dirty", state };
}
