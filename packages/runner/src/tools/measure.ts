// Measures from inside the tool process what it can reach, so that isolation is what was tried and not what was set.
import { accessSync, closeSync, constants, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import * as z from "zod";

/** The name under which the runner asks for it; no tool of the model's has it. */
export const measureName = "measure";

export const measureInput = z.object({
  /** The process of the runner. */
  runner: z.int(),
  /** Files and folders that must not be readable. */
  closed: z.array(z.string()),
  /** Folders in which the tools have to work. */
  needed: z.array(z.string()),
  /** A port on 127.0.0.1 on which something listens. */
  port: z.int(),
});

export const measuredSchema = z.object({
  user: z.int(),
  group: z.int(),
  groups: z.array(z.int()),
  /** Whether no program can give it more rights than it has. */
  noNewPrivileges: z.boolean(),
  /** All of its sets of capabilities together, as Linux writes them. */
  capabilities: z.string(),
  /** Whether a filter of system calls is in force, anybody's. */
  filtered: z.boolean(),
  maxThreads: z.number().nullable(),
  maxFileBytes: z.number().nullable(),
  readable: z.array(z.string()),
  unusable: z.array(z.string()),
  maySignalRunner: z.boolean(),
  /** Whether it can open a connection itself, without the proxy. */
  mayConnect: z.boolean(),
});
export type Measured = z.infer<typeof measuredSchema>;

/** What this process can do. On Linux only, for it reads the process table. */
export async function measure(input: unknown): Promise<Measured> {
  const { runner, closed, needed, port } = measureInput.parse(input);
  const status = readFileSync("/proc/self/status", "utf8");
  const sets = [...status.matchAll(/^Cap(?:Inh|Prm|Eff|Bnd|Amb):\s+([0-9a-f]+)$/gm)];
  const all = sets.reduce((sum, [, set = "0"]) => sum | BigInt(`0x${set}`), 0n);
  const limits = readFileSync("/proc/self/limits", "utf8");
  return {
    user: process.getuid?.() ?? 0,
    group: process.getgid?.() ?? 0,
    groups: process.getgroups?.() ?? [],
    noNewPrivileges: /^NoNewPrivs:\s+1$/m.test(status),
    capabilities: all.toString(16),
    filtered: /^Seccomp:\s+2$/m.test(status),
    maxThreads: limitIn(limits, "Max processes"),
    maxFileBytes: limitIn(limits, "Max file size"),
    readable: closed.filter((path) => can(() => closeSync(openSync(path, "r")))),
    unusable: needed.filter((path) => !can(() => accessSync(path, constants.W_OK | constants.X_OK))),
    maySignalRunner: can(() => process.kill(runner, 0)),
    mayConnect: await canConnect(port),
  };
}

function can(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    // Whatever the reason: it cannot.
    return false;
  }
}

/** The limit that cannot be raised again; null where there is none. */
function limitIn(limits: string, name: string): number | null {
  const [, hard = ""] = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, "m").exec(limits) ?? [];
  return /^\d+$/.test(hard) ? Number(hard) : null;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}
