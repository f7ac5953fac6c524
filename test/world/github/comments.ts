// Comments in a pull request's conversation, which GitHub serves from its issues API.
import type { components } from "@octokit/openapi-types";
import { authorAssociation, mayWrite, simpleUser } from "./accounts.ts";
import { type Answer, json, list, noContent, type RepositoryCall, type WriteCall } from "./answer.ts";
import { required } from "./body.ts";
import { forbidden, notFound, validationFailed } from "./errors.ts";
import { checkBody, pullOf } from "./pulls.ts";
import type { IssueComment, PullRequest } from "./records.ts";
import { changeRoute, type Route, readRoute } from "./route.ts";
import { isoTime } from "./site.ts";

const content = { createsContent: true };

export const commentRoutes: Route[] = [
  readRoute("/issues/:number/comments", (call) => {
    const pull = pullOf(call);
    return list(call, pull.comments, (comment) => commentAnswer(call, pull, comment));
  }),
  changeRoute("POST", "/issues/:number/comments", "read", createComment, content),
  readRoute("/issues/comments/:id", (call) => {
    const { pull, comment } = commentOf(call);
    return json(commentAnswer(call, pull, comment));
  }),
  changeRoute("PATCH", "/issues/comments/:id", "read", updateComment, content),
  changeRoute("DELETE", "/issues/comments/:id", "read", deleteComment),
];

function createComment(call: WriteCall): Answer {
  const { site, body, account } = call;
  const pull = pullOf(call);
  const comment: IssueComment = {
    id: site.nextId(),
    author: account,
    body: commentText(required(body, "body").body),
    createdAtMs: site.now(),
    updatedAtMs: site.now(),
  };
  pull.comments.push(comment);
  pull.updatedAtMs = site.now();
  return json(commentAnswer(call, pull, comment), 201);
}

function updateComment(call: WriteCall): Answer {
  const { pull, comment } = ownCommentOf(call);
  comment.body = commentText(required(call.body, "body").body);
  comment.updatedAtMs = call.site.now();
  return json(commentAnswer(call, pull, comment));
}

function deleteComment(call: WriteCall): Answer {
  const { pull, comment } = ownCommentOf(call);
  pull.comments.splice(pull.comments.indexOf(comment), 1);
  return noContent();
}

function commentText(text: string): string {
  if (text.trim() === "") {
    const message = "Body cannot be blank";
    throw validationFailed({ resource: "IssueComment", code: "unprocessable", field: "data", message });
  }
  checkBody(text, "IssueComment");
  return text;
}

function commentOf({ repository, params }: RepositoryCall): { pull: PullRequest; comment: IssueComment } {
  for (const pull of repository.pulls) {
    const comment = pull.comments.find(({ id }) => String(id) === params.id);
    if (comment !== undefined) return { pull, comment };
  }
  throw notFound();
}

function ownCommentOf(call: WriteCall): { pull: PullRequest; comment: IssueComment } {
  const found = commentOf(call);
  if (found.comment.author !== call.account && !mayWrite(call.account, call.repository)) {
    throw forbidden("Must have admin rights to Repository.");
  }
  return found;
}

function commentAnswer(
  { site, repository }: RepositoryCall,
  pull: PullRequest,
  comment: IssueComment,
): components["schemas"]["issue-comment"] {
  const issues = `${site.apiUrl}/repos/${repository.fullName}/issues`;
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: `${issues}/comments/${comment.id}`,
    html_url: `${site.url}/${repository.fullName}/pull/${pull.number}#issuecomment-${comment.id}`,
    issue_url: `${issues}/${pull.number}`,
    body: comment.body,
    user: simpleUser(site, comment.author.login),
    author_association: authorAssociation(comment.author, repository),
    created_at: isoTime(comment.createdAtMs),
    updated_at: isoTime(comment.updatedAtMs),
    performed_via_github_app: null,
  };
}
