// A repository for one round: a trusted git directory, and beside it a work tree with a .git of its own for the tools.
import { existsSync } from "node:fs";
import { appendFile, copyFile, cp, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Failed } from "@cody/core/failure.ts";
import { maxPatchBytes } from "@cody/core/limits.ts";
import { whileTokenIsNew } from "@cody/core/new-token.ts";
import type { CommitAuthor, GitAuthorization } from "@cody/core/ports/code-host.ts";
import type { Change, Workspace } from "@cody/core/ports/workspace.ts";
import { backoffMs, pause } from "../backoff.ts";
import { type Git, isPassing, isUnauthorized, makeGit, wordsOfGit } from "./git.ts";
import { markedIn, mergeTrees } from "./git-merge.ts";
import { push, type Remote, type Signer } from "./git-push.ts";
import { describe, filesBetween, patchBetween, submodulesOf, writeTree } from "./git-tree.ts";

/** Who commits, where GitHub knows nobody better. An address that nobody can have, or GitHub would show its owner. */
const cody = { name: "Cody", email: "cody@cody.invalid" };

/** Attributes of the repository may name programs and encodings for content; neither is wanted here. */
const attributes = "* !working-tree-encoding -filter\n";
/** Nor may they keep a text out of the patch, where a person would see it. */
const trustedAttributes = "* !working-tree-encoding -filter !diff\n";

const cloneTries = 3;
/** Longer guidance than this is no guidance; the rest is cut off where it is used. */
const maxBaseFileBytes = 256 * 1024;

export interface WorkspaceOptions {
  /** A folder that is this round's alone; whatever lies there is removed. */
  folder: string;
  cloneUrl: string;
  /** Cody's fork, where that holds the branch; it is on the same host. */
  fork?: { cloneUrl: string; holdsBase: boolean };
  /** Lets git in; asked for `write` only by `publish`. */
  authorization: (access: "read" | "write") => Promise<GitAuthorization>;
  /** Who commits; Cody itself where that is nobody. */
  author?: () => Promise<CommitAuthor | undefined>;
  signer?: Signer;
  /** What the round's commit is made on. */
  baseSha: string;
  baseBranch: string;
  /** What an earlier round made on the same base; the tree begins with it. */
  patch?: Buffer;
  /** What is merged into the base, and where the histories of the two part. */
  merge?: { sha: string; ancestor: string };
  /** The search path for git itself. */
  path: string;
  /** Ends the cloning. */
  signal: AbortSignal;
}

/**
 * Clones the base commit alone. The trusted directory holds all that is compared, committed and pushed, and is read by
 * no tool; the tree's own `.git` has no remote and is never read by trusted git. Throws `clone-failed`, or `patch-stale`
 * where the patch does not apply to the base.
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { folder, merge } = options;
  const tree = path.join(folder, "tree");
  const gitDir = path.join(folder, "git");
  const nothing = path.join(folder, "nothing");
  await rm(folder, { recursive: true, force: true });
  await mkdir(tree, { recursive: true });
  await mkdir(gitDir, { mode: 0o700 });
  await mkdir(nothing, { mode: 0o700 });
  const trusted = { gitDir, workTree: tree, index: path.join(folder, "index") };
  const git = makeGit({ folder: tree, path: options.path, trusted });
  // For what is done with objects alone: no file that a tool wrote can play a part in it.
  const objects = makeGit({
    folder: nothing,
    path: options.path,
    trusted: { ...trusted, workTree: nothing },
  });
  const upstream = remoteAt(options.cloneUrl, options);
  const origin = options.fork ? remoteAt(options.fork.cloneUrl, options) : upstream;
  const treeOf = async (commit: string) => (await git(["rev-parse", "--verify", `${commit}^{tree}`])).trim();

  await makeTrusted(gitDir, options);
  const fetching = { git, signal: options.signal };
  const baseFrom = options.fork?.holdsBase ? origin : upstream;
  await fetchCommits(fetching, baseFrom, [options.baseSha]);
  if (merge) await fetchCommits(fetching, upstream, [merge.sha, merge.ancestor]);
  let base = options.baseSha;
  let baseTree = await treeOf(merge?.sha ?? base);
  await git(["read-tree", base]);
  if (options.patch) await applyToIndex(git, options.patch);
  const merged =
    merge && (await mergeTrees(objects, { ancestor: merge.ancestor, ours: base, theirs: merge.sha }));
  const conflicts = merged?.conflicts ?? [];
  if (merged) await git(["read-tree", merged.tree]);
  let last = (await git(["write-tree"])).trim();
  // Writing the files takes longest, and the tree's own repository is made of what is there already.
  const own = path.join(tree, ".git");
  await Promise.all([
    git(["checkout-index", "--all", "--force", "--index"]),
    giveOwnGit(options, { tree, gitDir, own, head: merge?.sha ?? base }),
  ]);
  if (last === baseTree) await copyFile(trusted.index, path.join(own, "index"));
  else await makeGit({ folder: tree, path: options.path })(["read-tree", "HEAD"]);
  const submodules = await submodulesOf(git, last);
  let shown: string | undefined;

  async function compare(now: string, leftOut: string[]): Promise<Change | undefined> {
    shown = now;
    if (now === baseTree) return undefined;
    const patch = await patchBetween(git, baseTree, now, folder);
    return {
      id: `${[base, ...(merge ? [merge.sha] : [])].join("+")}..${now}`,
      patch: patch.bytes,
      diff: await describe(git, baseTree, now, patch),
      files: await filesBetween(git, baseTree, now),
      leftOut,
    };
  }

  function compared(): string {
    if (!shown) throw new Error("nothing was compared yet, so there is nothing to commit");
    return shown;
  }

  return {
    tree,
    conflicts,
    async baseFile(name) {
      const [entry = ""] = (await git(["ls-tree", "-z", "--long", base, "--", name])).split("\0");
      const [, object = "", size = ""] = /^100\d{3} blob (\w+) +(\d+)\t/.exec(entry) ?? [];
      return object && Number(size) <= maxBaseFileBytes ? git(["cat-file", "blob", object]) : undefined;
    },
    async snapshot() {
      const now = (await writeTree(git, submodules)).tree;
      if (now === last) return undefined;
      const { bytes, size } = await patchBetween(git, last, now, folder);
      if (size > maxPatchBytes) return "too-large";
      last = now;
      return bytes;
    },
    async restore(snapshots) {
      for (const snapshot of snapshots)
        await git(["apply", "--index", "--binary", "--whitespace=nowarn", "-"], { input: snapshot });
      last = (await writeTree(git, submodules)).tree;
    },
    async diff() {
      const { tree: now, leftOut } = await writeTree(git, submodules);
      return compare(now, leftOut);
    },
    async marked() {
      await writeTree(git, submodules);
      return markedIn(git, conflicts);
    },
    async publish({ branch, message, expected, overwrite, signal }) {
      const { name, email } = (await options.author?.()) ?? cody;
      const env = {
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: email,
      };
      const change = { tree: compared(), parents: merge ? [base, merge.sha] : [base], message };
      const named = change.parents.flatMap((parent) => ["-p", parent]);
      const made = await git(["commit-tree", change.tree, ...named, "-F", "-"], { input: message, env });
      const { signer } = options;
      const deepen = () =>
        fetchCommits({ git, signal }, base === options.baseSha ? baseFrom : origin, [base], "--unshallow");
      const where = { remote: origin, branch, expected, overwrite, signer, signal, deepen };
      return push({ git, ...where, ...change, commit: made.trim() });
    },
    async putOnto(commit, signal) {
      const theirs = compared();
      await fetchCommits({ git, signal }, origin, [commit]);
      const together = await mergeTrees(objects, { ancestor: base, ours: commit, theirs });
      if (together.conflicts.length > 0) return { fits: false, conflicts: together.conflicts };
      base = commit;
      if (!merge) baseTree = await treeOf(commit);
      return { fits: true, change: await compare(together.tree, []) };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Throws for an address that is not one to be let in at. */
