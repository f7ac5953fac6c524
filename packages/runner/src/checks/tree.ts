// Remembers the work tree and puts it back, by git in the tools' process; the side with the keys has no part in it.
import type { ToolProcess } from "@cody/core/ports/workspace.ts";
import { CannotRun, runCommand } from "./command.ts";

type Tools = Pick<ToolProcess, "run">;

/** Reading a tree of a hundred thousand files takes a few seconds. */
const timeoutSeconds = 90;
/** The tools' process can be killed under it; the next one is there at once. */
const tries = 3;
/** Nobody reads more names. */
const maxNames = 10;

/** An index of its own, so that nothing which is staged is touched; a copy saves reading every file again. */
const withIndex = `folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cp "$(git rev-parse --git-dir)/index" "$folder/index" 2>/dev/null
export GIT_INDEX_FILE=$folder/index
look() { git add --all --ignore-errors . >/dev/null 2>&1; git write-tree; }
`;

/** Names what the tree holds, without what git ignores. Throws `CannotRun` where git cannot say. */
export async function treeOf(tools: Tools, signal: AbortSignal): Promise<string> {
  return objectIn(await shell(tools, `${withIndex}look`, signal));
}

/** Names what the commit holds that the tree's own git stands on. */
export async function headTree(tools: Tools, signal: AbortSignal): Promise<string> {
  return objectIn(await shell(tools, "git rev-parse 'HEAD^{tree}'", signal));
}

/**
 * Makes the tree hold this again, whatever became of the round. Returns the paths where that did not succeed; throws
 * `CannotRun` where git cannot even try.
 */
export async function putBack(tools: Tools, tree: string): Promise<string[]> {
  const script = `${withIndex}now=$(look)
[ "$now" = ${tree} ] && exit
git read-tree --reset -u ${tree}
now=$(look)
[ "$now" = ${tree} ] || git diff-tree -r --name-only ${tree} "$now" | sed 's/^/left: /'`;
  const said = await again(() => shell(tools, script, AbortSignal.timeout(timeoutSeconds * 1_000)));
  return [...said.matchAll(/^left: (.+)$/gm)].map(([, name = ""]) => name).slice(0, maxNames);
}

async function again(work: () => Promise<string>): Promise<string> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (tried === tries) throw error;
    }
  }
}

async function shell(tools: Tools, command: string, signal: AbortSignal): Promise<string> {
  const { output, ending } = await runCommand(tools, { command, timeoutSeconds }, signal);
  if (!("code" in ending) || ending.code !== 0) throw new CannotRun("git could not look at the tree");
  return output;
}

function objectIn(output: string): string {
  const object = /^([0-9a-f]{40}|[0-9a-f]{64})$/m.exec(output)?.[1];
  if (!object) throw new CannotRun("git could not look at the tree");
  return object;
}
