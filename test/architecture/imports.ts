// What a source imports and exports from elsewhere, and which file of the project each of that is.
import path from "node:path";
import { codeOf, lineOf, type Source } from "./source.ts";

export interface Import {
  /** What stands between the quotes; undefined where it is computed. */
  specifier?: string;
  /** What is imported, as written: `* as z`, `type { Run }`; empty for dynamic imports. */
  clause: string;
  isTypeOnly: boolean;
  isExport: boolean;
  line: number;
}

/** Every import of a source: static, dynamic, `require`, and exports from elsewhere. */
export function importsOf(source: Source): Import[] {
  const code = codeOf(source.text);
  const found: { index: number; imported: Import }[] = [];
  const add = (index: number, keyword: string, clause: string, quoteAt: number) => {
    const imported = {
      specifier: specifierAt(source.text, quoteAt),
      clause: clause.replace(/\s+/g, " ").trim(),
      isTypeOnly: isTypeOnly(clause),
      isExport: keyword === "export",
      line: lineOf(source.text, index),
    };
    found.push({ index, imported });
  };
  for (const match of code.matchAll(/\b(import|export)\b([^;"'`]*?)\bfrom\s*["']/g)) {
    add(match.index, match[1] ?? "", match[2] ?? "", match.index + match[0].length - 1);
  }
  for (const match of code.matchAll(/\bimport\s*["']/g)) {
    add(match.index, "import", "", match.index + match[0].length - 1);
  }
  for (const match of code.matchAll(/\b(?:import|require)\s*\(\s*(?=(\S))/g)) {
    add(match.index, "import", "", match.index + match[0].length);
  }
  return found.toSorted((one, other) => one.index - other.index).map(({ imported }) => imported);
}

function specifierAt(text: string, quoteAt: number): string | undefined {
  return /^(["'`])([^"'`$]*)\1/.exec(text.slice(quoteAt))?.[2];
}

/** `type { A }`, `type * as a`, or braces in which every name has `type` before it. */
function isTypeOnly(clause: string): boolean {
  if (/^\s*type\s+[{*\w]/.test(clause)) return true;
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1]?.split(",") ?? [""];
  return names.every((name, index) => /^\s*type\s/.test(name) || (index > 0 && name.trim() === ""));
}

/** The file of the project that is imported; undefined for packages from elsewhere. */
export function targetOf(source: Source, specifier: string): string | undefined {
  const own = /^@cody\/(\w+)\/(.+)$/.exec(specifier);
  if (own) return `packages/${own[1]}/src/${own[2]}`;
  return specifier.startsWith(".") ? path.posix.join(path.posix.dirname(source.path), specifier) : undefined;
}

/** The name of the package of a bare specifier; undefined for files and for what Node brings along. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
