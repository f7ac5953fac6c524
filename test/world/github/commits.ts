// Commits as REST shows them: listed, alone, and compared.
import type { components } from "@octokit/openapi-types";
import { mayRead, simpleUser } from "./accounts.ts";
import { type Answer, json, mediaOf, pageOf, plain, type RepositoryCall } from "./answer.ts";
import { changedFiles, diffEntry, diffText, patchText } from "./diff.ts";
import { emptyRepository, notFound, refused } from "./errors.ts";
import { GITHUB_COMMITTER } from "./git.ts";
import { isPath, type Repository } from "./repository.ts";
import { type Route, readRoute } from "./route.ts";
import { isoTime, type Site } from "./site.ts";

type Commit = components["schemas"]["commit"];

/** Each field ends with a NUL, which no field can hold. */
const COMMIT_FORMAT = ["%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"]
  .map((field) => `${field}%x00`)
  .join("");
const FIELDS_PER_COMMIT = 10;
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

export const commitRoutes: Route[] = [
  readRoute("/commits", listCommits),
  readRoute("/commits/:ref*", getCommit),
  readRoute("/compare/:range*", compare),
];

/** The commits of a `git log` range, newest first, from one git process. */
export async function commitsIn(site: Site, repository: Repository, range: string[]): Promise<Commit[]> {
  const args = ["log", `--format=tformat:${COMMIT_FORMAT}`, ...range];
  const fields = (await repository.git(args)).text.split("\0");
  const commits: Commit[] = [];
  for (let at = 0; at + FIELDS_PER_COMMIT <= fields.length; at += FIELDS_PER_COMMIT) {
    commits.push(toCommit(site, repository, fields.slice(at, at + FIELDS_PER_COMMIT)));
  }
  return commits;
}

export async function commitAt(site: Site, repository: Repository, sha: string): Promise<Commit> {
  const [commit] = await commitsIn(site, repository, ["--max-count=1", sha]);
  if (commit === undefined) throw notFound();
  return commit;
}

async function listCommits(call: RepositoryCall): Promise<Answer> {
  const { repository, query, site } = call;
  if (await repository.isEmpty()) throw emptyRepository();
  const start = await repository.commitOf(query.get("sha") ?? repository.defaultBranch);
  if (start === undefined) throw notFound();
  const path = query.get("path");
  if (path !== null && !isPath(path)) return json([]);
  const { text } = await repository.git(["rev-list", start, ...(path === null ? [] : ["--", path])]);
  const page = pageOf(call, text.split("\n").filter(Boolean));
  const commits =
    page.items.length === 0 ? [] : await commitsIn(site, repository, ["--no-walk=unsorted", ...page.items]);
  return { ...json(commits), headers: page.headers };
}

async function getCommit(call: RepositoryCall): Promise<Answer> {
  const { repository, params, site } = call;
  const media = mediaOf(call);
  if (await repository.isEmpty()) throw emptyRepository();
  const sha = await repository.commitOf(params.ref ?? "");
  if (sha === undefined) throw refused(`No commit found for SHA: ${params.ref}`);
  if (media === "sha") return plain(sha, "application/vnd.github.sha; charset=utf-8");
  const commit = await commitAt(site, repository, sha);
  const parent = commit.parents[0]?.sha ?? EMPTY_TREE;
  if (media === "diff") return plain(await diffText(repository, parent, sha));
  const files = (await changedFiles(repository, parent, sha)).map((file) =>
    diffEntry(site, repository, sha, file),
  );
  const additions = files.reduce((total, file) => total + file.additions, 0);
  const deletions = files.reduce((total, file) => total + file.deletions, 0);
  const whole: Commit = { ...commit, stats: { additions, deletions, total: additions + deletions }, files };
  return json(whole);
}

