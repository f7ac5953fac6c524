// Pushes one commit to one branch, and nothing else; a branch that holds other people's commits is left alone.
import { Failed } from "@cody/core/failure.ts";
import { backoffMs, pause } from "../backoff.ts";
import { type Git, isPassing, wordsOfGit } from "./git.ts";

interface Push {
  git: Git;
  remote: Remote;
  /** Everything that shall be on the branch: one commit on the base. */
  commit: string;
  base: string;
  branch: string;
  /** The address that Cody's commits carry. */
  committer: string;
  signal: AbortSignal;
}

export interface Remote {
  url: string;
  /** Does the work with settings that let git in; they are given to these calls alone. */
  enter<T>(access: "read" | "write", work: (settings: Record<string, string>) => Promise<T>): Promise<T>;
}

const triesInAll = 3;

/** The only branches that are ever pushed; nothing in such a name means more to git than a name. */
const ownBranch = /^cody\/[a-z0-9-]+$/;

/**
 * Pushes, and returns the commit that the branch then holds: an earlier runner's, if that already was the same change.
 * Throws `push-refused` with git's words, or `github-unavailable`; an ordinary error for a branch that is not Cody's.
 */
export async function push(wanted: Push): Promise<string> {
  if (!ownBranch.test(wanted.branch)) throw new Error(`${wanted.branch} is no branch that Cody pushes`);
  for (let tries = 1; ; tries += 1) {
    try {
      return await wanted.remote.enter("write", (settings) => pushOnce(wanted, settings));
    } catch (error) {
      if (error instanceof Failed) throw error;
      wanted.signal.throwIfAborted();
      const workflow = workflowRefusedIn(error);
      if (workflow) throw new Failed("push-refused", `Cody may not change the workflow ${workflow}`, error);
      if (!isPassing(error)) throw new Failed("push-refused", wordsOfGit(error), error);
      if (tries === triesInAll) throw new Failed("github-unavailable", wordsOfGit(error), error);
      await pause(backoffMs(tries), wanted.signal);
    }
  }
}

async function pushOnce(wanted: Push, settings: Record<string, string>): Promise<string> {
  const { git, remote, commit, base, branch, committer, signal } = wanted;
  const ref = `refs/heads/${branch}`;
  const call = { settings, signal };
  const read = async () => commitOf(ref, await git(["ls-remote", "--", remote.url, ref], call));
  const there = await read();
  if (there) {
    const what = ["--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head"];
    await git(["fetch", ...what, "--", remote.url, there], call);
    if (await isSameChange(git, there, commit, base)) return there;
    if ((await committerOf(git, there)) !== committer)
      throw new Failed("push-refused", `the branch ${branch} holds a commit that is not Cody's`);
  }
  signal.throwIfAborted();
  try {
    const lease = `--force-with-lease=${ref}:${there}`;
    await git(["push", "--quiet", "--no-verify", lease, "--", remote.url, `${commit}:${ref}`], call);
  } catch (error) {
    // The transport sends a push again when its answer is lost, and the second one is refused.
    if ((await read()) !== commit) throw error;
  }
  return commit;
}

/** `ls-remote` also answers with references that end in the same words. */
function commitOf(ref: string, listing: string): string {
  const line = listing.split("\n").find((each) => each.endsWith(`\t${ref}`));
  return line?.split("\t")[0] ?? "";
}

async function isSameChange(git: Git, there: string, commit: string, base: string): Promise<boolean> {
  const tree = async (of: string) => (await git(["rev-parse", "--verify", `${of}^{tree}`])).trim();
  // The parents as the commit itself names them: history ends here for a shallow clone.
  const text = await git(["cat-file", "commit", there]);
  return (await tree(there)) === (await tree(commit)) && text.includes(`\nparent ${base}\n`);
}

async function committerOf(git: Git, commit: string): Promise<string> {
  const text = await git(["cat-file", "commit", commit]);
  return /^committer .*<(.*)> \d+ /m.exec(text)?.[1] ?? "";
}

/** GitHub takes changes of workflows only from accounts with a right of its own, and names the first such file. */
function workflowRefusedIn(error: unknown): string | undefined {
  const text = error instanceof Error ? error.message : String(error);
  return /refusing to allow an? .{1,60} to create or update workflow `([^`\n]{1,300})`/.exec(text)?.[1];
}
