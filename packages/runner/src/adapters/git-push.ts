// Pushes one commit to one branch of Cody's, and nothing else; what is on the branch is lost only where that was asked for.
import { Failed } from "@cody/core/failure.ts";
import type { CodeHost } from "@cody/core/ports/code-host.ts";
import type { Published } from "@cody/core/ports/workspace.ts";
import { backoffMs, pause } from "../backoff.ts";
import { type Git, isOfGit, isPassing, isUnauthorized, wordsOfGit } from "./git.ts";

export interface Push {
  git: Git;
  remote: Remote;
  commit: string;
  /** What `commit` was made of. */
  tree: string;
  parents: readonly string[];
  message: string;
  branch: string;
  /** Where the branch has to be; undefined: it must not be there yet. */
  expected?: string;
  overwrite?: boolean;
  /** Has GitHub sign the commit; undefined where it signs none. */
  signer?: Signer;
  /** Fetches the history before the parents. */
  deepen(): Promise<unknown>;
  signal: AbortSignal;
}

export interface Remote {
  url: string;
  /** Does the work with settings that let git in; they are given to these calls alone. */
  enter<T>(access: "read" | "write", work: (settings: Record<string, string>) => Promise<T>): Promise<T>;
}

type Sign = Parameters<CodeHost["signedCommit"]>[1];
type MoveTo = Parameters<CodeHost["moveBranch"]>[2];

/** GitHub's own way to make a commit, by which it is signed. */
export interface Signer {
  sign(commit: Sign): Promise<string | undefined>;
  /** False where the branch moved meanwhile. */
  move(branch: string, to: MoveTo): Promise<boolean>;
}

const triesInAll = 3;

/** The only branches that are ever pushed; nothing in such a name means more to git than a name. */
const ownBranch = /^cody\/[a-z0-9-]+$/;

/**
 * Pushes, and returns the commit that the branch then holds: an earlier runner's, if that already was the same change.
 * Throws `push-refused` or `github-rejected` with git's words, or `github-unavailable`; an ordinary error for a branch
 * that is not Cody's.
 */
export async function push(wanted: Push): Promise<Published> {
  if (!ownBranch.test(wanted.branch)) throw new Error(`${wanted.branch} is no branch that Cody pushes`);
  let isLetInAnew = false;
  let isDeep = false;
  for (let tries = 1; ; tries += 1) {
    try {
      return await wanted.remote.enter("write", (settings) => pushOnce(wanted, settings));
    } catch (error) {
      // What is not git's own is told already.
      if (!isOfGit(error)) throw error;
      wanted.signal.throwIfAborted();
      if (isUnauthorized(error)) {
        // A token can run out or be replaced between two calls; another one is asked for once.
        if (isLetInAnew) throw new Failed("github-rejected", wordsOfGit(error), error);
        isLetInAnew = true;
        continue;
      }
      // A fork that is older than the base, or a parent that no branch holds any more: then it wants to see what came before.
      if (!isDeep && /shallow update not allowed/.test(String(error))) {
        isDeep = true;
        await wanted.deepen();
        continue;
      }
      const workflow = workflowRefusedIn(error);
      if (workflow) throw new Failed("push-refused", `Cody may not change the workflow ${workflow}`, error);
      if (!isPassing(error)) throw new Failed("push-refused", wordsOfGit(error), error);
      if (tries >= triesInAll) throw new Failed("github-unavailable", wordsOfGit(error), error);
      await pause(backoffMs(tries), wanted.signal);
    }
  }
}

