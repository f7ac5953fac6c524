// Merges the base of a pull request into its branch, which GitHub promises with 202 and does a moment later.
import { type Account, mayWrite, noreplyAddress } from "./accounts.ts";
import { type Answer, json, type WriteCall } from "./answer.ts";
import { string } from "./body.ts";
import { forbidden, refused } from "./errors.ts";
import { commitEnvironment, GITHUB_COMMITTER } from "./git.ts";
import { mergedTree } from "./merge.ts";
import { headMoved, type PullView, pullOf, pullReference, referencesMoved, viewPull } from "./pulls.ts";
import type { Repository } from "./repository.ts";
import type { Site } from "./site.ts";

export async function updateBranch(call: WriteCall): Promise<Answer> {
  const { site, repository, body, account } = call;
  const pull = pullOf(call);
  const head = pull.fork ?? repository;
  if (!mayWrite(account, head)) {
    throw forbidden(
      account.type === "Bot"
        ? "Resource not accessible by integration"
        : "Must have push access to repository",
    );
  }
  const view = await viewPull(repository, pull);
  const expected = string(body, "expected_head_sha");
  if (expected !== undefined && expected !== view.headSha) {
    throw refused("expected head sha didn’t match current head ref.");
  }
  if (pull.closed) throw refused("The pull request is closed.");
  if ((await repository.countBetween(view.headSha, view.baseSha)) === 0) {
    throw refused("There are no new commits on the base branch.");
  }
  const tree = await mergedTree(repository, view.baseSha, view.headSha);
  if (tree === undefined) throw refused("merge conflict between base and head");
  await merge(site, repository, account, view, tree);
  const url = `${site.url}/repos/${repository.fullName}/pulls/${pull.number}`;
  return json({ message: "Updating pull request branch.", url }, 202);
}

/** The caller is the author, GitHub the committer and the one who signs. */
async function merge(
  site: Site,
  repository: Repository,
  by: Account,
  { pull, headSha, baseSha }: PullView,
  tree: string,
): Promise<void> {
  const author = { name: by.login, email: noreplyAddress(by) };
  const sha = (
    await repository.git(["commit-tree", tree, "-p", headSha, "-p", baseSha], {
      env: commitEnvironment(author, GITHUB_COMMITTER, site.now()),
      input: `Merge branch '${pull.base}' into ${pull.head}\n`,
    })
  ).text.trim();
  const head = pull.fork ?? repository;
  if (head !== repository) await head.fetch(repository, sha);
  repository.signedCommits.add(sha);
  const move = { reference: `refs/heads/${pull.head}`, before: headSha, after: sha };
  await head.moveReference(move);
  if (head === repository) await referencesMoved(site, repository, by, [move]);
  else {
    await repository.moveReference({ reference: pullReference(pull), before: headSha, after: sha });
    headMoved(site, repository, by, pull, { before: headSha, after: sha });
  }
  pull.updatedAtMs = site.now();
}
