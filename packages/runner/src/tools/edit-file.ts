// The tool that replaces a passage of a file.
import * as z from "zod";
import { defineTool, ToolError } from "./define-tool.ts";
import { numbered } from "./nearest-blocks.ts";
import { replaceText } from "./replace-text.ts";
import { asBytes, decoded, encoded, fromBytes, overwrite, readText } from "./text-file.ts";
import { withFile } from "./tree-path.ts";

/** Lines shown above and below a change, so that no second read is needed to see whether it is right. */
const contextLines = 4;
const maxShownChanges = 3;

export const editFile = defineTool({
  name: "edit_file",
  description:
    "Replaces oldText by newText in one file. oldText must stand there once, with its line breaks and indentation; " +
    "give enough lines around it to make it unique, or set replaceAll. Shows the changed lines.",
  input: z.object({
    path: z.string().min(1),
    oldText: z.string(),
    newText: z.string(),
    replaceAll: z.boolean().optional(),
  }),
  readOnly: false,
  doing: ({ path }) => `editing ${path}`,
  run({ path, oldText, newText, replaceAll = false }, { root }) {
    return withFile({ root, given: path, write: true }, async (file) => {
      const before = await readText(file, path);
      refuseForeignEncoding(path, before, newText);
      const replaced = replaceText(asBytes(before), {
        oldText: encoded(oldText),
        newText: encoded(newText),
        everywhere: replaceAll,
      });
      if ("problem" in replaced) throw new ToolError(decoded(replaced.problem));
      await overwrite(file, fromBytes(replaced.text));
      return report(path, replaced);
    });
  },
});

/** What is inserted is UTF-8; into a file of another encoding only ASCII fits. */
function refuseForeignEncoding(path: string, before: Buffer, newText: string): void {
  const isUtf8 = Buffer.from(before.toString("utf8"), "utf8").equals(before);
  if (!isUtf8 && !/^\p{ASCII}*$/u.test(newText))
    throw new ToolError(
      `${path} is not UTF-8, so only ASCII can be put in here; use run_command for the rest.`,
    );
}

function report(
  path: string,
  { text, lines, inexact }: { text: string; lines: { first: number; last: number }[]; inexact: boolean },
): string {
  const all = decoded(text).split(/\r?\n/);
  const shown = lines.slice(0, maxShownChanges).map(({ first, last }) => {
    const from = Math.max(0, first - 1 - contextLines);
    return numbered(all, from, last + contextLines - from);
  });
  const count = lines.length === 1 ? "1 place" : `${lines.length} places`;
  const note = inexact ? " (blanks or indentation of oldText differed; check the result)" : "";
  return `Changed ${count} in ${path}${note}:\n${shown.join("\n--\n")}`;
}
