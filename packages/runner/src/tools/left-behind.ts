// Ends processes that commands left behind, also those that went into a process group or session of their own.
import { readdir, readFile } from "node:fs/promises";

/** The variable that everything started for the tools has in its environment. */
export const markVariable = "CODY_TOOLS";

/** A process may start another while it is looked for; a few rounds end any that does so in good faith. */
const maxRounds = 20;

/**
 * Kills every process whose environment carries this mark, except `spared`. It reads Linux's process table, and does
 * nothing where there is none. A process that hides its environment escapes; that takes another user's rights to prevent.
 */
export async function endLeftBehind(mark: string, spared: readonly number[]): Promise<void> {
  for (let round = 0; round < maxRounds; round += 1) {
    const left = (await marked(mark)).filter((pid) => !spared.includes(pid));
    if (left.length === 0) return;
    for (const pid of left) kill(pid);
  }
}

/** Kills a process, or with a negative number its group, if it is still there. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function marked(mark: string): Promise<number[]> {
  if (process.platform !== "linux") return [];
  const names = await readdir("/proc");
  const pids = names.filter((name) => /^\d+$/.test(name));
  const matches = await Promise.all(pids.map((pid) => carries(pid, `${markVariable}=${mark}`)));
  return pids.filter((_, index) => matches[index]).map(Number);
}

async function carries(pid: string, variable: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/environ`, "latin1")).split("\0").includes(variable);
  } catch {
    // Gone by now, or another user's: not ours in both cases.
    return false;
  }
}
