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
  /** Settings that let git in; they are given to these calls alone. */
  settings(): Promise<Record<string, string>>;
}

const triesInAll = 3;

/**
 * Pushes, and returns the commit that the branch then holds: an earlier runner's, if that already was the same change.
 * Throws `push-refused` with git's words, or `github-unavailable`.
 */
export async function push(wanted: Push): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await pushOnce(wanted);
    } catch (error) {
      if (error instanceof Failed) throw error;
      wanted.signal.throwIfAborted();
      if (!isPassing(error)) throw new Failed("push-refused", wordsOfGit(error), error);
      if (tries === triesInAll) throw new Failed("github-unavailable", wordsOfGit(error), error);
      await pause(backoffMs(tries), wanted.signal);
    }
  }
}

async function pushOnce(wanted: Push): Promise<string> {
  const { git, remote, commit, base, branch, committer, signal } = wanted;
  const ref = `refs/heads/${branch}`;
  const call = { settings: await remote.settings(), signal };
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
