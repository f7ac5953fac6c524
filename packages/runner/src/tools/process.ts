// Root of the tool process: tool calls in, results out, until stdin closes. It is given no secret.
import { realpath } from "node:fs/promises";
import { createInterface } from "node:readline";
import { toolNamed } from "./catalogue.ts";
import type { ToolContext } from "./define-tool.ts";
import { endLeftBehind, endOthersOf, markVariable } from "./left-behind.ts";
import { measure, measureName } from "./measure.ts";
import { readyId, type ToolAnswer, type ToolRequest, toolRequestSchema } from "./messages.ts";

/** Where long outputs go; and the number of the user, where that user is the tools' alone. */
const [outputFolder = "", own] = process.argv.slice(2);
const ownUser = own ? Number(own) : undefined;
const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);
// Not the synchronous one: it has the threads made that later work needs, while there is still room for some.
const root = await realpath(process.cwd());

async function answer({ id, name, input, timeLeftMs }: ToolRequest): Promise<ToolAnswer> {
  if (name === measureName) return { id, text: JSON.stringify(await measure(input)), isError: false };
  const tool = toolNamed(name);
  if (!tool) return { id, text: `There is no tool ${name}.`, isError: true };
  const context: ToolContext = { root, outputFolder, environment, ownUser, timeLeftMs };
  return { id, ...(await tool.run(input, context)) };
}

function say(words: ToolAnswer): void {
  process.stdout.write(`${JSON.stringify(words)}\n`);
}

say({ id: readyId, text: "ready", isError: false });
const working = new Set<Promise<void>>();
for await (const line of createInterface({ input: process.stdin })) {
  const work = answer(toolRequestSchema.parse(JSON.parse(line))).then(say);
  working.add(work);
  void work.finally(() => working.delete(work));
}

// The runner is gone, so nothing that was started for it is of use any more.
if (ownUser === undefined) await endLeftBehind(environment[markVariable] ?? "", [process.pid]);
else await endOthersOf(ownUser);
process.exit(0);
