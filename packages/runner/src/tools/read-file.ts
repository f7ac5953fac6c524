// The tool that shows a file with line numbers, a page at a time.
import { readdir } from "node:fs/promises";
import nodePath from "node:path";
import * as z from "zod";
import { defineTool, ToolError } from "./define-tool.ts";
import { readText } from "./text-file.ts";
import { existing, insideTree, shown, withFile } from "./tree-path.ts";

const maxLines = 2_000;
const maxLineChars = 2_000;
const maxPageChars = 50_000;

export const readFile = defineTool({
  name: "read_file",
  description: `Shows a text file, each line as number, tab, text; at most ${maxLines} lines from line offset on.`,
  input: z.object({
    path: z.string().min(1),
    offset: z.int().min(1).optional(),
    limit: z.int().min(1).optional(),
  }),
  readOnly: true,
  maxChars: maxPageChars + 1_000,
  doing: ({ path }) => `reading ${path}`,
  async run({ path, offset = 1, limit = maxLines }, { root }) {
    try {
      return await withFile({ root, given: path }, async (file) =>
        page((await readText(file, path)).toString("utf8"), offset, Math.min(limit, maxLines)),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new ToolError(await missing(root, path));
      throw error;
    }
  },
});

function page(text: string, offset: number, limit: number): string {
  if (text === "") return "(the file is empty)";
  const lines = text.replace(/\n$/, "").split("\n");
  if (offset > lines.length)
    throw new ToolError(`The file has ${lines.length} lines; there is no line ${offset}.`);
  const chosen: string[] = [];
  let chars = 0;
  for (const line of lines.slice(offset - 1, offset - 1 + limit)) {
    const cut = clip(line.replace(/\r$/, ""));
    chars += cut.length + 8;
    if (chars > maxPageChars && chosen.length > 0) break;
    chosen.push(cut);
  }
  const last = offset - 1 + chosen.length;
  const isWhole = offset === 1 && last === lines.length;
  const rest = last < lines.length ? `; go on with offset ${last + 1}` : "";
  const note = isWhole ? "" : `\n(lines ${offset} to ${last} of ${lines.length}${rest})`;
  return chosen.map((line, index) => `${offset + index}\t${line}`).join("\n") + note;
}

function clip(line: string): string {
  if (line.length <= maxLineChars) return line;
  return `${line.slice(0, maxLineChars)}[… ${line.length - maxLineChars} more characters in this line]`;
}

/** Names beside the missing one that are like it. */
async function missing(root: string, given: string): Promise<string> {
  const folder = nodePath.dirname(insideTree(root, given));
  const stem = nodePath.parse(given).name.toLowerCase();
  try {
    const names = await readdir(await existing(root, folder));
    const like = names.filter((name) => {
      const other = nodePath.parse(name).name.toLowerCase();
      return other.includes(stem) || (other.length > 2 && stem.includes(other));
    });
    const hint = like.length > 0 ? ` Beside it: ${like.slice(0, 5).join(", ")}.` : "";
    return `There is no file ${given}.${hint} list_files and search_code help to find it.`;
  } catch {
    return `There is no file ${given}, nor the folder ${shown(root, folder)}. list_files shows what there is.`;
  }
}
