// All tools, in the order in which the model is told of them; the order and the words are part of the cached prefix.
import { askPerson } from "./ask-person.ts";
import type { Tool } from "./define-tool.ts";
import { editFile } from "./edit-file.ts";
import { finish } from "./finish.ts";
import { listFiles } from "./list-files.ts";
import { readFile } from "./read-file.ts";
import { runCommand } from "./run-command.ts";
import { searchCode } from "./search-code.ts";
import { updatePlan } from "./update-plan.ts";
import { writeFile } from "./write-file.ts";

export const tools: readonly Tool[] = [
  listFiles,
  readFile,
  searchCode,
  editFile,
  writeFile,
  runCommand,
  updatePlan,
  askPerson,
  finish,
];

export function toolNamed(name: string): Tool | undefined {
  return tools.find((tool) => tool.name === name);
}
