// Reads from a patch what it adds to each file, line by line.
import type { Change, ChangedFile } from "@cody/core/ports/workspace.ts";

export interface AddedLine {
  /** Counted from 1, in the new content. */
  number: number;
  text: string;
}

/** What the patch says of one file. */
export interface PatchPart {
  file: ChangedFile;
  /** Whether its content stands there as bytes, because git takes it for no text. */
  isBinary: boolean;
  added: AddedLine[];
}

type Section = Omit<PatchPart, "file">;

/** The parts of a patch that is whole. Throws where patch and list of files are not of the same change. */
export function partsOf({ patch, files }: Pick<Change, "patch" | "files">): PatchPart[] {
  const sections = sectionsOf(patch);
  let next = 0;
  const parts = files.map((file): PatchPart => {
    // Git writes such a file as one that goes and one that comes.
    const own = sections.slice(next, next + (isOtherKind(file) ? 2 : 1));
    next += own.length;
    return { file, isBinary: own.some(({ isBinary }) => isBinary), added: own.flatMap(({ added }) => added) };
  });
  if (next !== sections.length || (files.length > 0 && next < files.length))
    throw new Error("the patch and the list of its files are not of the same change");
  return parts;
}

/** Whether a file became a link, a link a file, and the like. */
function isOtherKind({ oldMode, newMode }: ChangedFile): boolean {
  const [before, after] = [oldMode.slice(0, 3), newMode.slice(0, 3)];
  return before !== "000" && after !== "000" && before !== after;
}

function sectionsOf(patch: Buffer): Section[] {
  const sections: Section[] = [];
  let section: Section = { isBinary: false, added: [] };
  // What is left of a hunk is counted, because its lines may look like anything.
  let oldLeft = 0;
  let newLeft = 0;
  let number = 0;
  for (const line of linesOf(patch)) {
    if (oldLeft > 0 || newLeft > 0) {
      const sign = line[0];
      if (sign === "\\") continue;
      if (sign === "+") section.added.push({ number, text: decoded(line.slice(1)) });
      if (sign !== "+") oldLeft -= 1;
      if (sign !== "-") newLeft -= 1;
      if (sign !== "-") number += 1;
    } else if (line.startsWith("diff --git ")) {
      section = { isBinary: false, added: [] };
      sections.push(section);
    } else if (line.startsWith("@@ ")) {
      const [, oldCount = "1", start = "", newCount = "1"] =
        /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
      [oldLeft, newLeft, number] = [Number(oldCount), Number(newCount), Number(start)];
    } else if (line === "GIT binary patch" || line.startsWith("Binary files ")) section.isBinary = true;
  }
  return sections;
}

/** One character a byte, so that a text of any encoding has its own line ends. */
function* linesOf(patch: Buffer): Generator<string> {
  const text = patch.toString("latin1");
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    yield text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length : end + 1;
  }
}

function decoded(line: string): string {
  const text = /[\x80-\xff]/.test(line) ? Buffer.from(line, "latin1").toString("utf8") : line;
  return text.replace(/\r$/, "");
}
