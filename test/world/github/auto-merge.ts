// Auto-merge: somebody asks once, and GitHub merges as soon as the rules of the base let it.
import { type Account, mayWrite, simpleUser } from "./accounts.ts";
import { type Body, object, oneOf, string } from "./body.ts";
import { GitHubError } from "./errors.ts";
import { GraphqlFailure } from "./graphql-failure.ts";
import { changeablePull, type GraphqlCall } from "./graphql-mutations.ts";
import { pullValues } from "./graphql-pull.ts";
import { type MergeMethod, mergePull } from "./merge.ts";
import { mergeState } from "./mergeability.ts";
import { viewPull } from "./pulls.ts";
import type { PullRequest } from "./records.ts";
import type { Repository } from "./repository.ts";
import { isoTime, type Site } from "./site.ts";

const METHODS = ["MERGE", "SQUASH", "REBASE"] as const;

export async function enableAutoMerge(call: GraphqlCall, parameters: Body): Promise<Record<string, unknown>> {
  const input = object(parameters, "input") ?? {};
  const { repository, pull } = changeablePull(
    call,
    String(input.pullRequestId ?? ""),
    "enable auto-merge for",
  );
  const { site, account } = call;
  const refuse = (message: string) => new GraphqlFailure("UNPROCESSABLE", message);
  if (!mayWrite(account, repository)) {
    const message = `${account.login} does not have the correct permissions to execute \`EnablePullRequestAutoMerge\``;
    throw new GraphqlFailure("FORBIDDEN", message);
  }
  if (!repository.merges.auto) throw refuse("Auto merge is not allowed for this repository");
  if (pull.closed) throw refuse("Pull request is closed");
  const method = (oneOf(input, "mergeMethod", METHODS) ?? "MERGE").toLowerCase() as MergeMethod;
  if (!repository.merges[method]) {
    throw refuse(`Merge method ${METHOD_NAMES[method]} is not allowed on this repository`);
  }
  const view = await viewPull(repository, pull);
  const expected = string(input, "expectedHeadOid");
  if (expected !== undefined && expected !== view.headSha) {
    throw refuse("Head branch was modified. Review and try the merge again.");
  }
  if (!repository.protections.has(pull.base)) {
    throw refuse("Pull request Protected branch rules not configured for this branch");
  }
  const state = await mergeState(repository, view);
  if (state !== "blocked" && state !== "behind") {
    throw refuse(`Pull request Pull request is in ${state} status`);
  }
  pull.autoMerge = { by: account, method, atMs: site.now() };
  pull.updatedAtMs = site.now();
  site.happened({ by: account, event: "pull_request", action: "auto_merge_enabled", repository, pull });
  return {
    clientMutationId: input.clientMutationId ?? null,
    pullRequest: await pullValues(call, repository, pull),
  };
}

export async function disableAutoMerge(
  call: GraphqlCall,
  parameters: Body,
): Promise<Record<string, unknown>> {
  const input = object(parameters, "input") ?? {};
  const { repository, pull } = changeablePull(
    call,
    String(input.pullRequestId ?? ""),
    "disable auto-merge for",
  );
  if (pull.autoMerge === undefined) {
    throw new GraphqlFailure("UNPROCESSABLE", "Can't disable auto-merge for this pull request");
  }
  stopAutoMerge(call.site, repository, pull, call.account);
  return {
    clientMutationId: input.clientMutationId ?? null,
    pullRequest: await pullValues(call, repository, pull),
  };
}

const METHOD_NAMES: Record<MergeMethod, string> = {
  merge: "merge commits",
  squash: "squash merging",
  rebase: "rebase merging",
};

export function autoMergeAnswer(site: Site, { autoMerge, closed }: PullRequest) {
  if (autoMerge === undefined || closed) return null;
  return {
    enabled_by: simpleUser(site, autoMerge.by.login),
    merge_method: autoMerge.method,
    commit_title: "",
    commit_message: "",
  };
}

export function autoMergeValues(site: Site, { autoMerge, closed }: PullRequest) {
  if (autoMerge === undefined || closed) return null;
  const { by, method, atMs } = autoMerge;
  return {
    enabledAt: isoTime(atMs),
    mergeMethod: method.toUpperCase(),
    enabledBy: { login: by.login.replace(/\[bot\]$/, ""), url: `${site.url}/${by.login}` },
  };
}

function stopAutoMerge(site: Site, repository: Repository, pull: PullRequest, by: Account): void {
  if (pull.autoMerge === undefined) return;
  pull.autoMerge = undefined;
  pull.updatedAtMs = site.now();
  site.happened({ by, event: "pull_request", action: "auto_merge_disabled", repository, pull });
}

/** Merges what waits for its rules and meets them by now. Each in the name of who asked for it. */
export async function mergeWhatIsReady(site: Site, repository: Repository): Promise<void> {
  for (const pull of repository.pulls.filter(({ autoMerge, closed }) => autoMerge && !closed)) {
    await repository.exclusively(async () => {
      const wanted = pull.autoMerge;
      if (wanted === undefined || pull.closed || pull.draft) return;
      const view = await viewPull(repository, pull);
      if (!["clean", "unstable"].includes(await mergeState(repository, view))) return;
      const request = { method: wanted.method, sha: view.headSha, title: undefined, message: undefined };
      try {
        await mergePull(site, repository, wanted.by, view, request);
      } catch (error) {
        // What came between is a reason to wait on, and nobody is there to be told.
        if (!(error instanceof GitHubError)) throw error;
      }
    });
  }
}