async function compare(call: RepositoryCall): Promise<Answer> {
  const { repository, params, site } = call;
  const media = mediaOf(call);
  const [base = "", head = ""] = (params.range ?? "").split("...");
  const [baseSha, headSha] = [await sideCommit(call, base), await sideCommit(call, head)];
  if (baseSha === undefined || headSha === undefined) throw notFound();
  const mergeBase = await repository.mergeBase(baseSha, headSha);
  if (mergeBase === undefined) throw notFound(`No common ancestor between ${base} and ${head}.`);
  if (media === "diff") return plain(await diffText(repository, mergeBase, headSha));
  if (media === "patch") return plain(await patchText(repository, baseSha, headSha));
  const commits = (await commitsIn(site, repository, [`${baseSha}..${headSha}`])).reverse();
  const behind = await repository.countBetween(headSha, baseSha);
  const page = pageOf(call, commits);
  const files = await changedFiles(repository, mergeBase, headSha);
  const api = `${site.apiUrl}/repos/${repository.fullName}/compare/${params.range}`;
  const html = `${site.url}/${repository.fullName}/compare/${params.range}`;
  const comparison: components["schemas"]["commit-comparison"] = {
    url: api,
    html_url: html,
    permalink_url: `${site.url}/${repository.fullName}/compare/${baseSha}...${headSha}`,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: await commitAt(site, repository, baseSha),
    merge_base_commit: await commitAt(site, repository, mergeBase),
    status: relation(commits.length, behind),
    ahead_by: commits.length,
    behind_by: behind,
    total_commits: commits.length,
    commits: page.items,
    // GitHub shows the files on the first page alone.
    ...(Number(call.query.get("page") ?? 1) > 1
      ? {}
      : { files: files.map((file) => diffEntry(site, repository, headSha, file)) }),
  };
  return { ...json(comparison), headers: page.headers };
}

function relation(ahead: number, behind: number): "ahead" | "behind" | "diverged" | "identical" {
  if (ahead > 0) return behind > 0 ? "diverged" : "ahead";
  return behind > 0 ? "behind" : "identical";
}

/** `main` is of this repository, `ann:main` of ann's fork, whose commits are taken in where the caller sees it. */
async function sideCommit(
  { site, repository, account }: RepositoryCall,
  side: string,
): Promise<string | undefined> {
  const colon = side.indexOf(":");
  const owner = colon < 0 ? repository.owner : side.slice(0, colon);
  const revision = side.slice(colon + 1);
  if (owner.toLowerCase() === repository.owner.toLowerCase()) return repository.commitOf(revision);
  const fork = site.repositories.forkOf(repository, owner);
  const commit = fork && mayRead(account, fork) ? await fork.commitOf(revision) : undefined;
  if (fork !== undefined && commit !== undefined) await repository.fetch(fork, commit);
  return commit;
}

/** What GitHub says of a signature: its own it knows, and nobody else signs here. */
function verificationOf(repository: Repository, sha: string) {
  const verified = repository.signedCommits.has(sha);
  return {
    verified,
    reason: verified ? "valid" : "unsigned",
    signature: verified ? "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n" : null,
    payload: verified ? `commit ${sha}\n` : null,
    verified_at: verified ? isoTime(repository.createdAtMs) : null,
  };
}

function toCommit(site: Site, repository: Repository, fields: string[]): Commit {
  const [sha = "", tree = "", parents = "", ...rest] = fields.map((field) => field.replace(/^\n/, ""));
  const [authorName, authorEmail, authorDate, committerName, committerEmail, committerDate, message] = rest;
  const api = `${site.apiUrl}/repos/${repository.fullName}`;
  const html = `${site.url}/${repository.fullName}/commit`;
  const account = (email: string | undefined) => {
    const found = email === undefined ? undefined : site.accounts.byEmail(email);
    // GitHub's own commits are shown as those of an account that nobody is.
    if (email === GITHUB_COMMITTER.email) return simpleUser(site, "web-flow");
    return found === undefined ? null : simpleUser(site, found.login);
  };
  const signature = (name?: string, email?: string, date?: string) => ({
    name: name ?? "",
    email: email ?? "",
    date: isoTime(Date.parse(date ?? "")),
  });
  return {
    sha,
    node_id: `C_${sha}`,
    url: `${api}/commits/${sha}`,
    html_url: `${html}/${sha}`,
    comments_url: `${api}/commits/${sha}/comments`,
    commit: {
      url: `${api}/git/commits/${sha}`,
      author: signature(authorName, authorEmail, authorDate),
      committer: signature(committerName, committerEmail, committerDate),
      message: (message ?? "").replace(/\n+$/, ""),
      comment_count: 0,
      tree: { sha: tree, url: `${api}/git/trees/${tree}` },
      verification: verificationOf(repository, sha),
    },
    author: account(authorEmail),
    committer: account(committerEmail),
    parents: parents
      .split(" ")
      .filter(Boolean)
      .map((parent) => ({
        sha: parent,
        url: `${api}/commits/${parent}`,
        html_url: `${html}/${parent}`,
      })),
  };
}
