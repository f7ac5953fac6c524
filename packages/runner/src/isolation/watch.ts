// Watches what the tools take of the machine, from outside, where none of their programs can stop it.
import { statfsSync } from "node:fs";
import { minFreeDiskBytes, toolMemoryShare, toolWatchMs } from "@cody/core/limits.ts";
import { processesOf, type UserProcess } from "../tools/left-behind.ts";

export interface Taken {
  processes: readonly UserProcess[];
  /** The process that answers tool calls. */
  toolProcess: number;
  freeDiskBytes: number;
  memoryBytes: number;
}

/** Why the tools have to be ended, in words for the model; undefined where they need not. Pure. */
export function excess({ processes, toolProcess, freeDiskBytes, memoryBytes }: Taken): string | undefined {
  const used = processes.reduce((sum, { privateBytes }) => sum + privateBytes, 0);
  const allowed = memoryBytes * toolMemoryShare;
  if (used > allowed)
    return `its processes took ${gigabytes(used)} GB of memory together, and may take ${gigabytes(allowed)}`;
  if (freeDiskBytes < minFreeDiskBytes) return "the disk is full; remove what was written";
  // A command can stop the process that would end it.
  const stopped = processes.some(({ pid, state }) => pid === toolProcess && /t/i.test(state));
  return stopped ? "it stopped the process of the tools" : undefined;
}

export interface Watched {
  user: number;
  toolProcess: number;
  /** A folder on the disk that the tools write to. */
  folder: string;
  memoryBytes: number;
  onExcess: (why: string) => void;
}

/** Looks again and again until it is told to end, or has found an excess. Returns how to end it. */
export function watchTools({ user, toolProcess, folder, memoryBytes, onExcess }: Watched): () => void {
  const look = () => {
    const { bavail, bsize } = statfsSync(folder);
    const processes = processesOf(user);
    return excess({ processes, toolProcess, freeDiskBytes: bavail * bsize, memoryBytes });
  };
  const timer = setInterval(() => {
    const why = orWhyNot(look);
    if (!why) return;
    clearInterval(timer);
    onExcess(why);
  }, toolWatchMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** What cannot be watched does not go on. */
function orWhyNot(look: () => string | undefined): string | undefined {
  try {
    return look();
  } catch (error) {
    return `what it takes of the machine could not be seen (${(error as Error).message})`;
  }
}

/** The memory that this process and its children may use together, in bytes: the container's, or the machine's. */
export function memoryOf({ totalBytes, limitBytes }: { totalBytes: number; limitBytes: number }): number {
  // Without a limit the system names none, or one that no machine could hold.
  return limitBytes > 0 && limitBytes < totalBytes ? limitBytes : totalBytes;
}

function gigabytes(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(1);
}
