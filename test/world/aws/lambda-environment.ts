// One execution environment of a function: a child process that is frozen whenever it has nothing to answer.
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Credentials, environmentWith } from "./client-settings.ts";
import type { Invocation, RuntimeError, RuntimeMessage } from "./lambda-runtime.ts";
import { contain, isRunning, killTree, sendSignal } from "./processes.ts";

export interface EnvironmentSettings {
  name: string;
  entry: string;
  env: Readonly<Record<string, string>>;
  credentials: Credentials;
  timeoutMs: number;
  /** For loading the module; AWS gives ten seconds. */
  initTimeoutMs: number;
  log: (line: string) => void;
}

export type Outcome = { result: string } | { error: RuntimeError };

export interface ExecutionEnvironment {
  /** Answers one event; the next may be given only after that. */
  invoke(event: string): Promise<Outcome>;
  /** False once the process is gone or good for nothing. */
  usable(): boolean;
  close(): Promise<void>;
}

const RUNTIME = fileURLToPath(new URL("./lambda-runtime.ts", import.meta.url));

/** Starts the process; its module loads while the first event waits, as in a cold start. */
export function startEnvironment(settings: EnvironmentSettings): ExecutionEnvironment {
  const child = fork(RUNTIME, [settings.entry], {
    cwd: path.dirname(settings.entry),
    env: variables(settings),
    // vitest and others put loaders here that do not belong to the function.
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own, so that freezing stops whatever the function started too.
    detached: true,
  });
  contain(child);
  const printed = [child.stdout, child.stderr].map((output) => forwardLines(output, settings.log));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let usable = true;
  let frozen = false;
  child.once("exit", () => {
    usable = false;
  });

  function setFrozen(wanted: boolean): void {
    if (!child.pid || frozen === wanted || !usable) return;
    sendSignal(-child.pid, wanted ? "SIGSTOP" : "SIGCONT");
    frozen = wanted;
  }

  async function kill(): Promise<void> {
    usable = false;
    if (child.pid !== undefined && isRunning(child)) {
      killTree(child.pid);
      await ended;
    }
    await Promise.all(printed);
  }

  /** The next message, or what Lambda says when none came: the time was up, or the process ended. */
  function listen(requestId: string, timeoutMs: number): Promise<RuntimeMessage> {
    return new Promise((resolve) => {
      const failed = (errorType: string, text: string) =>
        finish({
          kind: "error",
          requestId,
          error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${text}` },
        });
      const onMessage = (message: RuntimeMessage) => finish(message);
      const onExit = (code: number | null, signal: NodeJS.Signals | null) => {
        const report = () => failed("Runtime.ExitError", exitText(code, signal));
        // Its last words may still be on their way.
        if (child.connected) child.once("disconnect", report);
        else setImmediate(report);
      };
      const timer = setTimeout(() => {
        usable = false;
        failed("Sandbox.Timedout", `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
      }, timeoutMs);
      function finish(message: RuntimeMessage): void {
        clearTimeout(timer);
        child.off("message", onMessage).off("exit", onExit);
        resolve(message);
      }
      child.on("message", onMessage).on("exit", onExit);
    });
  }

  let ready: Promise<RuntimeMessage> | undefined = listen(randomUUID(), settings.initTimeoutMs);

  return {
    usable: () => usable,
    async invoke(event) {
      const requestId = randomUUID();
      setFrozen(false);
      let message = await (ready ?? ({ kind: "ready" } as const));
      ready = undefined;
      if (message.kind === "ready") {
        const answer = listen(requestId, settings.timeoutMs);
        const invocation: Invocation = { requestId, event, deadline: Date.now() + settings.timeoutMs };
        child.send(invocation, () => {
          // Not sent means gone, and the exit is what gets reported.
        });
        message = await answer;
        if (message.kind === "unusable") usable = false;
      } else {
        usable = false;
      }
      if (usable) setFrozen(true);
      else await kill();
      return message.kind === "result" ? { result: message.result } : { error: errorOf(message) };
    },
    close: kill,
  };
}

function errorOf(message: RuntimeMessage): RuntimeError {
  if ("error" in message) return message.error;
  return { errorType: "Runtime.Unknown", errorMessage: `The runtime answered with "${message.kind}".` };
}

function exitText(code: number | null, signal: NodeJS.Signals | null): string {
  if (code === 0) return "Runtime exited without providing a reason";
  return `Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${code}`}`;
}

/** Passes every line on, and resolves when the process has closed its output. */
async function forwardLines(output: ChildProcess["stdout"], log: (line: string) => void): Promise<void> {
  if (!output) return;
  const lines = createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on("line", log);
  await once(lines, "close");
}

/** All that a function finds in its environment. HOME, for one, is not there. */
function variables({ name, entry, env, credentials }: EnvironmentSettings): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    _HANDLER: "index.handler",
    LAMBDA_TASK_ROOT: path.dirname(entry),
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${new Date().toISOString().slice(0, 10).replaceAll("-", "/")}/[$LATEST]${randomUUID().replaceAll("-", "")}`,
    AWS_SESSION_TOKEN: "local",
    ...environmentWith(credentials),
    ...env,
  };
}
