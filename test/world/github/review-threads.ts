// The conversations of reviews: a comment on a line, what was answered, and whether somebody resolved it.
import type { Body } from "./body.ts";
import { changedFiles } from "./diff.ts";
import type { GraphqlCall } from "./graphql-mutations.ts";
import { connection, graphqlActor } from "./graphql-pull.ts";
import { placeInPatch } from "./patch-lines.ts";
import { diffBase } from "./pull-answers.ts";
import { viewPull } from "./pulls.ts";
import type { PullRequest, ReviewComment } from "./records.ts";
import type { Repository } from "./repository.ts";

/** A conversation begins with a comment that answers no other. */
export function isRoot({ inReplyTo }: ReviewComment): boolean {
  return inReplyTo === undefined;
}

export function threadNodeId(root: ReviewComment): string {
  return `PRRT_${root.id}`;
}

/** A thread's values for GraphQL. */
export async function threadValues(
  { site }: GraphqlCall,
  repository: Repository,
  pull: PullRequest,
  root: ReviewComment,
) {
  const line = await lineNow(repository, pull, root);
  const comments = pull.reviewComments.filter((each) => each === root || each.inReplyTo === root);
  return {
    id: threadNodeId(root),
    isResolved: root.resolvedBy !== undefined,
    isOutdated: line === null,
    path: root.path,
    line,
    originalLine: root.line,
    resolvedBy: root.resolvedBy && {
      id: `U_${root.resolvedBy.id}`,
      databaseId: root.resolvedBy.id,
      login: root.resolvedBy.login,
    },
    comments: (given: Body) =>
      connection(comments, given, (comment) => ({
        id: `PRRC_${comment.id}`,
        databaseId: comment.id,
        fullDatabaseId: String(comment.id),
        body: comment.body,
        path: comment.path,
        author: graphqlActor(site, comment.author.login),
      })),
  };
}

/** Where the commented line is in the newest diff; null where it is no longer there as it was. */
async function lineNow(
  repository: Repository,
  pull: PullRequest,
  { path, line, side, diffHunk, review }: ReviewComment,
): Promise<number | null> {
  const view = await viewPull(repository, pull);
  if (review.commit === view.headSha) return line;
  const files = await changedFiles(repository, await diffBase(repository, view), view.headSha);
  const file = files.find((each) => each.path === path);
  const found = file === undefined ? undefined : placeInPatch(file.patch ?? "", line, side);
  const lastLine = (hunk: string) => hunk.slice(hunk.lastIndexOf("\n") + 1);
  return found !== undefined && lastLine(found.diffHunk) === lastLine(diffHunk) ? line : null;
}
