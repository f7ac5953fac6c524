// Ends processes together with everything they started, and lets none of them outlive this one.
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Sends a signal to a process, or to a group when `pid` is negative. One that is gone already is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Kills a process, its group and all its descendants, those that made a group of their own too (Linux only). */
export function killTree(pid: number): void {
  sendSignal(-pid, "SIGSTOP");
  const family = descendants(pid);
  sendSignal(-pid, "SIGKILL");
  for (const member of [pid, ...family]) sendSignal(member, "SIGKILL");
}

/** False for a process that is gone, and for one that is dead but not yet collected by its parent. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" "))
      .filter((child) => child !== "")
      .map(Number);
  } catch {
    // Gone meanwhile, or a system without /proc: then only the group is known.
    return [];
  }
}

// Stopped first, or a process could end or fork while its family is counted. The shell's own words only: every
// program it had to start would take time in which something gets away. Loop variables are global in sh, so a child
// is printed before going down to its own.
const GUARD = `
tree() {
  for file in /proc/$1/task/*/children; do
    list=
    read -r list < $file
    for child in $list; do echo $child; tree $child; done
  done
}
read -r end_of_parent
kill -s STOP -- -$0
family=$(tree $0)
kill -s KILL -- -$0
kill -s KILL $0 $family
`;

/**
 * Makes a child started with `detached: true` a container for all it starts: its group is killed when it ends, and
 * all its descendants are when this process ends, however that ends. A process that is stopped (SIGSTOP) cannot
 * notice the latter by itself, so a shell watches: its standard input is a pipe only this process holds, and the
 * kernel closes that even after SIGKILL.
 */
export function contain(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  const guard = spawn("/bin/sh", ["-c", GUARD, String(pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    // A group of its own, so that Ctrl-C in a terminal does not end the guard before its work.
    detached: true,
    env: {},
  });
  guard.unref();
  child.once("exit", () => {
    guard.kill("SIGKILL");
    sendSignal(-pid, "SIGKILL");
  });
}

/** False once the system has told that a child ended. */
export function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
