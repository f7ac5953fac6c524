// The part of GitHub's GraphQL schema that this GitHub answers: the fields of each type, and what they lead to.

/** By field: the type of what it holds, or "" for a scalar. */
export const GRAPHQL_TYPES: Record<string, Record<string, string>> = {
  Query: { repository: "Repository", viewer: "User" },
  Repository: {
    id: "",
    databaseId: "",
    name: "",
    nameWithOwner: "",
    isPrivate: "",
    autoMergeAllowed: "",
    pullRequest: "PullRequest",
  },
  User: { id: "", databaseId: "", login: "", url: "" },
  Bot: { id: "", databaseId: "", login: "", url: "" },
  Actor: { login: "", url: "" },
  Commit: { oid: "" },
  PullRequest: {
    id: "",
    databaseId: "",
    fullDatabaseId: "",
    number: "",
    title: "",
    body: "",
    url: "",
    state: "",
    isDraft: "",
    closed: "",
    merged: "",
    headRefName: "",
    headRefOid: "",
    baseRefName: "",
    baseRefOid: "",
    reviewDecision: "",
    author: "Actor",
    mergedBy: "Actor",
    latestOpinionatedReviews: "PullRequestReviewConnection",
    reviewThreads: "PullRequestReviewThreadConnection",
    autoMergeRequest: "AutoMergeRequest",
  },
  AutoMergeRequest: { enabledAt: "", mergeMethod: "", enabledBy: "Actor" },
  PullRequestReviewConnection: { totalCount: "", nodes: "PullRequestReview", pageInfo: "PageInfo" },
  PullRequestReview: {
    id: "",
    databaseId: "",
    fullDatabaseId: "",
    state: "",
    body: "",
    submittedAt: "",
    author: "Actor",
    commit: "Commit",
  },
  PullRequestReviewThreadConnection: {
    totalCount: "",
    nodes: "PullRequestReviewThread",
    pageInfo: "PageInfo",
  },
  PullRequestReviewThread: {
    id: "",
    isResolved: "",
    isOutdated: "",
    path: "",
    line: "",
    originalLine: "",
    resolvedBy: "User",
    comments: "PullRequestReviewCommentConnection",
  },
  PullRequestReviewCommentConnection: {
    totalCount: "",
    nodes: "PullRequestReviewComment",
    pageInfo: "PageInfo",
  },
  PullRequestReviewComment: {
    id: "",
    databaseId: "",
    fullDatabaseId: "",
    body: "",
    path: "",
    author: "Actor",
  },
  PageInfo: { hasNextPage: "", endCursor: "" },
  Mutation: {
    markPullRequestReadyForReview: "MarkPullRequestReadyForReviewPayload",
    convertPullRequestToDraft: "ConvertPullRequestToDraftPayload",
    resolveReviewThread: "ResolveReviewThreadPayload",
    unresolveReviewThread: "UnresolveReviewThreadPayload",
    enablePullRequestAutoMerge: "EnablePullRequestAutoMergePayload",
    disablePullRequestAutoMerge: "DisablePullRequestAutoMergePayload",
  },
  MarkPullRequestReadyForReviewPayload: { clientMutationId: "", pullRequest: "PullRequest" },
  ConvertPullRequestToDraftPayload: { clientMutationId: "", pullRequest: "PullRequest" },
  EnablePullRequestAutoMergePayload: { clientMutationId: "", pullRequest: "PullRequest" },
  DisablePullRequestAutoMergePayload: { clientMutationId: "", pullRequest: "PullRequest" },
  ResolveReviewThreadPayload: { clientMutationId: "", thread: "PullRequestReviewThread" },
  UnresolveReviewThreadPayload: { clientMutationId: "", thread: "PullRequestReviewThread" },
};

/** What an interface can turn out to be. */
export const GRAPHQL_POSSIBLE: Record<string, string[]> = { Actor: ["User", "Bot"] };

/**
 * Connections hold pages, and GitHub refuses to guess how long one may be. By name: what each takes beside the bounds of
 * a page, all of it true or false.
 */
export const GRAPHQL_CONNECTIONS: Record<string, string[]> = {
  reviewThreads: [],
  comments: [],
  latestOpinionatedReviews: ["writersOnly"],
};
