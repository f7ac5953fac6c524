// The isolation of a round's tools: begun and measured before anything else, and kept until the round is over.
import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failed } from "@cody/core/failure.ts";
import type { Log } from "@cody/core/log.ts";
import type { ToolProcess, Workspace } from "@cody/core/ports/workspace.ts";
import type { Denied } from "../isolation/denials.ts";
import { isolationWords, shortcomings } from "../isolation/judgement.ts";
import type { ToolUser } from "../isolation/launch.ts";
import type { NetworkPolicy } from "../isolation/network-policy.ts";
import { startToolProxy, type ToolProxy } from "../isolation/proxy.ts";
import { closedFolder, launcherOptions, openTemporary } from "../isolation/user.ts";
import { type Measured, measuredSchema, measureName } from "../tools/measure.ts";
import { Confinement, type ConfinementOptions, toolProgram } from "./confinement.ts";
import { makeToolProcess } from "./tool-process.ts";

export interface IsolationOptions {
  /** Undefined: none is wanted, and the tools run as the runner's own user. */
  user: ToolUser | undefined;
  /** Whether commands run; without a user of the tools' own that is somebody's decision. */
  commands: boolean;
  policy: NetworkPolicy;
  /** A folder that is this round's alone; the tree and the folders of the tools lie in it. */
  folder: string;
  inherited: { PATH: string; LANG?: string };
  /** What the runner and its tools may use together. */
  memoryBytes: number;
  now: () => number;
  log: Log;
}

export interface Isolation {
  /**
   * Sets it up, tries it, and returns what came of it in a few words. Throws `isolation-missing` where it is less than
   * what is configured. Comes before the others.
   */
  begin(): Promise<string>;
  startTools(wanted: { tree: string; deadline: number }): ToolProcess;
  /** The same workspace, whose trusted git finds nothing alive that a command could have started or changed. */
  guarded(workspace: Workspace): Workspace;
  /** Hosts that were refused to the tools, most often refused first. */
  denied(): Denied[];
  close(): Promise<void>;
}

/** A process that does not answer by then never will. */
const measureMs = 60_000;

export function makeIsolation(options: IsolationOptions): Isolation {
  const { user, commands, policy, folder, inherited, memoryBytes, now, log } = options;
  const places = path.join(folder, "tools");
  let begun: { proxy: ToolProxy; confinement: Confinement } | undefined;

  function known() {
    if (!begun) throw new Error("the isolation of the tools was not begun");
    return begun;
  }

  async function begin(): Promise<string> {
    const proxy = await startToolProxy({ policy, log });
    const base = { folder: places, inherited, commands, proxyUrl: proxy.url, memoryBytes, log };
    if (!user) {
      begun = { proxy, confinement: new Confinement(base) };
      return isolationWords({ commands, network: policy.network });
    }
    try {
      const made = await confine({ ...base, user }, { folder, port: proxy.port, network: policy.network });
      begun = { proxy, confinement: made.confinement };
      log.info("The tools are isolated", { ...made.measured });
      return isolationWords({ measured: made.measured, commands: true, network: policy.network });
    } catch (error) {
      await proxy.close();
      throw error;
    }
  }

  return {
    begin,
    startTools: (wanted) =>
      makeToolProcess({
        ...wanted,
        folder: places,
        inherited,
        confinement: known().confinement,
        now,
        log,
      }),
    guarded(workspace) {
      const { confinement } = known();
      return {
        ...workspace,
        snapshot: () => confinement.whileQuiet(() => workspace.snapshot()),
        restore: (snapshots) => confinement.whileQuiet(() => workspace.restore(snapshots)),
        diff: () => confinement.whileQuiet(() => workspace.diff()),
        marked: () => confinement.whileQuiet(() => workspace.marked()),
        publish: (commit) => confinement.whileQuiet(() => workspace.publish(commit)),
        remove: () => confinement.whileQuiet(() => workspace.remove()),
      };
    },
    denied: () => begun?.proxy.denied() ?? [],
    async close() {
      await begun?.confinement.endAll();
      await begun?.proxy.close();
    },
  };
}

type Confined = ConfinementOptions & { user: ToolUser };

/** Separates the tools by their user as far as this machine can, and measures whether they are. */
async function confine(
  options: Confined,
  { folder, port, network }: { folder: string; port: number; network: NetworkPolicy["network"] },
): Promise<{ confinement: Confinement; measured: Measured }> {
  const { inherited, log } = options;
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    throw missing("the runner is not root on Linux, so it cannot start programs as another user");
  const launcher = await launcherOptions(inherited.PATH);
  if (!launcher) throw missing("setpriv or prlimit does not run; both are part of util-linux");
  await mkdir(folder, { recursive: true });
  for (const needed of [folder, toolProgram, process.execPath]) {
    const closed = await closedFolder(needed);
    if (closed) throw missing(`other users may not enter ${closed}, and the tools have to get to ${needed}`);
  }
  await openTemporary().catch((error: unknown) => log.warn("The tools cannot write to /tmp", { error }));
  const wantsNoSockets = network === "off" && launcher.socketFilter;
  if (wantsNoSockets) {
    try {
      return await tried({ ...options, noSockets: true }, { folder, port });
    } catch (error) {
      // The option is there and the kernel does not take it: then the proxy alone keeps them off the network.
      log.warn("The tools cannot be kept from opening connections", { error });
    }
  }
  return tried(options, { folder, port });
}

/** Runs a tool process as it would be run, has it try what it must not be able to do, and judges what it could. */
async function tried(options: Confined, { folder, port }: { folder: string; port: number }) {
  const trial = path.join(folder, `trial-${randomUUID()}`);
  const closed = path.join(folder, `closed-${randomUUID()}`);
  const confinement = new Confinement(options);
  await mkdir(trial);
  await mkdir(closed, { mode: 0o700 });
  try {
    await writeFile(path.join(closed, "file"), "");
    const channel = await confinement.open(trial).catch((error: unknown) => {
      throw missing(error instanceof Error ? error.message : String(error));
    });
    const input = {
      runner: process.pid,
      closed: [
        `/proc/${process.pid}/environ`,
        `/proc/${process.pid}/mem`,
        `/proc/${process.pid}/fd`,
        folder,
        closed,
        path.join(closed, "file"),
      ],
      needed: [trial, path.join(options.folder, "home"), path.join(options.folder, "tmp")],
      port,
    };
    const asked = channel.ask({ name: measureName, input, timeLeftMs: measureMs });
    const answer = await Promise.race([asked, sleep(measureMs, undefined, { ref: false })]);
    if (!answer) throw missing("the tool process did not tell what it can do");
    const measured = measuredSchema.parse(JSON.parse(answer.text));
    const lacking = shortcomings(measured, options.user);
    if (lacking.length > 0) throw missing(lacking.join("; "));
    // A new one: what was tried has its own tree.
    return { confinement: new Confinement(options), measured };
  } finally {
    await confinement.endAll();
    for (const each of [trial, closed]) await rm(each, { recursive: true, force: true });
  }
}

function missing(detail: string): Failed {
  return new Failed("isolation-missing", detail);
}
