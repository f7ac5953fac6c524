// What `npm run deploy` and `npm run remove` take on their command line, and the settings in .env.
import { existsSync } from "node:fs";
import path from "node:path";
import { loadEnvFile } from "node:process";
import { parseArgs } from "node:util";
import type { Outside } from "./outside.ts";
import { project, realOutside } from "./real-outside.ts";
import { runSteps, type Step } from "./run-steps.ts";

const options = {
  stage: { type: "string" },
  yes: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

interface Chosen {
  stage: string;
  isSure: boolean;
}

/** Runs the steps of a command of this name; returns the exit code. `stage`: the one that is meant where none is named. */
export async function runCommand(
  name: "deploy" | "remove",
  { stage: usual, steps }: { stage?: string; steps: (outside: Outside, chosen: Chosen) => Step[] },
): Promise<number> {
  const usage = `npm run ${name} -- ${usual ? "[--stage NAME]" : "--stage NAME"} [--yes]\n`;
  const chosen = readArguments(usual);
  if (typeof chosen === "string") {
    process.stderr.write(`${chosen}\n${usage}`);
    return 2;
  }
  if (chosen.isHelp) {
    process.stdout.write(usage);
    return 0;
  }
  const file = path.join(project, ".env");
  if (existsSync(file)) loadEnvFile(file);
  const outside = realOutside(process.env);
  const again = `npm run ${name} -- --stage ${chosen.stage}`;
  return (await runSteps(steps(outside, chosen), outside, again)) ? 0 : 1;
}

/** Names of resources are made of it, and a repository of images takes no two dashes in a row. */
const stagePattern = /^(?=.{1,20}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** A sentence where they are none. */
function readArguments(usual: string | undefined): (Chosen & { isHelp: boolean }) | string {
  try {
    const { stage = usual, yes, help } = parseArgs({ options }).values;
    if (stage === undefined && !help) return "Name the stage: it is one Cody by itself, such as trial.";
    if (stage && !stagePattern.test(stage))
      return "A stage has up to 20 small letters, digits and single dashes: a letter first, no dash last.";
    return { stage: stage ?? "", isSure: yes, isHelp: help };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
