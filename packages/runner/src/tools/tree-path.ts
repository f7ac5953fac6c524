// Paths inside the work tree: nothing outside it is opened, whatever symbolic links and swapped files say.
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readlink, realpath, unlink } from "node:fs/promises";
import path from "node:path";
import { ToolError } from "./define-tool.ts";

/** Larger files are for commands, not for a conversation. */
const maxFileBytes = 10 * 1024 * 1024;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** The path below `root` that the model means, not yet looked at. Absolute paths into the tree are taken as well. */
export function insideTree(root: string, given: string): string {
  if (given.includes("\0")) throw new ToolError("A path cannot hold a NUL character.");
  const full = path.resolve(root, given);
  if (!isInside(root, full)) throw outside(given);
  return full;
}

/** The path as the tree's root sees it; `.` for the root itself. */
export function shown(root: string, full: string): string {
  return path.relative(root, full) || ".";
}

/** Where an existing path really is. Throws where that is outside the tree. */
export async function existing(root: string, given: string): Promise<string> {
  const real = await realpath(insideTree(root, given));
  if (!isInside(root, real)) throw outside(given);
  return real;
}

/**
 * Opens an ordinary file of the tree and hands it to `use`. What was opened is checked once more through its
 * descriptor, so that a file swapped for a link in between is not read.
 */
export async function withFile<Result>(
  { root, given, write = false }: { root: string; given: string; write?: boolean },
  use: (file: FileHandle, full: string) => Promise<Result>,
): Promise<Result> {
  const full = await existing(root, given);
  if (write) refuseGitFiles(root, full);
  // A pipe would block without O_NONBLOCK until somebody writes to it.
  const file = await open(full, (write ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK);
  try {
    await checkOpened(root, given, file);
    const about = await file.stat();
    if (about.isDirectory()) throw new ToolError(`${given} is a folder; list_files shows what is in it.`);
    if (!about.isFile()) throw new ToolError(`${given} is not an ordinary file.`);
    if (about.size > maxFileBytes)
      throw new ToolError(`${given} has ${about.size} bytes, too many to open here; use run_command on it.`);
    return await use(file, full);
  } finally {
    await file.close();
  }
}

/** Makes a file that is not there yet, with the folders above it. */
export async function createFile(root: string, given: string, content: Buffer): Promise<void> {
  const full = insideTree(root, given);
  refuseGitFiles(root, full);
  const folder = path.dirname(full);
  const present = await deepestExisting(folder);
  if (!isInside(root, await realpath(present))) throw outside(given);
  await mkdir(folder, { recursive: true });
  const target = path.join(await existing(root, folder), path.basename(full));
  refuseGitFiles(root, target);
  const file = await open(target, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    await checkOpened(root, given, file).catch(async (error) => {
      await unlink(target);
      throw error;
    });
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

async function deepestExisting(folder: string): Promise<string> {
  try {
    await realpath(folder);
    return folder;
  } catch (error) {
    const above = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || above === folder) throw error;
    return deepestExisting(above);
  }
}

/** The kernel's own word on which file a descriptor stands for; other systems have only the check before opening. */
async function checkOpened(root: string, given: string, file: FileHandle): Promise<void> {
  if (process.platform !== "linux") return;
  if (!isInside(root, await readlink(`/proc/self/fd/${file.fd}`))) throw outside(given);
}

function isInside(root: string, full: string): boolean {
  return full === root || full.startsWith(root + path.sep);
}

/** Git's own files are not published, and a changed one would only mislead git commands. */
function refuseGitFiles(root: string, full: string): void {
  const parts = path.relative(root, full).split(path.sep);
  if (parts.some((part) => part.toLowerCase() === ".git"))
    throw new ToolError("Git's own files cannot be written; leave .git alone.");
}

function outside(given: string): ToolError {
  return new ToolError(`${given} is outside the repository; only paths inside it can be used.`);
}
