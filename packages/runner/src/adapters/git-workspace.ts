// A repository for one round: a trusted git directory, and beside it a work tree with a .git of its own for the tools.
import { existsSync } from "node:fs";
import { appendFile, copyFile, cp, mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Failed } from "@cody/core/failure.ts";
import { maxPatchBytes } from "@cody/core/limits.ts";
import { whileTokenIsNew } from "@cody/core/new-token.ts";
import type { Change, CommitAuthor, GitAuthorization, Workspace } from "@cody/core/ports.ts";
import { backoffMs, pause } from "../backoff.ts";
import { type Git, isPassing, isUnauthorized, makeGit, wordsOfGit } from "./git.ts";
import { push, type Remote } from "./git-push.ts";
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

interface WorkspaceOptions {
  /** A folder that is this round's alone; whatever lies there is removed. */
  folder: string;
  cloneUrl: string;
  /** Lets git in; asked for `write` only by `publish`. */
  authorization: (access: "read" | "write") => Promise<GitAuthorization>;
  /** Who commits; Cody itself where that is nobody. */
  author?: () => Promise<CommitAuthor | undefined>;
  baseSha: string;
  baseBranch: string;
  /** The search path for git itself. */
  path: string;
  /** Ends the cloning. */
  signal: AbortSignal;
}

/**
 * Clones the base commit alone. The trusted directory holds all that is compared, committed and pushed, and is read by
 * no tool; the tree's own `.git` has no remote and is never read by trusted git. Throws `clone-failed`.
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { folder, baseSha: base } = options;
  const host = webHostOf(options.cloneUrl);
  const tree = path.join(folder, "tree");
  const gitDir = path.join(folder, "git");
  await rm(folder, { recursive: true, force: true });
  await mkdir(tree, { recursive: true });
  await mkdir(gitDir, { mode: 0o700 });
  const trusted = { gitDir, workTree: tree, index: path.join(folder, "index") };
  const git = makeGit({ folder: tree, path: options.path, trusted });
  const remote: Remote = {
    url: options.cloneUrl,
    async enter(access, work) {
      const { header, isNew } = await options.authorization(access);
      const entered = () => work(letIn(host, header));
      return isNew ? whileTokenIsNew(entered, isUnauthorized) : entered();
    },
  };

  await fetchBase(git, gitDir, options, remote);
  await git(["read-tree", base]);
  // Writing the files takes longest, and the tree's own repository is made of what is there already.
  const own = path.join(tree, ".git");
  await Promise.all([
    git(["checkout-index", "--all", "--force", "--index"]),
    giveOwnGit(options, { tree, gitDir, own }),
  ]);
  await copyFile(trusted.index, path.join(own, "index"));
  const submodules = await submodulesOf(git, base);
  let last = (await git(["rev-parse", "--verify", `${base}^{tree}`])).trim();
  const baseTree = last;
  let shown: string | undefined;

  return {
    tree,
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
    async diff(): Promise<Change | undefined> {
      const { tree: now, leftOut } = await writeTree(git, submodules);
      shown = now;
      if (now === baseTree) return undefined;
      const patch = await patchBetween(git, baseTree, now, folder);
      return {
        id: `${base}..${now}`,
        patch: patch.bytes,
        diff: await describe(git, baseTree, now, patch),
        files: await filesBetween(git, baseTree, now),
        leftOut,
      };
    },
    async publish({ branch, message, signal }) {
      if (!shown) throw new Error("nothing was compared yet, so there is nothing to commit");
      const { name, email } = (await options.author?.()) ?? cody;
      const env = {
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: email,
      };
      const made = await git(["commit-tree", shown, "-p", base, "-F", "-"], { input: message, env });
      return push({ git, remote, commit: made.trim(), base, branch, committer: email, signal });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The base commit and nothing before it. Nothing of where it came from is written down. */
async function fetchBase(
  git: Git,
  gitDir: string,
  { cloneUrl, baseSha, path: searchPath, signal }: WorkspaceOptions,
  remote: Remote,
): Promise<void> {
  await makeGit({ folder: gitDir, path: searchPath })(["init", "--quiet", "--bare"]);
  await mkdir(path.join(gitDir, "info"), { recursive: true });
  await writeFile(path.join(gitDir, "info", "attributes"), trustedAttributes);
  const what = ["--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--progress"];
  for (let tries = 1; ; tries += 1) {
    try {
      await remote.enter("read", (settings) =>
        git(["fetch", ...what, "--", cloneUrl, baseSha], { settings, signal }),
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
  { path: searchPath, baseBranch, baseSha }: WorkspaceOptions,
  { tree, gitDir, own }: { tree: string; gitDir: string; own: string },
): Promise<void> {
  const git = makeGit({ folder: tree, path: searchPath });
  await git(["init", "--quiet", `--initial-branch=${baseBranch}`]);
  await cp(path.join(gitDir, "objects"), path.join(own, "objects"), { recursive: true });
  // A commit without parents needs no mark that history ends there.
  const shallow = path.join(gitDir, "shallow");
  if (existsSync(shallow)) await copyFile(shallow, path.join(own, "shallow"));
  await mkdir(path.join(own, "info"), { recursive: true });
  await writeFile(path.join(own, "info", "attributes"), attributes);
  await git(["update-ref", `refs/heads/${baseBranch}`, baseSha]);
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
