// Stands in for a job's container: a process with nothing but the given environment, whose end ends all it started.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { pause } from "./pause.ts";
import { contain, isRunning, killTree } from "./processes.ts";

export interface ContainerExit {
  /** 128 plus the signal's number for a process that was killed; none when it never ran. */
  exitCode?: number;
  reason?: string;
}

export interface Container {
  pid: number | undefined;
  exited: Promise<ContainerExit>;
  /** SIGTERM to the main process alone, as for PID 1; after the time, SIGKILL to everything. */
  stop(timeoutMs: number): void;
  /** SIGKILL to everything, at once. */
  kill(): void;
}

/** Output that something out of reach still holds open is not waited for longer than this. */
const MAX_DRAIN_MS = 1_000;

export function startContainer(options: {
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  cwd: string;
  onLine: (line: string) => void;
}): Container {
  const [program, ...args] = options.command;
  // The system knows no program without a name; Node would throw instead of failing to start it.
  const child = spawn(program || "''", args, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  contain(child);
  const drained = Promise.all(
    [child.stdout, child.stderr].map((output) => readLines(output, options.onLine)),
  );
  let timer: NodeJS.Timeout | undefined;

  function kill(): void {
    if (child.pid !== undefined && isRunning(child)) killTree(child.pid);
  }

  return {
    pid: child.pid,
    exited: exitOf(child).then(async (exit) => {
      clearTimeout(timer);
      const waiting = new AbortController();
      await Promise.race([drained, pause(MAX_DRAIN_MS, waiting.signal)]);
      waiting.abort();
      return exit;
    }),
    stop(timeoutMs) {
      if (!isRunning(child)) return;
      child.kill("SIGTERM");
      timer = setTimeout(kill, timeoutMs);
    },
    kill,
  };
}

function exitOf(child: ChildProcess): Promise<ContainerExit> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      if (child.pid === undefined) resolve({ reason: `CannotStartContainerError: ${error.message}` });
    });
    child.once("exit", (code, signal) => {
      resolve({ exitCode: code ?? (signal ? 128 + constants.signals[signal] : 1) });
    });
  });
}

function readLines(output: ChildProcess["stdout"], onLine: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    if (!output) return resolve();
    createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY })
      .on("line", onLine)
      .once("close", resolve);
  });
}
