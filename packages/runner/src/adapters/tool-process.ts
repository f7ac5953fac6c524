// Starts the process in which all tools work, and speaks with it; it gets an environment made from nothing.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Log } from "@cody/core/log.ts";
import type { ToolProcess, ToolResult } from "@cody/core/ports.ts";
import { endLeftBehind, kill, markVariable } from "../tools/left-behind.ts";
import { toolAnswerSchema } from "../tools/messages.ts";

const program = fileURLToPath(new URL("../tools/process.ts", import.meta.url));

/** A command can kill the process it runs under; one that does so again and again is not humoured. */
const maxStarts = 5;

interface ToolProcessOptions {
  /** Where the tools work. */
  tree: string;
  /** Where their home, their temporary files and long outputs go; beside the tree. */
  folder: string;
  /** The search path and the language, the only things taken over from the runner's own environment. */
  inherited: { PATH: string; LANG?: string };
  /** When the round has to be over, in milliseconds since 1970. */
  deadline: number;
  now: () => number;
  log: Log;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** The tools as a process of their own: the same for a round, started anew if it dies. */
export function makeToolProcess(options: ToolProcessOptions): ToolProcess {
  const mark = randomUUID();
  const waiting = new Map<number, (result: ToolResult) => void>();
  let child: Child | undefined;
  let starts = 0;
  let calls = 0;

  async function start(): Promise<Child> {
    starts += 1;
    if (starts > maxStarts) throw new Error(`the tool process died ${maxStarts} times`);
    // What the last one was running when it was killed is still there.
    await endLeftBehind(mark, []);
    const started = await launch(options, mark);
    child = started;
    createInterface({ input: started.stdout }).on("line", (line) => {
      const { id, ...result } = toolAnswerSchema.parse(JSON.parse(line));
      waiting.get(id)?.(result);
    });
    started.stderr.on("data", (data) => options.log.warn("The tool process says", { words: String(data) }));
    // Writing to a process that just died fails; its end, below, tells the callers.
    started.stdin.on("error", (error) =>
      options.log.debug("The tool process takes no more calls", { error }),
    );
    started.once("exit", (code, signal) => {
      child = undefined;
      starting = undefined;
      options.log.info("The tool process ended", { code, signal });
      for (const tell of waiting.values()) tell(died);
    });
    return started;
  }

  // Ready by the time the model has thought of its first call. A failure is told to whoever makes that call.
  let starting: Promise<Child> | undefined = start();
  starting.catch((error: unknown) => options.log.error("The tool process did not start", { error }));

  return {
    async run(name, input, signal) {
      if (signal.aborted) return interrupted;
      starting ??= start();
      const running = await starting;
      calls += 1;
      const id = calls;
      return new Promise<ToolResult>((resolve) => {
        const settle = (result: ToolResult) => {
          waiting.delete(id);
          signal.removeEventListener("abort", giveUp);
          resolve(result);
        };
        const giveUp = () => settle(interrupted);
        waiting.set(id, settle);
        signal.addEventListener("abort", giveUp);
        const timeLeftMs = Math.max(0, options.deadline - options.now());
        running.stdin.write(`${JSON.stringify({ id, name, input, timeLeftMs })}\n`);
      });
    },
    async close() {
      await starting;
      const ended = child && new Promise((resolve) => child?.once("exit", resolve));
      if (child?.pid !== undefined) kill(-child.pid);
      await ended;
      await endLeftBehind(mark, []);
    },
  };
}

const interrupted: ToolResult = {
  text: "Interrupted before it was done. Look at the state of things before you go on.",
  isError: true,
};

const died: ToolResult = {
  text: "The process of the tools was killed, by this call or for want of memory. A new one is ready; try something smaller.",
  isError: true,
};

async function launch({ tree, folder, inherited }: ToolProcessOptions, mark: string): Promise<Child> {
  const home = path.join(folder, "home");
  const temporary = path.join(folder, "tmp");
  const output = path.join(folder, "output");
  for (const each of [home, temporary, output]) await mkdir(each, { recursive: true });
  const env = {
    PATH: inherited.PATH,
    LANG: inherited.LANG ?? "C.UTF-8",
    HOME: home,
    TMPDIR: temporary,
    CI: "1",
    TERM: "dumb",
    NO_COLOR: "1",
    PAGER: "cat",
    GIT_PAGER: "cat",
    GIT_TERMINAL_PROMPT: "0",
    PIP_PROGRESS_BAR: "off",
    TQDM_DISABLE: "1",
    [markVariable]: mark,
  };
  // This is the one place where the tools get their identity: a user of their own belongs into these options.
  const child = spawn(process.execPath, [program, output], {
    cwd: tree,
    env,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  await once(child, "spawn");
  return child;
}
