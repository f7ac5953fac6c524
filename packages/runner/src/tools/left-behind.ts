// Ends processes that commands left behind, also those that went into a process group or session of their own.
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** The variable that everything started for the tools has in its environment. */
export const markVariable = "CODY_TOOLS";

/** A killed process is gone as soon as the system has freed its memory. */
const goneWithinMs = 5_000;
/** The dead count against the user's limit until the machine's first process has collected them. It may never do so. */
const collectedWithinMs = 2_000;
const lookAgainMs = 5;
/** Linux's list of processes lacks one, once in a thousand times, that is just becoming another program. */
const looksToBeSure = 2;

/**
 * Kills every process whose environment carries this mark, except `spared`, and waits until they are gone. Meanwhile one
 * may have started another, which is ended too; who goes on for longer does it on purpose. It reads Linux's process
 * table, and does nothing where there is none. A process that hides its environment escapes; that takes another user's
 * rights to prevent.
 */
export async function endLeftBehind(mark: string, spared: readonly number[]): Promise<void> {
  const started = performance.now();
  for (let looksWithout = 0; performance.now() - started < goneWithinMs; ) {
    const { carrying, becoming } = await marked(mark);
    const left = carrying.filter((pid) => !spared.includes(pid));
    for (const pid of left) kill(pid);
    looksWithout = left.length + becoming.length > 0 ? 0 : looksWithout + 1;
    if (looksWithout === looksToBeSure) return;
    await sleep(lookAgainMs);
  }
}

/**
 * Kills every process of the user this process runs as, except itself, and waits until they are gone. Nothing escapes:
 * the system signals all of them at once, and a process that is being killed cannot start another.
 */
export async function endOthersOf(user: number): Promise<void> {
  // As root this would end the whole machine, and as a person everything that person does.
  if (user === 0 || process.getuid?.() !== user || process.geteuid?.() !== user)
    throw new Error(`user ${user} is not the tools' own`);
  kill(-1);
  await untilGone(user, [process.pid]);
}

/** Waits until a user has no process left beside `spared`; throws where some cannot be ended. */
export async function untilGone(user: number, spared: readonly number[] = []): Promise<void> {
  const started = performance.now();
  for (;;) {
    const left = allOf(user).filter(({ pid }) => !spared.includes(pid));
    const alive = left.filter(isAlive);
    const waitedMs = performance.now() - started;
    if (left.length === 0 || (alive.length === 0 && waitedMs > collectedWithinMs)) return;
    if (alive.length > 0 && waitedMs > goneWithinMs)
      throw new Error(`processes of the tools could not be ended: ${alive.map(({ pid }) => pid).join(", ")}`);
    await sleep(lookAgainMs);
  }
}

export interface UserProcess {
  pid: number;
  /** As Linux writes it: `T` and `t` are stopped, `Z` and `X` are dead. */
  state: string;
  /** Memory that is its own, or was when it began. */
  privateBytes: number;
}

/** What runs as this user. */
export function processesOf(user: number): UserProcess[] {
  return allOf(user).filter(isAlive);
}

function isAlive({ state }: UserProcess): boolean {
  return !"ZX".includes(state);
}

/** Read at one go, so that it is as near to one moment as can be had. */
function allOf(user: number): UserProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    const status = /^\d+$/.test(name) ? statusOf(name) : "";
    const field = (wanted: string) => new RegExp(`^${wanted}:\\s+(.*)$`, "m").exec(status)?.[1] ?? "";
    const users = field("Uid").split("\t");
    if (!users.includes(String(user))) return [];
    const state = field("State").slice(0, 1);
    return [{ pid: Number(name), state, privateBytes: Number.parseInt(field("RssAnon"), 10) * 1024 || 0 }];
  });
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "latin1");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
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

async function marked(mark: string): Promise<{ carrying: number[]; becoming: number[] }> {
  if (process.platform !== "linux") return { carrying: [], becoming: [] };
  const names = await readdir("/proc");
  const pids = names.filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map(environmentOf));
  const those = (wanted: (environment: string[] | "becoming") => boolean) =>
    pids.filter((_, index) => wanted(environments[index] ?? [])).map(Number);
  return {
    carrying: those((environment) => environment.includes(`${markVariable}=${mark}`)),
    becoming: those((environment) => environment === "becoming"),
  };
}

/**
 * A process that is just becoming another program (execve) has memory and no environment yet: to take that for a
 * process without the mark would let it go.
 */
async function environmentOf(pid: string): Promise<string[] | "becoming"> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1");
    return environment === "" && !hasNone(pid) ? "becoming" : environment.split("\0");
  } catch {
    // Gone by now, or another user's: not ours in both cases.
    return [];
  }
}

/** Whether its environment is empty for good: it was started with none, or it has no memory, for it is dead or the system's. */
function hasNone(pid: string): boolean {
  if (!/^VmSize:/m.test(statusOf(pid))) return true;
  // The name in front is in brackets and may hold anything; env_start and env_end are fields 50 and 51 (proc_pid_stat(5)).
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  const [start, end] = [fields[47], fields[48]];
  return start === end && end !== "0";
}
