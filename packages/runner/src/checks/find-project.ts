// Finds the one project of a repository whose root does not say how it is checked: a folder or two further down.
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Check, FoundCheck } from "./find-check.ts";

/** Deeper down there are mostly parts of a project. */
const maxDepth = 2;
/** With more folders beside each other nobody could say that one is the project. */
const maxFolders = 200;
/** Names of projects that a sentence holds. */
const maxNames = 3;
/** A name that a shell takes as it is. Hidden folders are none of a project. */
const plainName = /^\w[\w.@+-]*$/;
/** What these hold is other people's, or there to be looked at. */
const others = ["node_modules", "vendor", "third_party", "examples", "fixtures"];

/**
 * The check of the one project on the first level that has any; where it has several, that nobody says which is meant;
 * undefined where there is none. `checkIn` finds the check of one folder, given by its path in the tree.
 */
export async function findProject(
  tree: string,
  checkIn: (folder: string) => Promise<FoundCheck>,
): Promise<FoundCheck | undefined> {
  let folders = [""];
  for (let depth = 1; depth <= maxDepth; depth += 1) {
    folders = (await Promise.all(folders.map((folder) => foldersIn(tree, folder)))).flat();
    if (folders.length > maxFolders) return undefined;
    const found: Check[] = [];
    const names: string[] = [];
    for (const folder of folders) {
      const check = await checkIn(folder);
      if ("none" in check) continue;
      found.push(inFolder(folder, check));
      names.push(folder);
    }
    if (found.length > 1) return { none: several(names) };
    if (found[0]) return found[0];
  }
  return undefined;
}

/** In the order of their names, so that the same repository always gives the same. */
async function foldersIn(tree: string, folder: string): Promise<string[]> {
  const entries = await readdir(path.join(tree, folder), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && plainName.test(entry.name) && !others.includes(entry.name))
    .map(({ name }) => path.join(folder, name))
    .sort();
}

function inFolder(folder: string, { command, fetching, source }: Check): Check {
  const there = (what: string) => `cd ${folder} && ${what}`;
  return {
    command: there(command),
    ...(fetching && { fetching: there(fetching) }),
    source: path.join(folder, source),
  };
}

function several(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).join(", ");
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : "";
  return `the repository holds several projects (${shown}${more}) and its instructions do not say which to check`;
}
