// Puts two changes of one tree together, object by object; no work tree is read or written for it.
import type { Git } from "./git.ts";

interface Sides {
  ancestor: string;
  ours: string;
  theirs: string;
}

export interface Merged {
  /** Holds the conflicting files with marks in them. */
  tree: string;
  conflicts: string[];
}

/** How the two sides are called in the marks of a conflict, as branches of the trusted directory. */
const names = { ours: "this-branch", theirs: "newest-base" } as const;

/** Nobody sees these commits. */
const nobody = {
  GIT_AUTHOR_NAME: "-",
  GIT_AUTHOR_EMAIL: "-",
  GIT_COMMITTER_NAME: "-",
  GIT_COMMITTER_EMAIL: "-",
};

/**
 * Merges two trees or commits whose common ancestor is known. Git looks for the ancestor in their history, which a
 * clone of single commits does not have, so it is shown a history of three commits that has nothing else.
 */
export async function mergeTrees(git: Git, { ancestor, ours, theirs }: Sides): Promise<Merged> {
  const commit = async (of: string, parents: string[]) => {
    const args = ["commit-tree", `${of}^{tree}`, ...parents.flatMap((parent) => ["-p", parent])];
    return (await git(args, { input: "-", env: nobody })).trim();
  };
  const root = await commit(ancestor, []);
  await git(["update-ref", `refs/heads/${names.ours}`, await commit(ours, [root])]);
  await git(["update-ref", `refs/heads/${names.theirs}`, await commit(theirs, [root])]);
  const how = ["--write-tree", "-z", "--name-only", "--no-messages"];
  // Exit code 1: there are conflicts.
  const answer = await git(["merge-tree", ...how, names.ours, names.theirs], { alsoFine: [1] });
  const [tree = "", ...conflicts] = answer.split("\0").filter(Boolean);
  return { tree, conflicts: [...new Set(conflicts)] };
}

/** Those of these paths that still hold marks of a conflict, as the index has them. */
export async function markedIn(git: Git, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const marks = ["-E", "-e", "^<{7} ", "-e", "^>{7} ", "-e", "^\\|{7} "];
  const where = paths.map((path) => `:(top,literal)${path}`);
  // Exit code 1: there are none.
  const found = await git(["grep", "--cached", "--name-only", "-z", "-a", ...marks, "--", ...where], {
    alsoFine: [1],
  });
  return found.split("\0").filter(Boolean);
}
