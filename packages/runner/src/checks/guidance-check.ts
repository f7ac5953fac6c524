// Reads out of a guidance file for people or agents how a change is checked; only commands of known tools are taken.
import { isKnownCheck, isTest } from "./known-commands.ts";

const aboutChecks = /\b(test|check|verif|validat)/i;
const against = /\b(never|not|don't|avoid|without)\b/i;
const fence = /^\s*(```|~~~)/;
const heading = /^#{1,6}\s/;
const code = /`([^`\n]+)`/g;
/** More of a file is no guidance. */
const maxLines = 2_000;

/** The command that the text names for checking a change, tests before linters; undefined where it names none. */
export function checkInGuidance(text: string): string | undefined {
  const named = commandsIn(text.split(/\r?\n/).slice(0, maxLines)).filter(isKnownCheck);
  return named.find(isTest) ?? named[0];
}

/** Commands in code marks on a line, or in a block below one, that speaks of checking. */
function commandsIn(lines: readonly string[]): string[] {
  const found: string[] = [];
  let isFenced = false;
  let section = "";
  let before = "";
  for (const line of lines) {
    if (fence.test(line)) {
      isFenced = !isFenced;
      continue;
    }
    if (isFenced) {
      if (speaksOfChecks(before) || (!against.test(before) && speaksOfChecks(section)))
        found.push(cleaned(line));
      continue;
    }
    if (heading.test(line)) section = line;
    if (line.trim() !== "") before = line;
    if (speaksOfChecks(line.replace(code, "")) || (speaksOfChecks(section) && !against.test(line)))
      found.push(...[...line.matchAll(code)].map(([, inside = ""]) => cleaned(inside)));
  }
  return found;
}

function speaksOfChecks(words: string): boolean {
  return aboutChecks.test(words) && !against.test(words);
}

/** Without a prompt in front and a remark behind. */
function cleaned(line: string): string {
  return line
    .trim()
    .replace(/^[$>%]\s+/, "")
    .replace(/\s+#.*$/, "")
    .trim();
}
