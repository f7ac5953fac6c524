// The tool that searches the tree with a regular expression.
import * as z from "zod";
import { defineTool, type ToolContext, ToolError } from "./define-tool.ts";
import { type Found, ripgrep } from "./ripgrep.ts";
import { existing, shown } from "./tree-path.ts";

const maxMatches = 100;
const maxColumns = 300;

/** Few matches come with their surroundings, which saves the read that would follow. */
const surroundings = [
  { upToMatches: 1, lines: 20 },
  { upToMatches: 3, lines: 6 },
];

export const searchCode = defineTool({
  name: "search_code",
  description:
    "Searches files with a regular expression (ripgrep's syntax; files that git ignores are left out). " +
    `Shows path:line:text, at most ${maxMatches} matches, and the surroundings of few ones.`,
  input: z.object({
    pattern: z.string().min(1),
    path: z.string().optional().describe("file or folder to search in"),
    glob: z.string().optional().describe("such as *.ts or !test/**"),
    ignoreCase: z.boolean().optional(),
  }),
  readOnly: true,
  doing: ({ pattern }) => `searching for ${pattern}`,
  async run({ pattern, path = ".", glob, ignoreCase }, context) {
    const target = shown(context.root, await existing(context.root, path));
    const options = [...(glob ? [`--glob=${glob}`] : []), ...(ignoreCase ? ["--ignore-case"] : [])];
    const operands = ["-e", pattern, "--", target];
    const found = await findLines({ options, operands }, context);
    if (found.lines.length === 0)
      return found.cutBy ? "Nothing was found in 30 seconds; search in a smaller part." : "No matches.";
    const around = surroundings.find(({ upToMatches }) => found.lines.length <= upToMatches && !found.cutBy);
    if (around) {
      const wider = await search(
        { options: [sorted, `--context=${around.lines}`, ...options], operands: narrowed(found, operands) },
        500,
        context,
      );
      return wider.lines.map(tidy).join("\n");
    }
    const note =
      found.cutBy === "lines"
        ? `\n(the first ${maxMatches} matches; there are more: narrow the pattern, or give path or glob)`
        : found.cutBy === "time"
          ? "\n(what was found in 30 seconds; search in a smaller part for the rest)"
          : "";
    return found.lines.map(tidy).join("\n") + note;
  },
});

interface Asked {
  options: string[];
  operands: string[];
}

const sorted = "--sort=path";

/**
 * The lines that match, in the order of their paths. Sorting keeps ripgrep to a single thread, so it searches without,
 * and is asked to sort only where there are more lines than are shown, to show the first.
 */
async function findLines({ options, operands }: Asked, context: ToolContext): Promise<Found> {
  const fast = await search({ options: ["--null", ...options], operands }, maxMatches, context);
  if (fast.cutBy === "lines" || !fast.lines.every(hasFile))
    return search({ options: ["--null", sorted, ...options], operands }, maxMatches, context);
  return { ...fast, lines: fast.lines.toSorted(byPath) };
}

async function search({ options, operands }: Asked, maxLines: number, context: ToolContext): Promise<Found> {
  const output = ["--line-number", "--no-heading", "--with-filename"];
  const width = [`--max-columns=${maxColumns}`, "--max-columns-preview"];
  const found = await ripgrep({ options: [...output, ...width, ...options], operands }, maxLines, context);
  if (found.problem) throw new ToolError(`The search could not be run: ${found.problem}`);
  return found;
}

/** Lines of one file keep their order, for the sort is stable. Folder by folder, as ripgrep itself sorts. */
function byPath(one: string, other: string): number {
  const [first, second] = [one, other].map((line) => fileOf(line).replaceAll("/", "\0"));
  return first === second ? 0 : (first ?? "") < (second ?? "") ? -1 : 1;
}

/** What was found already is not searched for in all files again; `operands` where a file cannot be named. */
function narrowed({ lines }: Found, operands: string[]): string[] {
  if (!lines.every(hasFile)) return operands;
  return [...operands.slice(0, -1), ...new Set(lines.map(fileOf))];
}

/** A path with a line break comes as two lines, and one that is no UTF-8 comes damaged. */
function hasFile(line: string): boolean {
  return line.includes("\0") && !fileOf(line).includes("\uFFFD");
}

/** With `--null`, the path ends where no path can hold anything. */
function fileOf(line: string): string {
  return line.slice(0, Math.max(0, line.indexOf("\0")));
}

function tidy(line: string): string {
  return line.replace("\0", ":").replace(/^\.\//, "").replace(/\r$/, "");
}
