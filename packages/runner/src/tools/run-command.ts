// The tool that runs a shell command: a fresh process group each time, and nothing of it left when it is over.
import { spawn } from "node:child_process";
import path from "node:path";
import * as z from "zod";
import { CommandOutput } from "./command-output.ts";
import { defineTool, type ToolContext } from "./define-tool.ts";
import { endLeftBehind, endOthersOf, kill, markVariable } from "./left-behind.ts";
import { maxResultChars } from "./truncate.ts";

const defaultSeconds = 120;
const maxSeconds = 600;
/** Leaves the round the time to commit and push what was done. */
const shareOfTimeLeft = 0.9;
/** What ended processes had written is in the pipe already, at most 64 KB of it. */
const drainMs = 2_000;
/** Room in the result for the line that says how the command ended. */
const endingChars = 400;

export const runCommand = defineTool({
  name: "run_command",
  description:
    "Runs a bash command in the repository's root and shows its output and exit code. Each call is a new shell without input; " +
    `nothing survives it: no directory, variable or background process. Ended after ${defaultSeconds} s unless timeoutSeconds says more (at most ${maxSeconds}).`,
  input: z.object({
    command: z.string().min(1),
    timeoutSeconds: z.int().min(1).max(maxSeconds).optional(),
  }),
  readOnly: false,
  doing: ({ command }) => `running ${command}`,
  async run({ command, timeoutSeconds = defaultSeconds }, context) {
    const timeoutMs = Math.min(timeoutSeconds * 1_000, context.timeLeftMs * shareOfTimeLeft);
    const { output, ending } = await runInGroup(command, timeoutMs, context);
    return `${output}${output === "" || output.endsWith("\n") ? "" : "\n"}(${ending})`;
  },
});

let runs = 0;

async function runInGroup(command: string, timeoutMs: number, context: ToolContext) {
  runs += 1;
  const file = path.join(context.outputFolder, `command-${process.pid}-${runs}.txt`);
  const output = new CommandOutput(file, maxResultChars - endingChars);
  // One pipe for both streams keeps their lines in order.
  const child = spawn("/bin/bash", ["-c", `exec 2>&1\n${command}`], {
    cwd: context.root,
    env: context.environment,
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  let timedOut = false;
  const endGroup = () => child.pid !== undefined && kill(-child.pid);
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup();
  }, timeoutMs);
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      // What still runs in the background holds the pipe open; it is not waited for.
      endAll(endGroup, context).then(() => resolve({ code, signal }), reject);
    });
  });
  const drained = (async () => {
    for await (const piece of child.stdout) await output.add(piece as Buffer);
  })();
  // A process that escaped would hold the pipe open for as long as it likes; what it writes from here on is not wanted.
  const closeLater = ended.then(() => setTimeout(() => child.stdout.destroy(), drainMs).unref());
  // Together, because a shell that cannot be started fails all of them.
  const [{ code, signal }] = await Promise.all([ended, drained.catch(unlessClosed), closeLater]);
  const seconds = Math.round(timeoutMs / 1_000);
  const ending = timedOut
    ? `ended after ${seconds} s, before it was done; give timeoutSeconds, or run less at a time`
    : signal
      ? `killed by ${signal}`
      : `exit code ${code}`;
  return { output: await output.text(), ending };
}

function unlessClosed(error: NodeJS.ErrnoException) {
  if (error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
}

async function endAll(endGroup: () => void, { environment, ownUser }: ToolContext): Promise<void> {
  endGroup();
  if (ownUser !== undefined) return endOthersOf(ownUser);
  const mark = environment[markVariable];
  if (mark) await endLeftBehind(mark, [process.pid]);
}
