// Machines that do a round in this process, against real ends, with everything they do outside at a border.
import { mkdir, realpath } from "node:fs/promises";
import path from "node:path";
import { makeGitHub } from "@cody/core/adapters/github.ts";
import { makeJobs } from "@cody/core/adapters/table/jobs.ts";
import { makePace } from "@cody/core/adapters/table/pace.ts";
import { makeSpendLimit } from "@cody/core/adapters/table/spend-limit.ts";
import { patient, Table } from "@cody/core/adapters/table/table.ts";
import { makeWork } from "@cody/core/adapters/table/work.ts";
import { makeLog } from "@cody/core/log.ts";
import type { ToolProcess, Workspace } from "@cody/core/ports/workspace.ts";
import { detector, redactor } from "@cody/core/redact.ts";
import type { Job } from "@cody/core/schema.ts";
import { makeAnthropic } from "../../packages/runner/src/adapters/anthropic.ts";
import { openWorkspace } from "../../packages/runner/src/adapters/git-workspace.ts";
import type { ExitCode } from "../../packages/runner/src/exit-code.ts";
import type { HeartbeatOptions } from "../../packages/runner/src/heartbeat.ts";
import { Interruption } from "../../packages/runner/src/interruption.ts";
import { doRound } from "../../packages/runner/src/round.ts";
import { toolNamed } from "../../packages/runner/src/tools/catalogue.ts";
import type { Assignment, World } from "../../packages/runner/src/world.ts";
import { Border, type Crossing } from "./border.ts";
import type { Outside } from "./outside.ts";
import { tableName } from "./submitted-run.ts";

export interface MachineOptions {
  queueJob?: string;
  attempt?: number;
  /** By how much its clock is ahead. */
  laterMs?: number;
  /** Cody's account at GitHub. */
  token?: string;
  /** Is told of each crossing; a machine can be ended there. */
  meet?: (crossing: Crossing, machine: Machine) => Promise<void> | void;
}

export class Machine {
  readonly border: Border;
  readonly ended: Promise<ExitCode>;
  readonly #terminated = new AbortController();
  laterMs: number;

  constructor(outside: Outside, job: Job, options: MachineOptions = {}) {
    const { queueJob = "batch-1", attempt = 1, laterMs = 0, meet } = options;
    this.laterMs = laterMs;
    this.border = new Border(meet && ((crossing) => meet(crossing, this)));
    const assignment: Assignment = { job: job.id, run: 1, queueJob, attempt };
    // Its clock stands still, and its heart with it: only what the round itself does is counted, however slow this one is.
    const begun = Date.now();
    const now = () => begun + this.laterMs;
    const world = worldOf(outside, { border: this.border, assignment, now, token: options.token });
    this.ended = doRound(world, assignment, this.#terminated.signal);
  }

  /** As SIGTERM does. */
  terminate(): void {
    this.#terminated.abort(new Interruption("terminated", "the machine is going away"));
  }

  /** As SIGKILL does, or a host that is gone. */
  kill(): void {
    this.border.close();
    // Nothing waits any longer for what cannot come.
    this.terminate();
  }
}

interface Setting {
  border: Border;
  assignment: Assignment;
  now: () => number;
  token?: string;
}

let machines = 0;

/** As the runner's root makes it, but for the tools, which run in this process. */
function worldOf(
  outside: Outside,
  { border, assignment, now, token }: Setting,
): World & Pick<HeartbeatOptions, "everyMs"> {
  machines += 1;
  const folder = path.join(outside.folder, `machine-${machines}`);
  const { githubToken, claudeKey, github, claude } = outside;
  const secrets = [githubToken, claudeKey];
  const redact = redactor(secrets);
  const log = makeLog({
    level: "error",
    redact,
    write: (line) => void process.stdout.write(`${line}\n`),
    now,
  });
  const table = border.around("table", new Table(tableName, patient, now));
  const identity = { token: token ?? githubToken };
  const codeHost = makeGitHub({ identity, apiUrl: github.apiUrl, log });
  const git = border.around("git", {
    clone: ({
      repository,
      codeHost: _signing,
      ...wanted
    }: Parameters<World["openWorkspace"]>[0]): Promise<Workspace> =>
      openWorkspace({
        ...wanted,
        folder,
        path: process.env.PATH ?? "",
        authorization: (access) => codeHost.gitAuthorization(repository, access),
        author: () => codeHost.author(repository),
      }),
  });
  return {
    jobs: makeJobs(table),
    work: makeWork(table, assignment.job, assignment.run),
    spendLimit: makeSpendLimit(table),
    codeHost: border.around("github", codeHost),
    model: border.around(
      "claude",
      makeAnthropic({ apiKey: claudeKey, baseUrl: claude.url, log, now: Date.now }),
    ),
    isolate: async () => "none",
    everyMs: 24 * 60 * 60_000,
    openWorkspace: async (wanted) => border.around("tree", await git.clone(wanted)),
    startTools: ({ tree }) => border.around("tools", toolsIn(tree, path.join(folder, "tools"))),
    denied: () => [],
    takeRoom: () => makePace(table).take(identity.token, now()),
    mixesVisibility: false,
    allowed: ["acme/*"],
    redact,
    isOwnSecret: detector(secrets),
    now,
    log,
  };
}

/** The tools themselves, without a process of their own: what is broken off is waited for. */
function toolsIn(tree: string, outputFolder: string): ToolProcess {
  const environment = { PATH: process.env.PATH ?? "", HOME: outputFolder };
  return {
    async run(name, input, signal) {
      if (signal.aborted) return { text: "Interrupted before it was done.", isError: true };
      await mkdir(outputFolder, { recursive: true });
      const context = { root: await realpath(tree), outputFolder, environment, timeLeftMs: 60_000 };
      const result = await toolNamed(name)?.run(input, context);
      return result ?? { text: "There is no such tool.", isError: true };
    },
    async close() {},
  };
}
