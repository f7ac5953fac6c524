// The far end of runner-host.ts: starts it with keys in its environment, and looks at everything the tools answer.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { ToolResult } from "@cody/core/ports/workspace.ts";
import type { Run } from "@cody/core/schema.ts";
import { processesOf, type UserProcess } from "../../packages/runner/src/tools/left-behind.ts";
import { leakFinder, newCanaries } from "./canaries.ts";
import { newToolUser } from "./tool-user.ts";

export interface HostSettings {
  folder: string;
  /** The tools' user; undefined: none of their own. */
  uid?: number;
  memoryBytes: number;
}

export interface HostOrder {
  id: number;
  order: "run" | "diff" | "denied";
  name?: string;
  input?: unknown;
}

export interface Host {
  /** What the isolation is called. */
  words: string;
  pid: number;
  /** The work tree, and the folder in which it lies. */
  tree: string;
  folder: string;
  /** Calls a tool. Throws where the answer holds a piece of a key, which no answer may. */
  run(name: string, input: unknown): Promise<ToolResult>;
  /** Runs a command, and returns what it printed and how it ended. */
  sh(command: string, timeoutSeconds?: number): Promise<string>;
  /** How many processes of the tools are alive where trusted git reads the tree. */
  diff(): Promise<number>;
  denied(): Promise<NonNullable<Run["denied"]>>;
  /** What runs as the tools' user now. */
  processes(): UserProcess[];
  isAlive(): boolean;
  close(): Promise<void>;
}

/** Starts a runner with canaries in its environment. */
export async function openHost({ memoryBytes = 8 * 1024 ** 3, isolated = true } = {}): Promise<Host> {
  const folder = await mkdtemp(path.join(tmpdir(), "cody-attack-"));
  await chmod(folder, 0o711);
  const canaries = newCanaries();
  const leaksIn = leakFinder(Object.values(canaries));
  const { uid } = newToolUser();
  const place = path.join(folder, "run");
  const settings: HostSettings = { folder: place, uid: isolated ? uid : undefined, memoryBytes };
  const program = path.join(import.meta.dirname, "runner-host.ts");
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], {
    env: { PATH: process.env.PATH, ...canaries },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (data) => (said += data));
  const ended = once(child, "close");
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  const words = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { ready, id, result, error } = JSON.parse(line);
      if (ready) resolve(ready);
      else if (error) waiting.get(id)?.reject(new Error(error));
      else waiting.get(id)?.resolve(result);
    });
    void ended.then(() => reject(new Error(`the host ended: ${said}`)));
  });
  let orders = 0;
  const ask = (order: Omit<HostOrder, "id">) =>
    new Promise<unknown>((resolve, reject) => {
      orders += 1;
      waiting.set(orders, { resolve, reject });
      void ended.then(() => reject(new Error(`the host ended: ${said}`)));
      child.stdin.write(`${JSON.stringify({ ...order, id: orders })}\n`);
    });
  const run = async (name: string, input: unknown) => {
    const result = (await ask({ order: "run", name, input })) as ToolResult;
    const leaks = leaksIn(JSON.stringify(result));
    if (leaks.length > 0) throw new Error(`${name} gave ${leaks.length} pieces of keys away: ${result.text}`);
    return result;
  };
  return {
    words,
    pid: child.pid ?? 0,
    tree: path.join(place, "tree"),
    folder: place,
    run,
    sh: async (command, timeoutSeconds = 10) => (await run("run_command", { command, timeoutSeconds })).text,
    diff: async () => (await ask({ order: "diff" })) as number,
    denied: async () => (await ask({ order: "denied" })) as NonNullable<Run["denied"]>,
    processes: () => processesOf(uid),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async close() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(timer);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
