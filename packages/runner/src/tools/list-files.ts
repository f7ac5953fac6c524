// The tool that lists what files there are; large folders as counts.
import * as z from "zod";
import { defineTool, ToolError } from "./define-tool.ts";
import { ripgrep } from "./ripgrep.ts";
import { existing, shown } from "./tree-path.ts";

/** More than this many are summed up by folder. */
const maxListed = 300;
const maxCounted = 100_000;

export const listFiles = defineTool({
  name: "list_files",
  description: `Lists files below a folder, without those that git ignores; more than ${maxListed} as counts by folder.`,
  input: z.object({
    path: z.string().optional().describe("folder; the root if left out"),
    glob: z.string().optional().describe("such as **/package.json"),
  }),
  readOnly: true,
  doing: ({ path }) => `listing ${path ?? "files"}`,
  async run({ path = ".", glob }, context) {
    const folder = shown(context.root, await existing(context.root, path));
    const options = ["--files", ...(glob ? [`--glob=${glob}`] : [])];
    const found = await ripgrep({ options, operands: ["--", folder] }, maxCounted, context);
    if (found.problem) throw new ToolError(`The files could not be listed: ${found.problem}`);
    const files = found.lines.map((file) => file.replace(/^\.\//, "")).sort();
    const note = found.cutBy ? "\n(not all of them: there are too many)" : "";
    if (files.length === 0) return "No files.";
    if (files.length <= maxListed) return files.join("\n") + note;
    return `${summary(files, folder)}${note}`;
  },
});

/** Each entry of the folder on a line: files by name, folders with the number of files below them. */
function summary(files: string[], folder: string): string {
  const prefix = folder === "." ? "" : `${folder}/`;
  const counts = new Map<string, number>();
  for (const file of files) {
    const [first = "", ...rest] = file.slice(prefix.length).split("/");
    const entry = rest.length > 0 ? `${first}/` : first;
    counts.set(entry, (counts.get(entry) ?? 0) + 1);
  }
  const entries = [...counts].map(([entry, count]) =>
    entry.endsWith("/") ? `${prefix}${entry} (${count} files)` : prefix + entry,
  );
  const listed = entries.slice(0, maxListed);
  const more = entries.length > listed.length ? `\n… and ${entries.length - listed.length} more entries` : "";
  return `${files.length} files:\n${listed.join("\n")}${more}`;
}
