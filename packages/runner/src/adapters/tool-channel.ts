// One tool process: started, spoken to line by line, and not believed anything that it should not say.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@cody/core/log.ts";
import { kill } from "../tools/left-behind.ts";
import { readyId, type ToolAnswer, type ToolRequest, toolAnswerSchema } from "../tools/messages.ts";

export interface ChannelOptions {
  file: string;
  args: readonly string[];
  env: Record<string, string>;
  cwd: string;
  log: Log;
}

/** Results are cut to 51,000 characters, each of which takes six at most in JSON. */
const maxLineChars = 1024 * 1024;
/** What the process says beside its answers goes to the log, which is not endless. */
const maxSaid = 20;
const maxSaidChars = 2_000;
/** A process that is not ready by then never will be. */
const startMs = 20_000;
/** The system ends what has the most points here before anything else when memory runs out. */
const firstToGo = "1000";

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** A command runs as the same user as this process and can make it say anything, so its words are checked and bounded. */
export class ToolChannel {
  readonly pid: number;
  /** Settles when the process is gone, with what it said last beside its answers. */
  readonly ended: Promise<string>;
  readonly #child: Child;
  readonly #log: Log;
  readonly #waiting = new Map<number, (answer: ToolAnswer | undefined) => void>();
  /** Whether it got ready for calls; false where it ended first. */
  readonly #ready: Promise<boolean>;
  #isOver = false;
  #calls = 0;
  #rest = "";
  #said: string[] = [];

  /** Settles when the process is ready for calls; rejects with its own words where it does not get there. */
  static async open({ file, args, env, cwd, log }: ChannelOptions): Promise<ToolChannel> {
    const child = spawn(file, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
    await once(child, "spawn");
    const channel = new ToolChannel(child, log);
    if (process.platform === "linux") await channel.#offerToSystem();
    if (await channel.#becomesReady()) return channel;
    channel.kill();
    throw new Error(`the tool process did not start: ${lastWords(await channel.ended)}`);
  }

  private constructor(child: Child, log: Log) {
    if (child.pid === undefined) throw new Error("the tool process did not start");
    this.pid = child.pid;
    this.#child = child;
    this.#log = log;
    child.stdout.setEncoding("utf8").on("data", (text: string) => this.#take(text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#note(text));
    // Writing to a process that just died fails; its end, below, tells the callers.
    child.stdin.on("error", (error) => log.debug("The tool process takes no more calls", { error }));
    this.#ready = new Promise((resolve) => {
      this.#waiting.set(readyId, (answer) => resolve(answer !== undefined));
    });
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        log.info("The tool process ended", { code, signal });
        this.#isOver = true;
        for (const tell of this.#waiting.values()) tell(undefined);
        this.#waiting.clear();
        resolve(this.#said.join("").trim());
      });
    });
  }

  /** The answer to a call; undefined where the process ends first, or `signal` is aborted. */
  ask(call: Omit<ToolRequest, "id">, signal?: AbortSignal): Promise<ToolAnswer | undefined> {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve) => {
      const settle = (answer: ToolAnswer | undefined) => {
        this.#waiting.delete(id);
        signal?.removeEventListener("abort", giveUp);
        resolve(answer);
      };
      const giveUp = () => settle(undefined);
      if (this.#isOver || signal?.aborted) return giveUp();
      this.#waiting.set(id, settle);
      signal?.addEventListener("abort", giveUp);
      this.#child.stdin.write(`${JSON.stringify({ ...call, id })}\n`);
    });
  }

  /** Without threads to be had Node waits for ever while it starts, so this has an end. */
  #becomesReady(): Promise<boolean> {
    return Promise.race([this.#ready, sleep(startMs, false, { ref: false })]);
  }

  /** Kills it and what is in its process group. */
  kill(): void {
    kill(-this.pid);
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#hear(line);
    if (this.#rest.length > maxLineChars) this.#distrust("a line without an end");
  }

  #hear(line: string): void {
    const answer = answerIn(line);
    if (answer) this.#waiting.get(answer.id)?.(answer);
    else this.#distrust("a line that is no answer");
  }

  #distrust(what: string): void {
    this.#log.warn("The tool process said what it should not, and is killed", { what });
    this.#rest = "";
    this.#child.stdout.removeAllListeners("data").resume();
    this.kill();
  }

  #note(text: string): void {
    if (this.#said.length >= maxSaid) return;
    const words = text.slice(0, maxSaidChars);
    this.#said.push(words);
    this.#log.warn("The tool process says", { words });
  }

  async #offerToSystem(): Promise<void> {
    try {
      await writeFile(`/proc/${this.pid}/oom_score_adj`, firstToGo);
    } catch (error) {
      this.#log.warn("The tools are not the first to go when memory runs out", { error });
    }
  }
}

function lastWords(said: string): string {
  return (
    said
      .split("\n")
      .find((line) => /\S/.test(line))
      ?.trim()
      .slice(0, 300) ?? "it said nothing"
  );
}

function answerIn(line: string): ToolAnswer | undefined {
  try {
    return toolAnswerSchema.safeParse(JSON.parse(line)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
