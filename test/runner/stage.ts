// Everything around one runner: the table, GitHub and Claude on this machine, one job, and the real program to start.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { idFrom } from "@cody/core/ids.ts";
import { isRefusal, newRun, type RunEvent, transition } from "@cody/core/job.ts";
import type { Store } from "@cody/core/ports.ts";
import type { Job, Repository, Run, Turn } from "@cody/core/schema.ts";
import { expect, onTestFinished } from "vitest";
import { clientEnvironment } from "../world/aws/client-settings.ts";
import { startDynamoDB } from "../world/aws/dynamodb.ts";
import { createTable } from "../world/aws/table.ts";
import { type Claude, startClaude } from "../world/claude/claude.ts";
import type { Script } from "../world/claude/script.ts";
import { entries, newSecrets, toolSettings } from "../world/deployment.ts";
import { type GitHub, startGitHub } from "../world/github/github.ts";

const tableName = "cody";
/** Before a stage named its own table server in it. */
const outside = { ...process.env };
const repository: Repository = {
  id: 4711,
  fullName: "acme/shop",
  defaultBranch: "main",
  private: true,
  archived: false,
  mayPush: true,
};

interface StageOptions {
  script: Script;
  /** The repository's first commit: path → content. */
  files?: Record<string, string>;
  job?: Partial<Job>;
  run?: Partial<Run>;
  env?: Record<string, string>;
  chunkDelayMs?: number;
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
  write(event: RunEvent): Promise<void>;
  patch(): Promise<Buffer | undefined>;
}

/** Sets everything up, and ends it with the test. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), "cody-runner-"));
  // The tools are another user and work further down.
  await chmod(folder, 0o711);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { githubToken, claudeKey } = newSecrets();
  const source = path.join(folder, "source");
  await writeFiles(
    source,
    options.files ?? { "README.md": "# Shop\n", "src/price.ts": "export const vat = 19;\n" },
  );

  const dynamoDb = await startDynamoDB({ env: outside });
  onTestFinished(() => dynamoDb.close());
  await createTable(dynamoDb.endpoint, tableName);
  const github = await startGitHub({
    root: path.join(folder, "github"),
    accounts: [{ login: "cody-bot", id: 9, token: githubToken, rights: { "acme/*": "write" } }],
    repositories: [{ ...repository, source }],
  });
  onTestFinished(() => github.close());
  const { script, chunkDelayMs } = options;
  const claude = await startClaude({ keys: [claudeKey], script, chunkDelayMs });
  onTestFinished(() => claude.close());

  Object.assign(process.env, clientEnvironment, { AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint });
  const store = openStore(tableName);
  const job = jobWith(options.job);
  await store.jobs.create(job);
  const run = { ...newRun(job, 1, repository, Date.now()), ...options.run };
  await store.jobs.createRun(run);
  const write = async (event: RunEvent) => {
    const written = await store.jobs.changeRun(job.id, 1, (newest) => transition(newest, event, Date.now()));
    if (isRefusal(written)) throw new Error(written.refused);
  };
  await write({ type: "submit" });
  await write({ type: "submitted", queueJob: "batch-1" });

  const environment = {
    PATH: process.env.PATH ?? "",
    ...clientEnvironment,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
    CODY_TABLE: tableName,
    CODY_JOB: job.id,
    CODY_RUN: "1",
    ALLOWED_REPOS: "acme/*",
    GITHUB_TOKEN: githubToken,
    GITHUB_API_URL: github.apiUrl,
    ANTHROPIC_API_KEY: claudeKey,
    ANTHROPIC_BASE_URL: claude.url,
    AWS_BATCH_JOB_ID: "batch-1",
    AWS_BATCH_JOB_ATTEMPT: "1",
    WORK_DIR: path.join(folder, "work"),
    LOG_LEVEL: "debug",
    ...toolSettings(),
    ...options.env,
  };
  const start = (more: Record<string, string> = {}) => startRunner({ ...environment, ...more });
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
    write,
    patch: () => store.work(job.id, 1).patch(1),
  };
}

function jobWith(more: Partial<Job> = {}): Job {
  return {
    id: idFrom("view", String(Math.random())),
    team: "T1",
    requester: "U0ANN",
    channel: "C1",
    name: "Raise the VAT",
    prompt: "The VAT is 20 now.",
    kind: "anything",
    deliver: "pull-request",
    model: "claude-sonnet-5-5",
    effort: "high",
    repositories: [repository],
    budgetUsd: 3,
    createdAt: Date.now(),
    thread: { channel: "C1", ts: "1.0", link: "https://acme.slack.com/archives/C1/p1" },
    ...more,
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

export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const full = path.join(folder, name);
    await mkdir(path.dirname(full), { recursive: true });
    await writeFile(full, content);
  }
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
