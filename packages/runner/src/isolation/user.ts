// What root does for the tools' user: looks whether it can get there, hands files over, ends all its processes.
import { execFile } from "node:child_process";
import { chmod, stat, unlink } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { untilGone } from "../tools/left-behind.ts";
import { asUser, type ToolUser } from "./launch.ts";

const run = promisify(execFile);

/** The first folder on the way to a path that only its owner may enter; undefined where the way is free. */
export async function closedFolder(full: string): Promise<string | undefined> {
  const parts = path.resolve(full).split(path.sep).slice(1);
  for (let depth = 0; depth < parts.length; depth += 1) {
    const folder = path.join("/", ...parts.slice(0, depth));
    const { mode } = await stat(folder);
    if ((mode & 0o001) === 0) return folder;
  }
  return undefined;
}

/** Where programs write that read no TMPDIR, such as Java. */
const sharedTemporary = "/tmp";

/** Lets everybody write to /tmp, as everywhere: a volume that was put over it can belong to root alone. */
export async function openTemporary(): Promise<void> {
  const everybody = 0o1777;
  const { mode } = await stat(sharedTemporary);
  if ((mode & everybody) !== everybody) await chmod(sharedTemporary, everybody);
}

/** What setpriv knows beside the options that it always had; undefined where it or prlimit does not run. */
export async function launcherOptions(searchPath: string): Promise<{ socketFilter: boolean } | undefined> {
  const env = { PATH: searchPath, LC_ALL: "C" };
  try {
    await run("prlimit", ["--version"], { env });
    const { stdout } = await run("setpriv", ["--help"], { env });
    return { socketFilter: stdout.includes("--seccomp-filter") };
  } catch {
    // Not there, or another program of that name: neither is of use.
    return undefined;
  }
}

/** Gives files to the tools. Only before any of their programs has run: root must not follow what they have made. */
export async function giveTo({ uid, gid }: ToolUser, paths: readonly string[]): Promise<void> {
  await run("chown", ["-R", "-h", `${uid}:${gid}`, "--", ...paths]);
}

/** As many names as there can be in a tree. */
const maxNamesBytes = 256 * 1024 * 1024;

/**
 * Removes files of the tree that are not the tools' own: hard links to what they may not read themselves, and trusted
 * git would publish. Not every system forbids to make them. Returns how many. Nothing of the tools may be alive.
 */
export async function removeForeignFiles({ uid }: ToolUser, tree: string): Promise<number> {
  const ownGit = ["-path", path.join(tree, ".git"), "-prune"];
  const foreign = ["-type", "f", "!", "-user", String(uid), "-print0"];
  const { stdout } = await run("find", [tree, "-xdev", ...ownGit, "-o", ...foreign], {
    maxBuffer: maxNamesBytes,
    // A name is any bytes but NUL.
    encoding: "latin1",
  });
  const names = stdout.split("\0").filter(Boolean);
  for (const name of names) await unlink(Buffer.from(name, "latin1"));
  return names.length;
}

/** Kills every process of the tools, whatever it thinks of it, and waits until none is left. */
export async function endAllOf(user: ToolUser, searchPath: string): Promise<void> {
  const { file, args } = asUser(user, { file: "sh", args: ["-c", "kill -s KILL -- -1"] });
  try {
    await run(file, args, { env: { PATH: searchPath } });
  } catch (error) {
    // The shell ends with a number where there was nobody to kill; anything else is a failure to start it.
    if (typeof (error as { code?: unknown }).code !== "number") throw error;
  }
  await untilGone(user.uid);
}