async function pushOnce(wanted: Push, settings: Record<string, string>): Promise<Published> {
  const { git, remote, commit, branch, expected, overwrite, signal } = wanted;
  const ref = `refs/heads/${branch}`;
  const passing = passingRef(branch);
  const call = { settings, signal };
  const drop = () => git(["push", "--quiet", "--no-verify", "--", remote.url, `:${passing}`], call);
  const read = async () => {
    const listing = await git(["ls-remote", "--", remote.url, ref, passing], call);
    return { there: commitOf(ref, listing), left: commitOf(passing, listing) };
  };
  const { there, left } = await read();
  // A runner that died between two steps has left it.
  if (left) await drop();
  if (there) {
    const same = await sameChange(wanted, there, call);
    if (same) return same;
  }
  if (there !== (expected ?? "")) return { movedTo: there || undefined };
  signal.throwIfAborted();
  if (wanted.signer && !overwrite) {
    const signed = await pushSigned(wanted, wanted.signer, { passing, call, drop });
    if (signed) return signed;
    const now = (await read()).there;
    return now === there ? pushPlainly() : { movedTo: now || undefined };
  }
  return pushPlainly();

  async function pushPlainly(): Promise<Published> {
    try {
      const lease = `--force-with-lease=${ref}:${there}`;
      await git(["push", "--quiet", "--no-verify", lease, "--", remote.url, `${commit}:${ref}`], call);
    } catch (error) {
      // The transport sends a push again when its answer is lost, and the second one is refused.
      const now = (await read()).there;
      if (now !== there && now !== commit) return { movedTo: now || undefined };
      if (now !== commit) throw error;
    }
    return { sha: commit, isSigned: false };
  }
}

/**
 * The objects go to a reference that starts nothing and that nobody sees, for GitHub signs only what it makes itself, of
 * a tree that it has. Modes and renames are the tree's. Undefined where it signed none, or the branch moved.
 */
async function pushSigned(
  { git, remote, commit, tree, parents, message, branch, expected, signal }: Push,
  signer: Signer,
  { passing, call, drop }: { passing: string; call: Parameters<Git>[1]; drop: () => Promise<unknown> },
): Promise<Published | undefined> {
  await git(["push", "--quiet", "--no-verify", "--", remote.url, `+${commit}:${passing}`], call);
  try {
    const sha = await signer.sign({ tree, parents, message });
    if (!sha) return undefined;
    signal.throwIfAborted();
    const isMoved = await signer.move(branch, { sha, isNew: expected === undefined });
    return isMoved ? { sha, isSigned: true } : undefined;
  } finally {
    await drop();
  }
}

/** Outside `refs/heads`, so that no workflow and no rule for branches takes it for one. */
function passingRef(branch: string): string {
  return `refs/cody/${branch.replace(/^cody\//, "")}`;
}

/** `ls-remote` also answers with references that end in the same words. */
function commitOf(ref: string, listing: string): string {
  const line = listing.split("\n").find((each) => each.endsWith(`\t${ref}`));
  return line?.split("\t")[0] ?? "";
}

/** What is there, where it is this change as an earlier attempt made it, or holds nothing less than it. */
async function sameChange(
  { git, remote, tree, parents }: Push,
  there: string,
  call: Parameters<Git>[1],
): Promise<Published | undefined> {
  const what = ["--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head"];
  await git(["fetch", ...what, "--", remote.url, there], call);
  // The parents as the commit itself names them: history ends here for a shallow clone.
  const [head = ""] = (await git(["cat-file", "commit", there])).split("\n\n");
  const lines = head.split("\n");
  const named = lines.filter((line) => line.startsWith("parent ")).map((line) => line.slice(7));
  const isChild = named.join() === parents.join();
  const isParent = parents.length === 1 && parents[0] === there;
  if (lines[0] !== `tree ${tree}` || !(isChild || isParent)) return undefined;
  return { sha: there, isSigned: lines.some((line) => line.startsWith("gpgsig")) };
}

/** GitHub takes changes of workflows only from accounts with a right of its own, and names the first such file. */
function workflowRefusedIn(error: unknown): string | undefined {
  const text = error instanceof Error ? error.message : String(error);
  return /refusing to allow an? .{1,60} to create or update workflow `([^`\n]{1,300})`/.exec(text)?.[1];
}
