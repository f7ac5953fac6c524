// A source file as the rules of the house read it: its path, its text, and its code without comments and literals.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface Source {
  /** From the project's root, with slashes. */
  path: string;
  text: string;
}

const root = path.join(import.meta.dirname, "../..");

/** Every source under a folder of the project, and the manifests of its packages, in the order of their paths. */
export function readSources(folder: string): Source[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name).split(path.sep).join("/"))
    .filter(
      (name) => /\.(?:[cm]?[jt]sx?|json)$/.test(name) && !/(?:^|\/)(?:node_modules|fixtures)\//.test(name),
    )
    .toSorted()
    .map((name) => ({ path: name, text: readFileSync(path.join(root, name), "utf8") }));
}

export function isCode(source: Source): boolean {
  return !source.path.endsWith(".json");
}

/** The line of a place in a text, from 1. */
export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** Words after which a slash begins a regular expression and not a division. */
const beforeExpression =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|new|delete|void|throw|await|yield|else|do)$/;

/**
 * The text with spaces in place of comments and of what stands between the delimiters of strings, templates and
 * regular expressions. Every other character keeps its place; code inside of templates stays.
 */
export function codeOf(text: string): string {
  let code = "";
  /** Open templates, each with how many braces are open in its expression. */
  const templates: number[] = [];
  const blank = (to: number) => {
    code += text.slice(code.length, to).replace(/[^\n]/g, " ");
  };
  const keep = (to: number) => {
    code += text.slice(code.length, to);
  };
  const template = () => {
    blank(endOfTemplatePart(text, code.length));
    if (text.startsWith("${", code.length)) {
      templates.push(0);
      keep(code.length + 2);
    } else keep(code.length + 1);
  };
  while (code.length < text.length) {
    const at = code.length;
    const char = text[at] ?? "";
    const open = templates.at(-1);
    if (text.startsWith("//", at)) blank(endOf(text, "\n", at));
    else if (text.startsWith("/*", at)) blank(endOf(text, "*/", at + 2) + 2);
    else if (char === '"' || char === "'") {
      keep(at + 1);
      blank(endOfString(text, at + 1, char));
      keep(code.length + 1);
    } else if (char === "`") {
      keep(at + 1);
      template();
    } else if (char === "}" && open === 0) {
      templates.pop();
      keep(at + 1);
      template();
    } else if (char === "/" && beginsExpression(code)) {
      keep(at + 1);
      blank(endOfExpression(text, at + 1));
      keep(code.length + 1);
    } else {
      if (open !== undefined && char === "{") templates[templates.length - 1] = open + 1;
      if (open !== undefined && char === "}") templates[templates.length - 1] = open - 1;
      keep(at + 1);
    }
  }
  return code;
}

/** Where the mark stands, or the end of the text. */
function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at;
}

function endOfString(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length && text[at] !== quote) at += text[at] === "\\" ? 2 : 1;
  return at;
}

/** Where the text of a template ends: at its backtick, or at an expression. */
function endOfTemplatePart(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== "`" && !text.startsWith("${", at)) at += text[at] === "\\" ? 2 : 1;
  return at;
}

function endOfExpression(text: string, from: number): number {
  let at = from;
  let isInClass = false;
  while (at < text.length && (isInClass || text[at] !== "/")) {
    if (text[at] === "[") isInClass = true;
    if (text[at] === "]") isInClass = false;
    at += text[at] === "\\" ? 2 : 1;
  }
  return at;
}

function beginsExpression(code: string): boolean {
  const before = code.trimEnd();
  return before === "" || /[(,=:[!&|?{;+\-*%<>~^]$/.test(before) || beforeExpression.test(before);
}
