// Merging a pull request with git's own plumbing: nothing is checked out, nothing is merged twice.
import { type Account, noreplyAddress } from "./accounts.ts";
import { conflict, notMergeable } from "./errors.ts";
import { commitEnvironment, GITHUB_COMMITTER, type Person } from "./git.ts";
import { refuseUnmet } from "./protection.ts";
import { type PullView, referencesMoved } from "./pulls.ts";
import type { Repository } from "./repository.ts";
import type { Site } from "./site.ts";

export type MergeMethod = "merge" | "squash" | "rebase";

export interface MergeRequest {
  method: MergeMethod;
  /** What the caller believes the head to be. */
  sha: string | undefined;
  title: string | undefined;
  message: string | undefined;
}

/** The tree that a clean merge gives; undefined where there are conflicts, or no history in common. */
export async function mergedTree(
  repository: Repository,
  base: string,
  head: string,
): Promise<string | undefined> {
  if ((await repository.mergeBase(base, head)) === undefined) return undefined;
  const args = ["merge-tree", "--write-tree", "--no-messages", "--name-only", base, head];
  const { text, exitCode } = await repository.git(args, { allowedExitCodes: [1] });
  return exitCode === 0 ? text.trim() : undefined;
}

/** Merges and moves the base. Throws 405 where it cannot be merged, 409 where a branch is not what was seen. */
export async function mergePull(
  site: Site,
  repository: Repository,
  by: Account,
  view: PullView,
  request: MergeRequest,
): Promise<string> {
  const { pull, headSha, baseSha } = view;
  if (pull.closed) throw notMergeable();
  if (pull.draft) throw notMergeable("Pull Request is still a draft");
  if (request.sha !== undefined && request.sha !== headSha) {
    throw conflict("Head branch was modified. Review and try the merge again.");
  }
  if (!repository.merges[request.method]) throw notMergeable(METHOD_REFUSALS[request.method]);
  const tree = await mergedTree(repository, baseSha, headSha);
  if (tree === undefined) throw notMergeable();
  await refuseUnmet(repository, by, view);
  const sha =
    request.method === "rebase"
      ? await rebased(site, repository, view)
      : await mergeCommit(site, repository, by, view, tree, request);
  const move = { reference: `refs/heads/${pull.base}`, before: baseSha, after: sha };
  await repository.moveReference(move);
  pull.closed = { atMs: site.now(), baseSha, by, merge: { by, sha } };
  pull.updatedAtMs = site.now();
  site.happened({ by, event: "pull_request", action: "closed", repository, pull });
  await referencesMoved(site, repository, by, [move]);
  return sha;
}

const METHOD_REFUSALS: Record<MergeMethod, string> = {
  merge: "Merge commits are not allowed on this repository.",
  squash: "Squash merges are not allowed on this repository.",
  rebase: "Rebase merges are not allowed on this repository.",
};

async function mergeCommit(
  site: Site,
  repository: Repository,
  by: Account,
  view: PullView,
  tree: string,
  { method, title, message }: MergeRequest,
): Promise<string> {
  const { pull, headSha, baseSha } = view;
  const squash = method === "squash";
  const usual = squash
    ? await squashText(repository, view)
    : {
        title: `Merge pull request #${pull.number} from ${pull.headOwner}/${pull.head}`,
        message: pull.title,
      };
  const text = `${title ?? usual.title}\n\n${message ?? usual.message}`.trim();
  const parents = squash ? [baseSha] : [baseSha, headSha];
  const author = squash ? pull.author : by;
  return commitTree(site, repository, tree, parents, text, {
    name: author.login,
    email: noreplyAddress(author),
  });
}

/** A single commit lends its own words; several are listed below the pull request's title. */
async function squashText(repository: Repository, { pull, headSha, baseSha }: PullView) {
  const args = ["log", "--reverse", "--format=%B%x00", `${baseSha}..${headSha}`];
  const messages = (await repository.git(args)).text.split("\0").map((each) => each.trim());
  const commits = messages.filter((each) => each !== "");
  const [only = "", ...others] = commits;
  if (others.length > 0) {
    return {
      title: `${pull.title} (#${pull.number})`,
      message: commits.map((each) => `* ${each}`).join("\n\n"),
    };
  }
  const [subject = "", ...body] = only.split("\n");
  return { title: `${subject} (#${pull.number})`, message: body.join("\n").trim() };
}

/**
 * Applies the commits of the head on the base, one by one. A helper commit that has the new tree and the old
 * parent makes `git merge-tree` apply exactly what one commit changed.
 */
async function rebased(site: Site, repository: Repository, { headSha, baseSha }: PullView): Promise<string> {
  const range = ["rev-list", "--reverse", "--topo-order", "--no-merges", `${baseSha}..${headSha}`];
  const commits = (await repository.git(range)).text.split("\n").filter(Boolean);
  let tip = baseSha;
  for (const commit of commits) {
    const parent = (await repository.git(["rev-parse", `${commit}^`])).text.trim();
    const tipTree = (await repository.git(["rev-parse", `${tip}^{tree}`])).text.trim();
    const helper = await commitTree(site, repository, tipTree, [parent], "helper", GITHUB_COMMITTER);
    const tree = await mergedTree(repository, helper, commit);
    if (tree === undefined) throw notMergeable("This branch can't be rebased");
    const format = ["log", "--max-count=1", "--format=%an%x00%ae%x00%at%x00%B", commit];
    const [name = "", email = "", seconds = "", text = ""] = (await repository.git(format)).text.split("\0");
    const atMs = Number(seconds) * 1000;
    tip = await commitTree(site, repository, tree, [tip], text.trim(), { name, email }, atMs);
  }
  return tip;
}

async function commitTree(
  site: Site,
  repository: Repository,
  tree: string,
  parents: string[],
  text: string,
  author: Person,
  atMs = site.now(),
): Promise<string> {
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])];
  const env = commitEnvironment(author, GITHUB_COMMITTER, atMs);
  return (await repository.git(args, { env, input: `${text}\n` })).text.trim();
}
