// The most memory that a runner ever holds: the real program through a round of many turns, by the kernel's account.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { openOutside } from "../runner/outside.ts";
import { containerEnvironment, newJob, submitRun, tableName } from "../runner/submitted-run.ts";
import type { Reply } from "../world/claude/script.ts";
import { entries } from "../world/deployment.ts";
import { answering } from "./scripted-round.ts";
import { sourceText } from "./source-text.ts";

export interface Peak {
  /** Megabytes of the runner's own process; the tools and their commands are others. */
  peakMb: number;
}

const turns = 40;
const files = 20;
const fileChars = 28_000;
const lookEveryMs = 25;

/** The model reads four large files in each answer, changes one, and finishes. */
function answer(index: number): Reply {
  if (index === turns - 1)
    return {
      calls: [{ name: "write_file", input: { path: "src/new.ts", content: sourceText(1, fileChars) } }],
    };
  const paths = Array.from({ length: 4 }, (_, each) => `src/file-${(index * 4 + each) % files}.ts`);
  // Each time from another line, or it would be the same call again.
  return { calls: paths.map((name) => ({ name: "read_file", input: { path: name, offset: index + 1 } })) };
}

/** The environment must be that of the far ends. */
export async function measurePeak(): Promise<Peak> {
  const sources = Array.from({ length: files }, (_, file) => [
    `src/file-${file}.ts`,
    sourceText(file, fileChars),
  ]);
  const outside = await openOutside({
    script: answering(turns, answer),
    files: Object.fromEntries(sources) as Record<string, string>,
  });
  try {
    const { jobs } = openStore(tableName);
    const job = newJob();
    await submitRun(jobs, job);
    const child = spawn(process.execPath, [entries.runner], {
      env: { ...containerEnvironment(outside, job), LOG_LEVEL: "error" },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const ended = once(child, "exit");
    let peakKb = 0;
    const timer = setInterval(async () => {
      peakKb = Math.max(peakKb, await highWaterKb(child.pid));
    }, lookEveryMs);
    await ended;
    clearInterval(timer);
    const run = await jobs.readRun(job.id, 1);
    if (run?.outcome !== "changed")
      throw new Error(`the round ended ${run?.outcome}: ${run?.reason?.detail}`);
    return { peakMb: peakKb / 1024 };
  } finally {
    await outside.close();
  }
}

/** What the kernel remembers as the most that was resident; 0 once the process is gone. */
async function highWaterKb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
