// Reads what the guide for people in Slack claims: boxes to type or press, tables, labels in bold, numbers of limits.
import { readFileSync } from "node:fs";
import path from "node:path";

/** A box of the guide: what is typed or pressed (`slack`), or what is read there (`answer`, `board`, `thread`). */
export interface Box {
  kind: string;
  lines: string[];
}

export interface Table {
  head: string[];
  rows: string[][];
}

/** A number that the guide gives for a limit, in the unit of the limit. */
export interface Claim {
  limit: string;
  number: number;
  text: string;
}

export function readGuide() {
  const text = readFileSync(path.join(import.meta.dirname, "../../docs/using.md"), "utf8");
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return {
    text,
    boxes: [...text.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].map(
      ([, kind = "", content = ""]): Box => ({ kind, lines: content.split("\n") }),
    ),
    tables: tablesIn(prose),
    bold: new Set([...prose.matchAll(/\*\*([^*\n]+)\*\*/g)].map(([, label = ""]) => label)),
    claims: claimsIn(prose),
  };
}

function tablesIn(prose: string): Table[] {
  const lines = prose.split("\n");
  return lines.flatMap((line, index) => {
    if (!/^\|[-|]+\|$/.test(line)) return [];
    const head = cellsOf(lines[index - 1] ?? "");
    const end = lines.findIndex((each, at) => at > index && !each.startsWith("|"));
    return [{ head, rows: lines.slice(index + 1, end < 0 ? undefined : end).map(cellsOf) }];
  });
}

function cellsOf(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Pieces of code in a cell: `changed`, `failed`. */
export function codesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

const units: Record<string, number> = {
  minutes: 60_000,
  days: 24 * 60 * 60_000,
  MB: 1024 * 1024,
  "%": 0.01,
};

/** Every comment names a limit; before it stands its number, with a unit where the limit has a small one. */
function claimsIn(prose: string): Claim[] {
  const comments = [...prose.matchAll(/^.*?<!--/gm)].length;
  const claims = [...prose.matchAll(/(\d[\d,.]*)(?: (minutes|days|MB|%))? <!-- (\w+) -->/g)].map(
    ([text, digits = "", unit = "", limit = ""]) => ({
      limit,
      number: Number(digits.replaceAll(",", "")) * (units[unit] ?? 1),
      text,
    }),
  );
  if (claims.length < comments) throw new Error("A comment of the guide stands behind no number.");
  return claims;
}

/** What the guide quotes, as an expression: … stands for anything. */
export function quoted(words: string): RegExp {
  const literal = words.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`, "s");
}
