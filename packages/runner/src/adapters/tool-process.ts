// The tools as the rest of the runner knows them: one call, one result, whatever becomes of the process behind it.
import { totalmem } from "node:os";
import type { Log } from "@cody/core/log.ts";
import type { ToolProcess, ToolResult } from "@cody/core/ports/workspace.ts";
import { runCommand } from "../tools/run-command.ts";
import { Confinement } from "./confinement.ts";
import type { ToolChannel } from "./tool-channel.ts";

/** A command can kill the process it runs under; one that does so again and again is not humoured. */
const maxDeaths = 5;
/** Longer than the longest command; whatever takes longer hangs. */
const maxCallMs = 11 * 60_000;

interface ToolProcessOptions {
  /** Where the tools work. */
  tree: string;
  /** Where their home, their temporary files and long outputs go; beside the tree. */
  folder: string;
  /** The search path and the language, the only things taken over from the runner's own environment. */
  inherited: { PATH: string; LANG?: string };
  /** Left out: they run as this process's own user, commands and all. */
  confinement?: Confinement;
  /** When the round has to be over, in milliseconds since 1970. */
  deadline: number;
  now: () => number;
  log: Log;
}

/** The tools as a process of their own: the same for a round, started anew whenever it is gone. */
export function makeToolProcess(options: ToolProcessOptions): ToolProcess {
  const { tree, deadline, now, log } = options;
  const confinement =
    options.confinement ?? new Confinement({ ...options, commands: true, memoryBytes: totalmem() });
  let deaths = 0;
  let isClosed = false;
  let current: ToolChannel | undefined;
  // Ready by the time the model has thought of its first call. A failure is told to whoever makes that call.
  let starting = begin();

  function begin(): Promise<ToolChannel> {
    const started = start();
    started.catch((error: unknown) => log.error("The tool process did not start", { error }));
    return started;
  }

  async function start(): Promise<ToolChannel> {
    const channel = await open();
    current = channel;
    void channel.ended.then(() => {
      current = undefined;
      if (!confinement.isEnding) deaths += 1;
      if (!isClosed) starting = begin();
    });
    return channel;
  }

  async function open(): Promise<ToolChannel> {
    for (;;) {
      if (deaths >= maxDeaths) throw new Error(`the tool process died ${maxDeaths} times`);
      try {
        return await confinement.open(tree);
      } catch (error) {
        deaths += 1;
        if (deaths >= maxDeaths || isClosed) throw error;
        log.warn("The tool process did not start and is tried again", { error });
      }
    }
  }

  return {
    async run(name, input, signal) {
      if (signal.aborted) return interrupted;
      if (name === runCommand.name && !confinement.commands) return commandsOff;
      const timeLeftMs = Math.max(0, deadline - now());
      if (name === runCommand.name) await confinement.touch();
      const channel = await starting;
      const patience = AbortSignal.any([signal, AbortSignal.timeout(maxCallMs)]);
      const answer = await channel.ask({ name, input, timeLeftMs }, patience);
      if (answer) return { text: answer.text, isError: answer.isError };
      if (signal.aborted) return interrupted;
      // Nothing more can come of what it was doing.
      if (patience.aborted) await confinement.endAll();
      return died(confinement.takeExcess());
    },
    async close() {
      isClosed = true;
      await Promise.allSettled([starting]);
      const ended = current?.ended;
      await confinement.endAll();
      await ended;
    },
  };
}

const interrupted: ToolResult = {
  text: "Interrupted before it was done. Look at the state of things before you go on.",
  isError: true,
};

const commandsOff: ToolResult = {
  text: "Commands are off on this machine, because they could not be kept apart from the runner. Work with the other tools, and say when you finish that nothing could be run.",
  isError: true,
};

function died(why = "by this call or for want of memory"): ToolResult {
  const text = `The process of the tools was killed: ${why}. A new one is ready; try something smaller.`;
  return { text, isError: true };
}
