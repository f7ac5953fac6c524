// Reads the work tree into the trusted index, and compares trees; nothing that lies in the tree is run for it.
import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import path from "node:path";
import { diffPreviewChars, diffPreviewLines, maxPatchBytes } from "@cody/core/limits.ts";
import type { ChangedFile } from "@cody/core/ports/workspace.ts";
import type { Diff } from "@cody/core/schema.ts";
import type { Git } from "./git.ts";

const gitlink = "160000";
/** Stands for the mode of a file that is not there. */
const none = "000000";

/** Submodules of the base: they stay as they are, for git would look into their directories, which tools can write. */
export async function submodulesOf(git: Git, commit: string): Promise<string[]> {
  const entries = await git(["ls-tree", "-r", "-z", commit]);
  return entries
    .split("\0")
    .filter((entry) => entry.startsWith(gitlink))
    .map((entry) => entry.slice(entry.indexOf("\t") + 1));
}

/** Writes the work tree as a tree object. `leftOut` are the paths that cannot be part of it. */
export async function writeTree(
  git: Git,
  submodules: readonly string[],
): Promise<{ tree: string; leftOut: string[] }> {
  const excluded = submodules.map((submodule) => `:(exclude,top,literal)${submodule}`);
  // Exit code 1: some paths were refused; the others are in.
  await git(["add", "--all", "--ignore-errors", "--", ".", ...excluded], { alsoFine: [1] });
  const nested = (await gitlinksIn(git)).filter((link) => !submodules.includes(link));
  if (nested.length > 0) {
    const removals = nested.map((link) => `0 ${"0".repeat(40)}\t${link}\0`).join("");
    await git(["update-index", "-z", "--index-info"], { input: removals });
  }
  const refused = await git(["ls-files", "--others", "--exclude-standard", "-z", "--", ".", ...excluded]);
  const leftOut = new Set(
    [...nested, ...refused.split("\0").filter(Boolean)].map((name) => name.replace(/\/$/, "")),
  );
  return { tree: (await git(["write-tree"])).trim(), leftOut: [...leftOut].sort() };
}

async function gitlinksIn(git: Git): Promise<string[]> {
  const entries = (await git(["ls-files", "--stage", "-z"])).split("\0");
  return entries
    .filter((entry) => entry.startsWith(gitlink))
    .map((entry) => entry.slice(entry.indexOf("\t") + 1));
}

const plainDiff = ["--no-ext-diff", "--no-textconv", "--no-renames"];

export interface Patch {
  /** Byte for byte as `git apply` wants it; cut off after `maxPatchBytes`. */
  bytes: Buffer;
  size: number;
}

/** The patch between two trees. `folder` is for a passing file. */
export async function patchBetween(git: Git, from: string, to: string, folder: string): Promise<Patch> {
  // Through a file, because what git prints would be decoded as text on its way.
  const file = path.join(folder, `${randomUUID()}.patch`);
  try {
    const how = [...plainDiff, "--binary", "--full-index", "--no-color", `--output=${file}`];
    await git(["diff-tree", "-p", "-r", ...how, from, to]);
    return await readStart(file);
  } finally {
    await rm(file, { force: true });
  }
}

async function readStart(file: string): Promise<Patch> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.min(size, maxPatchBytes));
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) throw new Error("a patch became shorter while it was read");
      done += bytesRead;
    }
    return { bytes, size };
  } finally {
    await handle.close();
  }
}

/** The paths that differ between two trees, in the order of their patch. */
export async function filesBetween(git: Git, from: string, to: string): Promise<ChangedFile[]> {
  const fields = (await git(["diff-tree", "-r", "-z", "--raw", ...plainDiff, from, to])).split("\0");
  const entries: { path: string; oldMode: string; newMode: string; blob: string }[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [oldMode = "", newMode = "", , blob = ""] = (fields[index] ?? "").slice(1).split(" ");
    entries.push({ path: fields[index + 1] ?? "", oldMode, newMode, blob });
  }
  const isThere = ({ newMode }: { newMode: string }) => newMode !== none && newMode !== gitlink;
  const sizes = await sizesOf(
    git,
    entries.filter(isThere).map(({ blob }) => blob),
  );
  return entries.map(({ blob, ...entry }) => ({ ...entry, bytes: sizes.get(blob) ?? 0 }));
}

async function sizesOf(git: Git, blobs: readonly string[]): Promise<Map<string, number>> {
  if (blobs.length === 0) return new Map();
  const input = `${blobs.join("\n")}\n`;
  const sizes = (await git(["cat-file", "--batch-check=%(objectsize)"], { input })).trim().split("\n");
  return new Map(blobs.map((blob, index) => [blob, Number(sizes[index])]));
}

/** Counts of a patch and its first lines. */
export async function describe(git: Git, from: string, to: string, patch: Patch): Promise<Diff> {
  const counts = await git(["diff-tree", "-r", "-z", "--numstat", ...plainDiff, from, to]);
  const rows = counts.split("\0").filter(Boolean);
  // Binary files count as `-`.
  const sum = (column: number) =>
    rows.reduce((total, row) => total + (Number.parseInt(row.split("\t")[column] ?? "", 10) || 0), 0);
  return {
    files: rows.length,
    additions: sum(0),
    deletions: sum(1),
    patchBytes: patch.size,
    preview: previewOf(patch.bytes),
  };
}

function previewOf(patch: Buffer): string {
  // A line can be megabytes long, so only the start is decoded at all.
  const start = patch.subarray(0, diffPreviewChars * 4).toString("utf8");
  const lines = start.split("\n").slice(0, diffPreviewLines).join("\n");
  return lines.slice(0, diffPreviewChars).trimEnd();
}