function remoteAt(url: string, { authorization }: WorkspaceOptions): Remote {
  const host = webHostOf(url);
  return {
    url,
    async enter(access, work) {
      const { header, isNew } = await authorization(access);
      const entered = () => work(letIn(host, header));
      return isNew ? whileTokenIsNew(entered, isUnauthorized) : entered();
    },
  };
}

/** Nothing of where its content comes from is written down in it. */
async function makeTrusted(gitDir: string, { path: searchPath }: WorkspaceOptions): Promise<void> {
  await makeGit({ folder: gitDir, path: searchPath })(["init", "--quiet", "--bare"]);
  await mkdir(path.join(gitDir, "info"), { recursive: true });
  await writeFile(path.join(gitDir, "info", "attributes"), trustedAttributes);
}

async function applyToIndex(git: Git, patch: Buffer): Promise<void> {
  try {
    await git(["apply", "--cached", "--binary", "--whitespace=nowarn", "-"], { input: patch });
  } catch (error) {
    throw new Failed("patch-stale", wordsOfGit(error), error);
  }
}

/** These commits, and nothing before them where no other depth is given. */
async function fetchCommits(
  { git, signal }: { git: Git; signal: AbortSignal },
  remote: Remote,
  commits: readonly string[],
  depth = "--depth=1",
): Promise<void> {
  const what = [depth, "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--progress"];
  for (let tries = 1; ; tries += 1) {
    try {
      await remote.enter("read", (settings) =>
        git(["fetch", ...what, "--", remote.url, ...commits], { settings, signal }),
      );
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Failed) throw error;
      if (!isPassing(error) || tries === cloneTries)
        throw new Failed("clone-failed", wordsOfGit(error), error);
      await pause(backoffMs(tries), signal);
    }
  }
}

/** An ordinary repository for the tools, made of copies, so that nothing they do to it reaches the trusted one. */
async function giveOwnGit(
  { path: searchPath, baseBranch }: WorkspaceOptions,
  { tree, gitDir, own, head }: { tree: string; gitDir: string; own: string; head: string },
): Promise<void> {
  const git = makeGit({ folder: tree, path: searchPath });
  await git(["init", "--quiet", `--initial-branch=${baseBranch}`]);
  await cp(path.join(gitDir, "objects"), path.join(own, "objects"), { recursive: true });
  // A commit without parents needs no mark that history ends there.
  const shallow = path.join(gitDir, "shallow");
  if (existsSync(shallow)) await copyFile(shallow, path.join(own, "shallow"));
  await mkdir(path.join(own, "info"), { recursive: true });
  await writeFile(path.join(own, "info", "attributes"), attributes);
  await git(["update-ref", `refs/heads/${baseBranch}`, head]);
  await appendFile(path.join(own, "config"), `[user]\n\tname = ${cody.name}\n\temail = ${cody.email}\n`);
}

/** Where a repository is cloned from. Throws for an address that could name a program, another host, or an account. */
function webHostOf(cloneUrl: string): URL {
  const url = URL.parse(cloneUrl);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  throw new Failed("clone-failed", "its address is not one that Cody clones from");
}

/** The header goes to this host alone, and only this transport is allowed. */
function letIn({ origin, protocol }: URL, authorization: string): Record<string, string> {
  return {
    [`http.${origin}/.extraheader`]: `Authorization: ${authorization}`,
    [`protocol.${protocol.slice(0, -1)}.allow`]: "always",
  };
}
