// The most memory that a runner ever holds: the real program through a round of many turns, by the kernel's account.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { isRefusal, newRun, type RunEvent, transition } from "@cody/core/job.ts";
import { startClaude } from "../world/claude/claude.ts";
import type { Reply } from "../world/claude/script.ts";
import { entries, newSecrets, toolSettings } from "../world/deployment.ts";
import { startGitHub } from "../world/github/github.ts";
import { exampleJob, repository } from "./example-job.ts";
import type { FarEnds } from "./far-ends.ts";
import { answering } from "./scripted-round.ts";
import { sourceText } from "./source-text.ts";

export interface Peak {
  /** Megabytes of the runner's own process; the tools and their commands are others. */
  peakMb: number;
}

const turns = 40;
const files = 20;
const fileChars = 28_000;
const lookEveryMs = 25;

/** The model reads four large files in each answer, changes one, and finishes. */
function answer(index: number): Reply {
  if (index === turns - 1)
    return {
      calls: [{ name: "write_file", input: { path: "src/new.ts", content: sourceText(1, fileChars) } }],
    };
  const paths = Array.from({ length: 4 }, (_, each) => `src/file-${(index * 4 + each) % files}.ts`);
  // Each time from another line, or it would be the same call again.
  return { calls: paths.map((name) => ({ name: "read_file", input: { path: name, offset: index + 1 } })) };
}

export async function measurePeak({ env }: FarEnds): Promise<Peak> {
  const folder = await mkdtemp(path.join(tmpdir(), "cody-bench-peak-"));
  // The tools may run as another user, who has to get there.
  await chmod(folder, 0o755);
  const { githubToken, claudeKey } = newSecrets();
  const source = path.join(folder, "source", "src");
  await mkdir(source, { recursive: true });
  for (let file = 0; file < files; file += 1)
    await writeFile(path.join(source, `file-${file}.ts`), sourceText(file, fileChars));
  const github = await startGitHub({
    root: path.join(folder, "github"),
    accounts: [{ login: "cody-bot", id: 9, token: githubToken, rights: { "acme/*": "write" } }],
    repositories: [{ ...repository, source: path.dirname(source) }],
  });
  const claude = await startClaude({ keys: [claudeKey], script: answering(turns, answer) });
  try {
    const job = exampleJob("peak");
    await begin(job);
    const child = spawn(process.execPath, [entries.runner], {
      env: {
        ...env,
        ...toolSettings(),
        PATH: process.env.PATH ?? "",
        CODY_JOB: job.id,
        CODY_RUN: "1",
        GITHUB_TOKEN: githubToken,
        GITHUB_API_URL: github.apiUrl,
        ANTHROPIC_API_KEY: claudeKey,
        ANTHROPIC_BASE_URL: claude.url,
        AWS_BATCH_JOB_ID: "batch-1",
        AWS_BATCH_JOB_ATTEMPT: "1",
        WORK_DIR: path.join(folder, "work"),
      },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const ended = once(child, "exit");
    let peakKb = 0;
    const timer = setInterval(async () => {
      peakKb = Math.max(peakKb, await highWaterKb(child.pid));
    }, lookEveryMs);
    await ended;
    clearInterval(timer);
    const run = await openStore("cody").jobs.readRun(job.id, 1);
    if (run?.outcome !== "changed")
      throw new Error(`the round ended ${run?.outcome}: ${run?.reason?.detail}`);
    return { peakMb: peakKb / 1024 };
  } finally {
    await claude.close();
    await github.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function begin(job: ReturnType<typeof exampleJob>): Promise<void> {
  const { jobs } = openStore("cody");
  await jobs.create(job);
  await jobs.createRun(newRun(job, 1, repository, Date.now()));
  const events: RunEvent[] = [{ type: "submit" }, { type: "submitted", queueJob: "batch-1" }];
  for (const event of events) {
    const written = await jobs.changeRun(job.id, 1, (run) => transition(run, event, Date.now()));
    if (isRefusal(written)) throw new Error(written.refused);
  }
}

/** What the kernel remembers as the most that was resident; 0 once the process is gone. */
async function highWaterKb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}
