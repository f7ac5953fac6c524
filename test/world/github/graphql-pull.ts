// A pull request as GraphQL shows it.
import { mayWrite, simpleUser } from "./accounts.ts";
import { autoMergeValues } from "./auto-merge.ts";
import { type Body, integer, string } from "./body.ts";
import { inaccessible } from "./graphql-failure.ts";
import type { GraphqlCall } from "./graphql-mutations.ts";
import { has } from "./permissions.ts";
import { newestVerdicts, reviewDecision } from "./protection.ts";
import { pullNodeId } from "./pull-answers.ts";
import { viewPull } from "./pulls.ts";
import type { PullRequest, Review } from "./records.ts";
import type { Repository } from "./repository.ts";
import { isRoot, threadValues } from "./review-threads.ts";
import { isoTime, type Site } from "./site.ts";

/** The values of a pull request's fields; what needs arguments is a function. */
export async function pullValues(call: GraphqlCall, repository: Repository, pull: PullRequest) {
  const { site } = call;
  const { headSha, baseSha } = await viewPull(repository, pull);
  const actor = (login: string) => graphqlActor(site, login);
  const { closed } = pull;
  return {
    id: pullNodeId(repository, pull.number),
    databaseId: pull.id,
    fullDatabaseId: String(pull.id),
    number: pull.number,
    title: pull.title,
    body: pull.body ?? "",
    url: `${site.url}/${repository.fullName}/pull/${pull.number}`,
    state: closed === undefined ? "OPEN" : closed.merge ? "MERGED" : "CLOSED",
    isDraft: pull.draft,
    closed: closed !== undefined,
    merged: closed?.merge !== undefined,
    headRefName: pull.head,
    headRefOid: headSha,
    baseRefName: pull.base,
    baseRefOid: baseSha,
    reviewDecision: reviewDecision(repository, pull),
    author: actor(pull.author.login),
    mergedBy: closed?.merge ? actor(closed.merge.by.login) : null,
    autoMergeRequest: autoMergeValues(site, pull),
    latestOpinionatedReviews: (given: Body) => {
      const isWanted = ({ author }: Review) => given.writersOnly !== true || mayWrite(author, repository);
      return connection(newestVerdicts(pull).filter(isWanted), given, (review) => reviewValues(call, review));
    },
    reviewThreads: async (given: Body) => {
      const roots = pull.reviewComments.filter(
        (comment) =>
          isRoot(comment) && (comment.review.state !== "PENDING" || comment.author === call.account),
      );
      return connection(roots, given, (root) => threadValues(call, repository, pull, root));
    },
  };
}

function reviewValues({ site, grant }: GraphqlCall, review: Review) {
  return {
    id: `PRR_${review.id}`,
    databaseId: review.id,
    fullDatabaseId: String(review.id),
    state: review.state,
    body: review.body,
    submittedAt: review.submittedAtMs === undefined ? null : isoTime(review.submittedAtMs),
    author: graphqlActor(site, review.author.login),
    commit: () => {
      const needed = { names: ["contents"], level: "read" as const };
      if (grant !== undefined && !has(grant.permissions, needed)) throw inaccessible();
      return { oid: review.commit };
    },
  };
}

/** GraphQL names a bot without what REST puts behind its name. */
export function graphqlActor({ url, apiUrl, accounts }: Site, login: string) {
  const { id, type } = simpleUser({ url, apiUrl, accounts }, login);
  return {
    __typename: type,
    id: `U_${id}`,
    databaseId: id,
    login: login.replace(/\[bot\]$/, ""),
    url: `${url}/${login}`,
  };
}

/** One page. A cursor is opaque to clients; here it is the place of the last item. */
export async function connection<Item>(
  items: Item[],
  given: Body,
  valuesOf: (item: Item) => unknown,
): Promise<Record<string, unknown>> {
  const after = Number(Buffer.from(string(given, "after") ?? "", "base64").toString() || 0);
  const first = integer(given, "first");
  const last = integer(given, "last");
  const start = first === undefined ? Math.max(0, items.length - (last ?? 0)) : after;
  const end = first === undefined ? items.length : start + first;
  return {
    totalCount: items.length,
    nodes: await Promise.all(items.slice(start, end).map(valuesOf)),
    pageInfo: {
      hasNextPage: end < items.length,
      endCursor: Buffer.from(String(Math.min(end, items.length))).toString("base64"),
    },
  };
}
