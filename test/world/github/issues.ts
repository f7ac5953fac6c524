// A pull request as GitHub's issues API shows it, which alone tells who closed it.
import type { components } from "@octokit/openapi-types";
import { authorAssociation, simpleUser } from "./accounts.ts";
import { type Answer, json, type RepositoryCall } from "./answer.ts";
import { labelAnswer } from "./labels.ts";
import { pullNodeId } from "./pull-answers.ts";
import { pullOf } from "./pulls.ts";
import { type Route, readRoute } from "./route.ts";
import { isoTime } from "./site.ts";

export const issueRoutes: Route[] = [readRoute("/issues/:number", getIssue)];

function getIssue(call: RepositoryCall): Answer {
  const { site, repository } = call;
  const pull = pullOf(call);
  const { closed } = pull;
  const api = `${site.apiUrl}/repos/${repository.fullName}`;
  const html = `${site.url}/${repository.fullName}/pull/${pull.number}`;
  const issue = `${api}/issues/${pull.number}`;
  const answer: components["schemas"]["issue"] = {
    id: pull.id,
    node_id: pullNodeId(repository, pull.number),
    url: issue,
    repository_url: api,
    labels_url: `${issue}/labels{/name}`,
    comments_url: `${issue}/comments`,
    events_url: `${issue}/events`,
    html_url: html,
    number: pull.number,
    state: closed ? "closed" : "open",
    state_reason: null,
    title: pull.title,
    body: pull.body,
    user: simpleUser(site, pull.author.login),
    labels: pull.labels.map((name) => labelAnswer(site, repository, name)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: pull.comments.length,
    draft: pull.draft,
    pull_request: {
      url: `${api}/pulls/${pull.number}`,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: closed?.merge ? isoTime(closed.atMs) : null,
    },
    closed_at: closed ? isoTime(closed.atMs) : null,
    closed_by: closed ? simpleUser(site, closed.by.login) : null,
    created_at: isoTime(pull.createdAtMs),
    updated_at: isoTime(pull.updatedAtMs),
    author_association: authorAssociation(pull.author, repository),
    performed_via_github_app: null,
    reactions: {
      url: `${issue}/reactions`,
      total_count: 0,
      "+1": 0,
      "-1": 0,
      laugh: 0,
      hooray: 0,
      confused: 0,
      heart: 0,
      rocket: 0,
      eyes: 0,
    },
    timeline_url: `${issue}/timeline`,
  };
  return json(answer);
}
