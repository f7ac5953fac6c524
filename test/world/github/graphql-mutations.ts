// The GraphQL mutations that have no counterpart in REST: drafts made ready and back, conversations resolved.
import { type Account, mayRead, mayWrite } from "./accounts.ts";
import type { Call } from "./answer.ts";
import { covers, isChangeable } from "./apps.ts";
import { disableAutoMerge, enableAutoMerge } from "./auto-merge.ts";
import { type Body, object } from "./body.ts";
import { GraphqlFailure, inaccessible } from "./graphql-failure.ts";
import { pullValues } from "./graphql-pull.ts";
import { has } from "./permissions.ts";
import { pullNodeId } from "./pull-answers.ts";
import type { PullRequest } from "./records.ts";
import type { Repository } from "./repository.ts";
import { isRoot, threadNodeId, threadValues } from "./review-threads.ts";

/** A call of somebody: GraphQL answers nobody else. */
export interface GraphqlCall extends Call {
  account: Account;
}

type Mutation = (call: GraphqlCall, parameters: Body) => Promise<Record<string, unknown>>;

/** By name. Each gets its arguments, and gives the values of its payload. */
export const GRAPHQL_MUTATIONS: Record<string, Mutation> = {
  markPullRequestReadyForReview: (call, parameters) =>
    setDraft(call, parameters, false, "mark the pull request as ready for review"),
  convertPullRequestToDraft: (call, parameters) =>
    setDraft(call, parameters, true, "convert the pull request"),
  resolveReviewThread: (call, parameters) => resolveThread(call, parameters, true),
  unresolveReviewThread: (call, parameters) => resolveThread(call, parameters, false),
  enablePullRequestAutoMerge: enableAutoMerge,
  disablePullRequestAutoMerge: disableAutoMerge,
};

async function setDraft(
  call: GraphqlCall,
  parameters: Body,
  draft: boolean,
  doing: string,
): Promise<Record<string, unknown>> {
  const input = object(parameters, "input") ?? {};
  const { repository, pull } = changeablePull(call, String(input.pullRequestId ?? ""), doing);
  if (pull.closed) throw new GraphqlFailure("UNPROCESSABLE", "Pull request is closed");
  pull.draft = draft;
  pull.updatedAtMs = call.site.now();
  const action = draft ? "converted_to_draft" : "ready_for_review";
  call.site.happened({ by: call.account, event: "pull_request", action, repository, pull });
  return {
    clientMutationId: input.clientMutationId ?? null,
    pullRequest: await pullValues(call, repository, pull),
  };
}

async function resolveThread(
  call: GraphqlCall,
  parameters: Body,
  resolved: boolean,
): Promise<Record<string, unknown>> {
  const input = object(parameters, "input") ?? {};
  const id = String(input.threadId ?? "");
  for (const { repository, pull } of visiblePulls(call)) {
    const root = pull.reviewComments.find((each) => isRoot(each) && threadNodeId(each) === id);
    if (root === undefined) continue;
    refuseUnlessChangeable(call, repository, pull, id, "resolve the conversation");
    root.resolvedBy = resolved ? call.account : undefined;
    return {
      clientMutationId: input.clientMutationId ?? null,
      thread: await threadValues(call, repository, pull, root),
    };
  }
  throw unresolvable(id);
}

/** The pull request with this node id, where the caller may change it. Throws as GitHub refuses. */
export function changeablePull(
  call: GraphqlCall,
  id: string,
  doing: string,
): { repository: Repository; pull: PullRequest } {
  const found = visiblePulls(call).find(({ repository, pull }) => pullNodeId(repository, pull.number) === id);
  if (found === undefined) throw unresolvable(id);
  refuseUnlessChangeable(call, found.repository, found.pull, id, doing);
  return found;
}

function refuseUnlessChangeable(
  call: GraphqlCall,
  repository: Repository,
  pull: PullRequest,
  id: string,
  doing: string,
): void {
  const needed = { names: ["pull_requests"], level: "write" as const };
  const { grant } = call;
  if (grant && !(isChangeable(grant, repository) && has(grant.permissions, needed))) throw inaccessible();
  if (pull.author !== call.account && !mayWrite(call.account, repository)) {
    const message = `${call.account.login} does not have permission to ${doing} ${id}.`;
    throw new GraphqlFailure("FORBIDDEN", message);
  }
  if (repository.archived) {
    throw new GraphqlFailure("FORBIDDEN", "Repository was archived so is read-only.");
  }
}

function visiblePulls({ site, account, grant }: GraphqlCall) {
  return site.repositories
    .all()
    .filter((repository) => mayRead(account, repository) && covers(grant, repository))
    .flatMap((repository) => repository.pulls.map((pull) => ({ repository, pull })));
}

function unresolvable(id: string): GraphqlFailure {
  return new GraphqlFailure("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'.`);
}
