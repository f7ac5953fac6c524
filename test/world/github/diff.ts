// What differs between two commits, file by file, read from git in forms that survive any file name.
import type { components } from "@octokit/openapi-types";
import { GitHubError } from "./errors.ts";
import type { Repository } from "./repository.ts";
import type { Site } from "./site.ts";

type DiffEntry = components["schemas"]["diff-entry"];

export interface FileChange {
  path: string;
  previousPath: string | undefined;
  status: DiffEntry["status"];
  additions: number;
  deletions: number;
  /** The new blob; the old one where the file is gone. */
  blob: string;
  /** The hunks; undefined for binary files, pure renames, and files above GitHub's limit. */
  patch: string | undefined;
}

interface RawChange extends Pick<FileChange, "path" | "previousPath" | "status" | "blob"> {
  /** A file that became a link, or the reverse, is printed as a removal and an addition. */
  sections: number;
}

/** Above these GitHub leaves `patch` out of a file (its published limits for one file's diff). */
const MAX_FILE_PATCH_LINES = 20_000;
const MAX_FILE_PATCH_BYTES = 500 * 1024;
/** Above these GitHub refuses the whole diff as text. */
const MAX_DIFF_FILES = 300;
const MAX_DIFF_LINES = 20_000;
/** The files of a pull request end here. */
const MAX_LISTED_FILES = 3_000;

/** The files, in git's order. Renames are found as GitHub finds them, at half of the content. */
export async function changedFiles(repository: Repository, from: string, to: string): Promise<FileChange[]> {
  const [lists, patches] = await Promise.all([
    repository.git(["diff", "--raw", "--numstat", "-z", "--no-abbrev", "--find-renames", from, to]),
    repository.git(["diff", "--patch", "--no-color", "--find-renames", from, to]),
  ]);
  const fields = lists.text.split("\0");
  const changes = readRawChanges(fields);
  const counts = readCounts(fields, changes.length);
  const sections = splitPatch(patches.text);
  let next = 0;
  return changes.slice(0, MAX_LISTED_FILES).map(({ sections: count, ...change }, index) => {
    const hunks = sections.slice(next, next + count).map(hunksOf);
    next += count;
    return { ...change, ...(counts[index] ?? { additions: 0, deletions: 0 }), patch: withinLimit(hunks) };
  });
}

/** Additions, deletions and files alone: one git process. */
export async function diffCounts(repository: Repository, from: string, to: string) {
  const { text } = await repository.git(["diff", "--raw", "--numstat", "-z", "--find-renames", from, to]);
  const fields = text.split("\0");
  const counts = readCounts(fields, readRawChanges(fields).length);
  const sum = (key: "additions" | "deletions") => counts.reduce((total, each) => total + each[key], 0);
  return { additions: sum("additions"), deletions: sum("deletions"), files: counts.length };
}

/** The diff as text. Throws 406 above GitHub's limits for it. */
export async function diffText(repository: Repository, from: string, to: string): Promise<string> {
  const { text } = await repository.git(["diff", "--patch", "--no-color", "--find-renames", from, to]);
  refuseTooLarge("files", splitPatch(text).length, MAX_DIFF_FILES);
  refuseTooLarge("lines", text.split("\n").length, MAX_DIFF_LINES);
  return text;
}

/** The commits as mails, as `.patch` shows them. */
export async function patchText(repository: Repository, from: string, to: string): Promise<string> {
  const args = ["format-patch", "--stdout", "--no-signature", "--find-renames", `${from}..${to}`];
  return (await repository.git(args)).text;
}

export function diffEntry(site: Site, repository: Repository, commit: string, file: FileChange): DiffEntry {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  const page = `${site.url}/${repository.fullName}`;
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${commit}/${path}`,
    raw_url: `${page}/raw/${commit}/${path}`,
    contents_url: `${site.apiUrl}/repos/${repository.fullName}/contents/${path}?ref=${commit}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

/** `:100644 100644 <old> <new> R087`, then one path, or two where it was renamed or copied. Takes what it reads. */
function readRawChanges(fields: string[]): RawChange[] {
  const changes: RawChange[] = [];
  while (fields[0]?.startsWith(":")) {
    const [, , oldBlob = "", newBlob = "", letter = ""] = (fields.shift() ?? "").split(" ");
    const first = fields.shift() ?? "";
    const moved = letter.startsWith("R") || letter.startsWith("C");
    changes.push({
      path: moved ? (fields.shift() ?? "") : first,
      previousPath: moved ? first : undefined,
      status: STATUS_OF_LETTER[letter.charAt(0)] ?? "changed",
      blob: letter === "D" ? oldBlob : newBlob,
      sections: letter === "T" ? 2 : 1,
    });
  }
  return changes;
}

const STATUS_OF_LETTER: Record<string, FileChange["status"]> = {
  A: "added",
  C: "copied",
  D: "removed",
  M: "modified",
  R: "renamed",
  T: "changed",
};

/** `3\t1\t<path>`, or `3\t1\t`, old path, new path; `-` stands where the file is binary. */
function readCounts(fields: string[], files: number): { additions: number; deletions: number }[] {
  return Array.from({ length: files }, () => {
    const [added = "", deleted = "", path = ""] = (fields.shift() ?? "").split("\t");
    if (path === "") fields.splice(0, 2);
    return { additions: Number(added) || 0, deletions: Number(deleted) || 0 };
  });
}

/** Content lines begin with a blank, `+`, `-` or `\`, so this mark at the start of a line is always a header. */
function splitPatch(patch: string): string[] {
  return `\n${patch}`.split("\ndiff --git ").slice(1);
}

function hunksOf(section: string): string {
  const start = section.indexOf("\n@@ ");
  return start < 0 ? "" : section.slice(start + 1).replace(/\n$/, "");
}

function withinLimit(hunks: string[]): string | undefined {
  const patch = hunks.filter((each) => each !== "").join("\n");
  if (patch === "" || Buffer.byteLength(patch) > MAX_FILE_PATCH_BYTES) return undefined;
  return patch.split("\n").length > MAX_FILE_PATCH_LINES ? undefined : patch;
}

function refuseTooLarge(what: "files" | "lines", count: number, limit: number): void {
  if (count <= limit) return;
  const advice =
    what === "files"
      ? " Consider using 'List pull requests files' API or locally cloning the repository instead."
      : "";
  throw new GitHubError(406, `Sorry, the diff exceeded the maximum number of ${what} (${limit}).${advice}`, {
    errors: [{ resource: "PullRequest", field: "diff", code: "too_large" }],
  });
}
