// Walks the lines of one file's patch: which line of the old and of the new file each one is.
export interface PatchLine {
  kind: "hunk" | "context" | "addition" | "deletion" | "note";
  /** Without the mark in front, except for hunk headers and notes. */
  text: string;
  oldLine: number | undefined;
  newLine: number | undefined;
  /** How many lines below the first hunk header this is. */
  position: number;
}

/** Reads a patch that begins with its first hunk header. */
export function* patchLines(patch: string): Generator<PatchLine> {
  let oldLine = 0;
  let newLine = 0;
  for (const [position, line] of patch.split("\n").entries()) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line);
    const text = line.slice(1);
    if (header !== null) {
      oldLine = Number(header[1]);
      newLine = Number(header[2]);
      yield { kind: "hunk", text: line, oldLine: undefined, newLine: undefined, position };
    } else if (line.startsWith("+")) {
      yield { kind: "addition", text, oldLine: undefined, newLine: newLine++, position };
    } else if (line.startsWith("-")) {
      yield { kind: "deletion", text, oldLine: oldLine++, newLine: undefined, position };
    } else if (line.startsWith("\\")) {
      yield { kind: "note", text: line, oldLine: undefined, newLine: undefined, position };
    } else {
      yield { kind: "context", text, oldLine: oldLine++, newLine: newLine++, position };
    }
  }
}

/** Where a line of the old (LEFT) or new (RIGHT) file stands in a patch; undefined if no hunk shows it. */
export function placeInPatch(
  patch: string,
  line: number,
  side: "LEFT" | "RIGHT",
): { position: number; diffHunk: string } | undefined {
  if (patch === "") return undefined;
  let hunk: string[] = [];
  const lines = patch.split("\n");
  for (const each of patchLines(patch)) {
    if (each.kind === "hunk") hunk = [];
    hunk.push(lines[each.position] ?? "");
    if ((side === "LEFT" ? each.oldLine : each.newLine) === line) {
      return { position: each.position, diffHunk: hunk.join("\n") };
    }
  }
  return undefined;
}
