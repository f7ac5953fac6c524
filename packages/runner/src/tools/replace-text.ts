// Finds the passage that an edit means and puts the new one in its place; rather none than a wrong one.
import { nearestBlocks } from "./nearest-blocks.ts";

/** All texts as bytes, one character each (text-file.ts). */
export interface Replacement {
  oldText: string;
  newText: string;
  everywhere: boolean;
}

export type Replaced =
  /** Line numbers, from 1, where the new text stands. */
  { text: string; lines: { first: number; last: number }[]; inexact: boolean } | { problem: string };

interface Passage {
  start: number;
  end: number;
  newText: string;
}

/**
 * Replaces `oldText` where it stands exactly and once (or `everywhere`). If it stands nowhere, one tolerant pass takes
 * whole lines that differ in line endings, trailing blanks or a uniform indentation alone, and these must be unique too.
 */
export function replaceText(text: string, { oldText, newText, everywhere }: Replacement): Replaced {
  if (oldText === "") return { problem: "oldText is empty; write_file makes new files." };
  if (oldText === newText) return { problem: "oldText and newText are the same, so nothing would change." };
  const eol = endingOf(text);
  const inserted = withEnding(newText, eol);
  const spellings = new Set([oldText, withEnding(oldText, eol)]);
  for (const spelling of spellings) {
    const passages = exactPassages(text, spelling, inserted);
    if (passages.length > 0) return apply(text, passages, { everywhere, inexact: false });
  }
  const similar = similarPassages(text, oldText, newText, eol);
  if (similar.length > 0) return apply(text, similar, { everywhere, inexact: true });
  return { problem: notFound(text, oldText, inserted) };
}

function apply(
  text: string,
  passages: Passage[],
  { everywhere, inexact }: { everywhere: boolean; inexact: boolean },
): Replaced {
  if (passages.length > 1 && !everywhere) {
    const lines = passages.map((passage) => lineAt(text, passage.start));
    return {
      problem: `oldText stands ${passages.length} times, at lines ${lines.slice(0, 20).join(", ")}. Add lines around it until it is unique, or set replaceAll.`,
    };
  }
  let result = "";
  let from = 0;
  let line = 1;
  const lines: { first: number; last: number }[] = [];
  for (const { start, end, newText } of passages) {
    const before = text.slice(from, start);
    line += breaksIn(before);
    const first = line;
    line += breaksIn(newText);
    lines.push({ first, last: line });
    result += before + newText;
    from = end;
  }
  return { text: result + text.slice(from), lines, inexact };
}

function exactPassages(text: string, oldText: string, newText: string): Passage[] {
  const passages: Passage[] = [];
  for (let at = text.indexOf(oldText); at >= 0; at = text.indexOf(oldText, at + oldText.length))
    passages.push({ start: at, end: at + oldText.length, newText });
  return passages;
}

function similarPassages(text: string, oldText: string, newText: string, eol: string): Passage[] {
  const endsLine = /\n$/.test(oldText);
  const wanted = linesOf(oldText.replace(/\r?\n$/, ""));
  const given = linesOf(endsLine ? newText.replace(/\r?\n$/, "") : newText);
  const lines = linesOf(text);
  const starts = startsOf(text);
  const passages: Passage[] = [];
  for (let first = 0; first + wanted.length <= lines.length; first += 1) {
    const indent = commonShift(wanted, lines, first);
    if (indent === undefined) continue;
    const lastLine = first + wanted.length - 1;
    const dropsEnding = endsLine && !/\n$/.test(newText);
    const lastStart = starts[lastLine] ?? 0;
    const end = dropsEnding
      ? (starts[lastLine + 1] ?? text.length)
      : lastStart + (lines[lastLine]?.length ?? 0);
    passages.push({ start: starts[first] ?? 0, end, newText: given.map(indent).join(eol) });
    first = lastLine;
  }
  return passages;
}

type Indent = (line: string) => string;

/** How `wanted` has to be indented to be the lines from `first` on, trailing blanks aside; undefined if no way is. */
function commonShift(wanted: string[], lines: string[], first: number): Indent | undefined {
  const lead = wanted.findIndex((line) => line.trim() !== "");
  if (lead < 0) return undefined;
  const from = indentOf(wanted[lead] ?? "");
  const to = indentOf(lines[first + lead] ?? "");
  if (!to.endsWith(from) && !from.endsWith(to)) return undefined;
  const added = to.length >= from.length ? to.slice(0, to.length - from.length) : "";
  const removed = from.length > to.length ? from.slice(0, from.length - to.length) : "";
  const indent: Indent = (line) => {
    if (line.trim() === "") return line;
    return added + (line.startsWith(removed) ? line.slice(removed.length) : line);
  };
  const fits = wanted.every(
    (line, index) => indent(line).trimEnd() === (lines[first + index] ?? "").trimEnd(),
  );
  return fits ? indent : undefined;
}

function notFound(text: string, oldText: string, newText: string): string {
  const already = newText.trim() === "" ? -1 : text.indexOf(newText);
  const hint =
    already >= 0
      ? ` newText is there already, at line ${lineAt(text, already)}: was this edit made before?`
      : "";
  return `oldText was not found.${hint}${nearestBlocks(linesOf(text), linesOf(oldText))}`;
}

/** The line ending most lines of the file have. */
function endingOf(text: string): "\r\n" | "\n" {
  const all = breaksIn(text);
  const windows = text.split("\r\n").length - 1;
  return windows > all / 2 ? "\r\n" : "\n";
}

function withEnding(text: string, eol: string): string {
  return text.replace(/\r?\n/g, eol);
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}

function startsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function breaksIn(text: string): number {
  return text.split("\n").length - 1;
}

function lineAt(text: string, position: number): number {
  return breaksIn(text.slice(0, position)) + 1;
}
