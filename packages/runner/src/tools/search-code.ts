// The tool that searches the tree with a regular expression.
import * as z from "zod";
import { defineTool, type ToolContext, ToolError } from "./define-tool.ts";
import { ripgrep } from "./ripgrep.ts";
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
    const found = await search({ options, operands }, maxMatches, context);
    if (found.lines.length === 0)
      return found.cutBy ? "Nothing was found in 30 seconds; search in a smaller part." : "No matches.";
    const around = surroundings.find(({ upToMatches }) => found.lines.length <= upToMatches && !found.cutBy);
    if (around) {
      const wider = await search(
        { options: [`--context=${around.lines}`, ...options], operands },
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

async function search(
  { options, operands }: { options: string[]; operands: string[] },
  maxLines: number,
  context: ToolContext,
) {
  const output = ["--line-number", "--no-heading", "--with-filename", "--sort=path"];
  const width = [`--max-columns=${maxColumns}`, "--max-columns-preview"];
  const found = await ripgrep({ options: [...output, ...width, ...options], operands }, maxLines, context);
  if (found.problem) throw new ToolError(`The search could not be run: ${found.problem}`);
  return found;
}

function tidy(line: string): string {
  return line.replace(/^\.\//, "").replace(/\r$/, "");
}
