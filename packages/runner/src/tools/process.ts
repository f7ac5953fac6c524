// Root of the tool process: tool calls in, results out, until stdin closes. It is given no secret.
import { realpathSync } from "node:fs";
import { createInterface } from "node:readline";
import { toolNamed } from "./catalogue.ts";
import type { ToolContext } from "./define-tool.ts";
import { endLeftBehind, markVariable } from "./left-behind.ts";
import { type ToolAnswer, type ToolRequest, toolRequestSchema } from "./messages.ts";

const [outputFolder = ""] = process.argv.slice(2);
const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);
const root = realpathSync(process.cwd());

async function answer({ id, name, input, timeLeftMs }: ToolRequest): Promise<ToolAnswer> {
  const tool = toolNamed(name);
  if (!tool) return { id, text: `There is no tool ${name}.`, isError: true };
  const context: ToolContext = { root, outputFolder, environment, timeLeftMs };
  return { id, ...(await tool.run(input, context)) };
}

const working = new Set<Promise<void>>();
for await (const line of createInterface({ input: process.stdin })) {
  const work = answer(toolRequestSchema.parse(JSON.parse(line))).then((result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
  });
  working.add(work);
  void work.finally(() => working.delete(work));
}

// The runner is gone, so nothing that was started for it is of use any more.
await endLeftBehind(environment[markVariable] ?? "", [process.pid]);
process.exit(0);
