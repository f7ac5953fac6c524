// Reads unified diffs: the files of a patch, their counts, and what each line is.

export interface DiffLine {
  kind: "added" | "removed" | "context" | "hunk" | "meta";
  text: string;
  /** Numbers in the file before and after; absent where the line is not in it. */
  oldLine?: number;
  newLine?: number;
}

export interface DiffFile {
  path: string;
  added: number;
  removed: number;
  lines: DiffLine[];
}

/** A patch as its files, in order; what stands before the first one (a mail header) is left out. */
export function parseDiff(patch: string): DiffFile[] {
  const files: DiffFile[] = [];
  let oldLine = 0;
  let newLine = 0;
  // How many lines of the current hunk are still to come: only they tell "--- a" removed from "--- a/file".
  let oldLeft = 0;
  let newLeft = 0;
  for (const text of patch.replace(/\n$/, "").split("\n")) {
    const file = files.at(-1);
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
    if (file && (oldLeft > 0 || newLeft > 0) && /^[ +-]|^$/.test(text)) {
      if (text.startsWith("+")) {
        file.added += 1;
        newLeft -= 1;
        file.lines.push({ kind: "added", text, newLine: newLine++ });
      } else if (text.startsWith("-")) {
        file.removed += 1;
        oldLeft -= 1;
        file.lines.push({ kind: "removed", text, oldLine: oldLine++ });
      } else {
        oldLeft -= 1;
        newLeft -= 1;
        file.lines.push({ kind: "context", text, oldLine: oldLine++, newLine: newLine++ });
      }
    } else if (text.startsWith("diff --git ")) {
      files.push({ path: pathOf(text), added: 0, removed: 0, lines: [] });
    } else if (file && hunk) {
      oldLine = Number(hunk[1]);
      newLine = Number(hunk[3]);
      oldLeft = Number(hunk[2] ?? 1);
      newLeft = Number(hunk[4] ?? 1);
      file.lines.push({ kind: "hunk", text });
    } else if (
      file &&
      /^(?:\\|old mode|new mode|new file|deleted|rename|copy|similarity|Binary|GIT binary)/.test(text)
    ) {
      file.lines.push({ kind: "meta", text });
    }
  }
  return files;
}

/** Lines of a piece of a diff, told apart by their first character alone. */
export function diffLinesOf(text: string): DiffLine[] {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => ({ kind: kindOf(line), text: line }));
}

/** Whether a file of this name holds a diff. */
export function isPatch(name: string): boolean {
  return /\.(?:patch|diff)$/i.test(name);
}

function kindOf(line: string): DiffLine["kind"] {
  if (/^(?:diff |index |--- |\+\+\+ |\\)/.test(line)) return "meta";
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "context";
}

function pathOf(header: string): string {
  const match = /^diff --git "?a\/.*? "?b\/(.*?)"?$/.exec(header);
  return match?.[1] ?? header.slice("diff --git ".length);
}
