// Rules about the text of a file: how it begins, how long it is, what it does not hold, and that importing it does nothing.
import { importsOf } from "./imports.ts";
import { executables, placeOf } from "./layers.ts";
import { codeOf, isCode, lineOf, type Source } from "./source.ts";

/** Longer files hold more than one idea. */
const maxLines = 400;

/** The first line is one comment sentence that says what the file is for. */
export function withoutFirstSentence(sources: readonly Source[]): string[] {
  return each(sources, ({ text }) => {
    const [first = "", second = ""] = text.split("\n");
    const isOneLine = /^\/\/ \S.{8,}[.:]$/.test(first) && !second.startsWith("//");
    return isOneLine ? [] : [{ index: 0, says: "does not begin with one comment line that is a sentence" }];
  });
}

export function tooLong(sources: readonly Source[]): string[] {
  return each(sources, ({ text }) => {
    const lines = text.replace(/\n$/, "").split("\n").length;
    return lines > maxLines
      ? [{ index: text.length - 1, says: `has ${lines} lines; ${maxLines} are the most` }]
      : [];
  });
}

/** Node runs the source as it is, and every name is imported by its own file. */
export function forbiddenSyntax(sources: readonly Source[]): string[] {
  return matches(sources, {
    "has a default export": /\bexport\s+default\b|\bas\s+default\b/g,
    "has an enum": /(?<![\w$.])enum\s+[A-Za-z_$][\w$]*\s*\{/g,
    "has a namespace": /(?<![\w$.])(?:namespace|module)\s+[A-Za-z_$][\w$.]*\s*\{/g,
  });
}

export function consoleCalls(sources: readonly Source[]): string[] {
  return matches(sources, { "uses console": /(?<![\w$])console\s*(?:\.|\?\.|\[)/g });
}

/** A file of nothing but exports from elsewhere hides where things are. */
export function barrels(sources: readonly Source[]): string[] {
  return each(sources, (source) => {
    const code = codeOf(source.text);
    const rest = code
      .replace(/\b(?:import|export)\b[^;"'`]*?\bfrom\s*["'][^"']*["']\s*;?/g, "")
      .replace(/\bexport\s+(?:type\s+)?\{[^}]*\}\s*;?/g, "")
      .trim();
    const passesOn =
      importsOf(source).some(({ isExport }) => isExport) || /\bexport\s+(?:type\s+)?\{/.test(code);
    return rest === "" && passesOn ? [{ index: 0, says: "only passes on what others export" }] : [];
  });
}

/** Only roots read the environment and end the process. */
export function environmentOutsideOfRoots(sources: readonly Source[]): string[] {
  const inner = sources.filter(({ path }) => placeOf(path) && placeOf(path)?.layer !== "root");
  return [
    ...matches(inner, {
      "reads the environment": /\bprocess\s*(?:\.|\?\.)\s*env\b|\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b/g,
      "ends the process":
        /\bprocess\s*(?:\.|\?\.)\s*(?:exit|exitCode|abort|reallyExit)\b|\{[^{}]*\bexit\b[^{}]*\}\s*=\s*process\b/g,
      "reads the process by a computed name": /\bprocess\s*\[/g,
    }),
    ...inner.filter(isCode).flatMap((source) =>
      importsOf(source)
        .filter(({ specifier }) => specifier === "node:process" || specifier === "process")
        .map(({ line }) => `${source.path}:${line} imports the process`),
    ),
  ];
}

/** Importing a file does nothing: no client is made and nothing is waited for outside of functions. */
export function workAtImport(sources: readonly Source[]): string[] {
  return each(
    sources.filter(({ path }) => placeOf(path)),
    ({ path, text }) => {
      const code = codeOf(text);
      const clients = [...code.matchAll(/\bnew\s+[\w$.]*(?:Client|Octokit|Anthropic|App|Receiver)\s*\(/g)];
      const waits = executables.includes(path) ? [] : [...code.matchAll(/\bawait\b/g)];
      return [
        ...clients.map(({ index }) => ({ index, says: "makes a client at import" })),
        ...waits.map(({ index }) => ({ index, says: "waits at import" })),
      ].filter(({ index }) => !isInFunction(code, index));
    },
  );
}

/** Whether a place of the code is inside of a function or a class, by the statement of the file that it is in. */
function isInFunction(code: string, index: number): boolean {
  const before = code.slice(beginOfStatement(code, index), index);
  return /=>|\bfunction\b|^\s*(?:export\s+)?(?:abstract\s+)?class\b/.test(before);
}

/** Where the statement of the file itself begins that holds this place: after the last one that had ended. */
function beginOfStatement(code: string, index: number): number {
  let depth = 0;
  let begin = 0;
  for (let at = 0; at < index; at += 1) {
    const char = code[at] ?? "";
    if ("({[".includes(char)) depth += 1;
    if (")}]".includes(char)) depth -= 1;
    // A brace ends a statement at the end of its line; `}> {` is still the type of a function.
    const isEnd = char === ";" || (char === "}" && /^[ \t]*(?:\n|$)/.test(code.slice(at + 1, at + 200)));
    if (depth === 0 && isEnd) begin = at + 1;
  }
  return begin;
}

interface Finding {
  index: number;
  says: string;
}

function each(sources: readonly Source[], find: (source: Source) => Finding[]): string[] {
  return sources
    .filter(isCode)
    .flatMap((source) =>
      find(source).map(({ index, says }) => `${source.path}:${lineOf(source.text, index)} ${says}`),
    );
}

/** Every place where the code of a source, without comments and literals, matches. */
function matches(sources: readonly Source[], patterns: Record<string, RegExp>): string[] {
  return each(sources, ({ text }) => {
    const code = codeOf(text);
    return Object.entries(patterns).flatMap(([says, pattern]) =>
      [...code.matchAll(pattern)].map(({ index }) => ({ index, says })),
    );
  });
}
