// The tool that makes a file or replaces all of one.
import * as z from "zod";
import { defineTool } from "./define-tool.ts";
import { overwrite } from "./text-file.ts";
import { createFile, withFile } from "./tree-path.ts";

export const writeFile = defineTool({
  name: "write_file",
  description:
    "Writes a whole file, new or not; folders are made. For a change inside a file use edit_file. " +
    "Always give the complete content, never a placeholder for parts that stay.",
  input: z.object({ path: z.string().min(1), content: z.string() }),
  readOnly: false,
  doing: ({ path }) => `writing ${path}`,
  async run({ path, content }, { root }) {
    const bytes = Buffer.from(content, "utf8");
    const isNew = await unlessPresent(createFile(root, path, bytes));
    if (!isNew) await withFile({ root, given: path, write: true }, (file) => overwrite(file, bytes));
    return `${isNew ? "Made" : "Replaced"} ${path}, ${bytes.length} bytes.`;
  },
});

async function unlessPresent(creation: Promise<void>): Promise<boolean> {
  try {
    await creation;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
