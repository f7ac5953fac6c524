// Commits as git objects over REST; those that an App makes without naming anybody are signed by GitHub.
import type { components } from "@octokit/openapi-types";
import { noreplyAddress } from "./accounts.ts";
import { type Answer, json, type RepositoryCall, type WriteCall } from "./answer.ts";
import { object, required, string, strings } from "./body.ts";
import { commitAt } from "./commits.ts";
import { emptyRepository, notFound, refused } from "./errors.ts";
import { commitEnvironment, GITHUB_COMMITTER, type Person } from "./git.ts";
import type { Repository } from "./repository.ts";
import { changeRoute, type Route, readRoute } from "./route.ts";
import type { Site } from "./site.ts";

const SHA_PATTERN = /^[0-9a-f]{40}$/;

export const gitCommitRoutes: Route[] = [
  readRoute("/git/commits/:sha", getGitCommit),
  changeRoute("POST", "/git/commits", "write", createGitCommit),
];

async function getGitCommit({ site, repository, params }: RepositoryCall): Promise<Answer> {
  const sha = params.sha ?? "";
  if (!SHA_PATTERN.test(sha) || (await typeOf(repository, sha)) !== "commit") throw notFound();
  return json(await gitCommitAnswer(site, repository, sha));
}

async function createGitCommit(call: WriteCall): Promise<Answer> {
  const { site, repository, body, account } = call;
  if (await repository.isEmpty()) throw emptyRepository();
  const { message, tree } = required(body, "message", "tree");
  const parents = strings(body, "parents") ?? [];
  if (!SHA_PATTERN.test(tree) || (await typeOf(repository, tree)) !== "tree") {
    throw refused("Tree SHA does not exist");
  }
  for (const parent of parents) {
    if (!SHA_PATTERN.test(parent) || (await typeOf(repository, parent)) !== "commit") {
      throw refused("Parent SHA does not exist or is not a commit object");
    }
  }
  const own = { name: account.login, email: noreplyAddress(account) };
  const author = personIn(call, "author");
  const committer = personIn(call, "committer");
  const isSigned =
    account.type === "Bot" && author === undefined && committer === undefined && body.signature === undefined;
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])];
  const by = committer ?? (isSigned ? GITHUB_COMMITTER : (author ?? own));
  const env = commitEnvironment(author ?? own, by, site.now());
  const made = (await repository.git(args, { env, input: message })).text.trim();
  const sha = isSigned ? await sign(repository, made) : made;
  if (isSigned) repository.signedCommits.add(sha);
  const answer = await gitCommitAnswer(site, repository, sha);
  return { ...json(answer, 201), headers: { location: answer.url } };
}

/** A signature is part of the commit itself; nobody here can check this one. */
async function sign(repository: Repository, sha: string): Promise<string> {
  const { text } = await repository.git(["cat-file", "commit", sha]);
  const lines = ["-----BEGIN PGP SIGNATURE-----", "", sha, "-----END PGP SIGNATURE-----", ""];
  const input = text.replace("\n\n", `\ngpgsig ${lines.join("\n ")}\n\n`);
  return (await repository.git(["hash-object", "-t", "commit", "-w", "--stdin"], { input })).text.trim();
}

function personIn({ body }: WriteCall, key: "author" | "committer"): Person | undefined {
  const given = object(body, key);
  return given && { ...required(given, "name", "email"), ...(string(given, "date") && {}) };
}

async function typeOf(repository: Repository, sha: string): Promise<string> {
  const args = ["cat-file", "-t", sha];
  return (await repository.git(args, { allowedExitCodes: [128] })).text.trim();
}

async function gitCommitAnswer(
  site: Site,
  repository: Repository,
  sha: string,
): Promise<components["schemas"]["git-commit"]> {
  const { node_id, html_url, commit, parents } = await commitAt(site, repository, sha);
  const api = `${site.apiUrl}/repos/${repository.fullName}/git`;
  const person = (of: { name?: string; email?: string; date?: string } | null) => ({
    name: of?.name ?? "",
    email: of?.email ?? "",
    date: of?.date ?? "",
  });
  const { verification } = commit;
  return {
    sha,
    node_id,
    url: `${api}/commits/${sha}`,
    html_url,
    author: person(commit.author),
    committer: person(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree.sha, url: `${api}/trees/${commit.tree.sha}` },
    parents: parents.map((parent) => ({
      sha: parent.sha,
      url: `${api}/commits/${parent.sha}`,
      html_url: parent.html_url ?? "",
    })),
    verification: {
      verified: verification?.verified ?? false,
      reason: verification?.reason ?? "unsigned",
      signature: verification?.signature ?? null,
      payload: verification?.payload ?? null,
      verified_at: verification?.verified_at ?? null,
    },
  };
}
