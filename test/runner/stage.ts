// Everything around one runner: the table, GitHub and Claude on this machine, one job, and the real program to start.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openStore } from "@cody/core/adapters/table/store.ts";
import type { RunEvent } from "@cody/core/job.ts";
import type { Store } from "@cody/core/ports/store.ts";
import type { Job, Run, Turn } from "@cody/core/schema.ts";
import { expect, onTestFinished } from "vitest";
import { clientEnvironment } from "../world/aws/client-settings.ts";
import { startDynamoDB } from "../world/aws/dynamodb.ts";
import { createTable } from "../world/aws/table.ts";
import type { Claude } from "../world/claude/claude.ts";
import { entries } from "../world/deployment.ts";
import type { GitHub } from "../world/github/github.ts";
import { type OutsideOptions, openOutside, repository } from "./outside.ts";
import { containerEnvironment, newJob, submitRun, tableName, write } from "./submitted-run.ts";

export { writeFiles } from "./outside.ts";

/** Before a stage named its own table server in it. */
const outsideEnvironment = { ...process.env };

interface StageOptions extends Omit<OutsideOptions, "accounts"> {
  job?: Partial<Job>;
  run?: Partial<Run>;
  env?: Record<string, string>;
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Everything that was printed. */
  output: string;
}

interface Runner {
  child: ChildProcess;
  ended: Promise<Ended>;
}

export interface Stage {
  store: Store;
  github: GitHub;
  claude: Claude;
  job: Job;
  folder: string;
  secrets: string[];
  /** Starts `node packages/runner/src/main.ts` as Batch would. */
  start(more?: Record<string, string>): Runner;
  /** Starts it and waits for its end. */
  play(more?: Record<string, string>): Promise<Ended>;
  run(): Promise<Run>;
  write(event: RunEvent): Promise<Run>;
  patch(): Promise<Buffer | undefined>;
}

/** Starts a table of its own for this process's clients. Returns what ends it. */
export async function openTable(): Promise<() => Promise<void>> {
  const { endpoint, close } = await startDynamoDB({ env: outsideEnvironment });
  await createTable(endpoint, tableName);
  Object.assign(process.env, clientEnvironment, { AWS_ENDPOINT_URL_DYNAMODB: endpoint });
  return close;
}

/** Sets everything up, and ends it with the test. */
export async function openStage({ env, ...options }: StageOptions): Promise<Stage> {
  const outside = await openOutside(options);
  onTestFinished(outside.close);
  onTestFinished(await openTable());
  const store = openStore(tableName);
  const job = newJob(options.job);
  await submitRun(store.jobs, job, options);
  const environment = { ...containerEnvironment(outside, job), LOG_LEVEL: "debug", ...env };
  const start = (more: Record<string, string> = {}) => startRunner({ ...environment, ...more });
  const { github, claude, folder, githubToken, claudeKey } = outside;
  return {
    store,
    github,
    claude,
    job,
    folder,
    secrets: [githubToken, claudeKey],
    start,
    play: (more) => start(more).ended,
    async run() {
      const newest = await store.jobs.readRun(job.id, 1);
      if (!newest) throw new Error("the run is gone");
      return newest;
    },
    write: (event) => write(store.jobs, job, event),
    patch: () => store.work(job.id, 1).patch(1),
  };
}

function startRunner(env: Record<string, string>): Runner {
  const child = spawn(process.execPath, [entries.runner], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, output }));
  return { child, ended };
}

/** The turns that are stored, the first message among them. */
export function turnsOf(stage: Stage): Promise<Turn[]> {
  return stage.store.work(stage.job.id, 1).turns(1);
}

/** A file after the patch was applied to a fresh clone. */
export function applied(stage: Stage, patch: Buffer | undefined, file = "src/price.ts"): string {
  const clone = path.join(stage.folder, `clone-${Math.random()}`);
  const git = (...args: string[]) => execFileSync("git", args, { timeout: 10_000 });
  git("clone", "--quiet", path.join(stage.folder, "github", `${repository.id}.git`), clone);
  const written = path.join(stage.folder, "it.patch");
  writeFileSync(written, patch ?? "");
  git("-C", clone, "apply", "--check", written);
  git("-C", clone, "apply", written);
  return readFileSync(path.join(clone, file), "utf8");
}

export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  await expect.poll(isTrue, { timeout: 20_000, interval: 50 }).toBe(true);
}
