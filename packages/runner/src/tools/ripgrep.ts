// Runs ripgrep in the work tree and hands over its lines, within a bound of lines and time.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { rgPath } from "@vscode/ripgrep";
import type { ToolContext } from "./define-tool.ts";

/** Beyond that a search is too wide to be of use. */
const maxSearchMs = 30_000;

export interface Found {
  lines: string[];
  /** Whether it was ended before it had seen everything, and by what. */
  cutBy?: "lines" | "time";
  /** What ripgrep had to say; exit code 2 means that something was wrong. */
  problem?: string;
}

/** Hidden files are searched, git's own are not. `operands` begin with `-e` or `--`, so that no text of the model is an option. */
export async function ripgrep(
  { options, operands }: { options: string[]; operands: string[] },
  maxLines: number,
  context: ToolContext,
): Promise<Found> {
  // The last glob wins, so the one that keeps git's files out stands last.
  const fixed = ["--no-config", "--hidden", "--color=never", ...options, "--glob=!.git"];
  const child = spawn(rgPath, [...fixed, ...operands], {
    cwd: context.root,
    env: context.environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const found: Found = { lines: [] };
  const end = (cutBy: "lines" | "time") => {
    found.cutBy ??= cutBy;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => end("time"), Math.min(maxSearchMs, context.timeLeftMs));
  const errors: Buffer[] = [];
  child.stderr.on("data", (data: Buffer) => errors.length < 20 && errors.push(data));
  try {
    const closed = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    for await (const line of createInterface({ input: child.stdout })) {
      if (found.cutBy) continue;
      if (found.lines.length === maxLines) end("lines");
      else found.lines.push(line);
    }
    const code = await closed;
    if (code === 2 && found.lines.length === 0) found.problem = Buffer.concat(errors).toString("utf8").trim();
    return found;
  } finally {
    clearTimeout(timer);
  }
}
