// Several rounds of one run in this process, against the table, GitHub and Claude on this machine; people work on GitHub too.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { makeGitHub } from "@cody/core/adapters/github.ts";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { newRun, type RunEvent } from "@cody/core/job.ts";
import { makeLog } from "@cody/core/log.ts";
import type { CodeHost } from "@cody/core/ports/code-host.ts";
import type { Store } from "@cody/core/ports/store.ts";
import type { Task } from "@cody/core/pull-request-schema.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import { onTestFinished } from "vitest";
import { makeAnthropic } from "../../packages/runner/src/adapters/anthropic.ts";
import { openWorkspace } from "../../packages/runner/src/adapters/git-workspace.ts";
import { makeIsolation } from "../../packages/runner/src/adapters/isolation.ts";
import { Interruption } from "../../packages/runner/src/interruption.ts";
import { doRound } from "../../packages/runner/src/round.ts";
import type { World } from "../../packages/runner/src/world.ts";
import type { Claude } from "../world/claude/claude.ts";
import type { Script } from "../world/claude/script.ts";
import type { GitHub } from "../world/github/github.ts";
import { openOutside, repository } from "./outside.ts";
import { openTable } from "./stage.ts";
import { newJob, tableName, write as writeEvent } from "./submitted-run.ts";

const ann = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Ann",
  GIT_AUTHOR_EMAIL: "101+ann@users.noreply.github.com",
  GIT_COMMITTER_NAME: "Ann",
  GIT_COMMITTER_EMAIL: "101+ann@users.noreply.github.com",
};

interface CourseOptions {
  script: Script;
  files?: Record<string, string>;
  job?: Partial<Job>;
  run?: Partial<Run>;
  /** Cody is an App; else an account with a token. */
  asApp?: boolean;
}

export const followUp = { kind: "follow-up", by: "U0ANN", text: "Say so in the README." } as const;

/** As if the machine ended at this very place. */
export const died = () => new Interruption("terminated", "the machine goes away");

/** The commits that a commit was made on. */
export const parentsOf = (course: Course, commit: string | undefined): string[] =>
  course.git("log", "-1", "--format=%P", commit ?? "").split(" ");

export interface Course {
  store: Store;
  github: GitHub;
  claude: Claude;
  job: Job;
  codeHost: CodeHost;
  run(): Promise<Run>;
  write(event: RunEvent): Promise<Run>;
  /** Lets a machine do the round, or what is left of it; returns the run as it is then. */
  play(more?: Partial<World>): Promise<Run>;
  /** Begins another round and does it. */
  next(task: Task, more?: Partial<World>): Promise<Run>;
  /** Answers that the model gave by now. */
  answers(): number;
  /** The first message of the newest conversation. */
  firstMessage(): string;
  /** Runs git in GitHub's own repository, as ann. */
  git(...args: string[]): string;
  /** Ann commits on a branch; returns the commit. */
  commit(branch: string, files: Record<string, string>): string;
}

export async function openCourse(options: CourseOptions): Promise<Course> {
  const permissions = {
    contents: "write",
    pull_requests: "write",
    metadata: "read",
    checks: "read",
    statuses: "read",
    actions: "read",
  } as const;
  const outside = await openOutside({
    ...options,
    accounts: [{ login: "ann", id: 101, token: "token-of-ann", rights: { "acme/*": "write" } }],
    apps: [{ id: 7, slug: "cody", botId: 70, installations: [{ id: 1, account: "acme", permissions }] }],
    isPrivate: options.job?.repositories?.[0]?.private,
  });
  onTestFinished(outside.close);
  onTestFinished(await openTable());
  const { folder, github, githubToken: token, claude, claudeKey } = outside;
  const store = openStore(tableName);
  const job = newJob(options.job);
  await store.jobs.create(job);
  await store.jobs.createRun({
    ...newRun(job, 1, job.repositories[0] ?? repository, Date.now()),
    ...options.run,
  });
  const log = makeLog({ level: "error", redact: (text) => text, write: () => {}, now: Date.now });
  const identity = options.asApp ? { appId: 7, privateKey: github.privateKey("cody") } : { token };
  const codeHost = makeGitHub({ identity, apiUrl: github.apiUrl, log });

  const run = async () => {
    const newest = await store.jobs.readRun(job.id, 1);
    if (!newest) throw new Error("the run is gone");
    return newest;
  };
  const write = (event: RunEvent) => writeEvent(store.jobs, job, event);
  let machines = 0;
  const play = async (more: Partial<World> = {}) => {
    const { state } = await run();
    if (state === "queued") await write({ type: "submit" });
    machines += 1;
    const host = more.codeHost ?? codeHost;
    const inherited = { PATH: process.env.PATH ?? "" };
    const place = path.join(folder, `work-${machines}`);
    const isolation = makeIsolation({
      user: undefined,
      commands: true,
      policy: { network: "off", hosts: [], never: [] },
      folder: place,
      inherited,
      memoryBytes: 2 ** 32,
      now: Date.now,
      log,
    });
    const world: World = {
      jobs: store.jobs,
      work: store.work(job.id, 1),
      spendLimit: store.spendLimit,
      model: makeAnthropic({ apiKey: claudeKey, baseUrl: claude.url, log, now: Date.now }),
      isolate: isolation.begin,
      async openWorkspace({ repository: opened, codeHost: paced, ...wanted }) {
        const signer = {
          sign: (commit: Parameters<CodeHost["signedCommit"]>[1]) => paced.signedCommit(opened, commit),
          move: (branch: string, to: { sha: string; isNew: boolean }) => paced.moveBranch(opened, branch, to),
        };
        const workspace = await openWorkspace({
          ...wanted,
          folder: place,
          path: inherited.PATH,
          authorization: (access) => host.gitAuthorization(opened, access),
          author: () => host.author(opened),
          ...(options.asApp ? { signer } : {}),
        });
        return isolation.guarded(workspace);
      },
      startTools: isolation.startTools,
      denied: isolation.denied,
      takeRoom: async () => ({ ok: true }),
      mixesVisibility: false,
      allowed: ["acme/*"],
      redact: (text) => text,
      isOwnSecret: () => false,
      now: Date.now,
      log,
      ...more,
      codeHost: host,
    };
    const assignment = { job: job.id, run: 1, queueJob: `batch-${machines}`, attempt: 1 };
    try {
      await doRound(world, assignment, new AbortController().signal);
    } finally {
      await isolation.close();
    }
    return run();
  };
  const bare = path.join(folder, "github", `${repository.id}.git`);
  const git = (...args: string[]) =>
    execFileSync("git", ["--git-dir", bare, ...args], { env: ann, encoding: "utf8", timeout: 15_000 }).trim();
  const messages = () => claude.record.requests.filter(({ route }) => route === "POST /v1/messages");
  return {
    store,
    github,
    claude,
    job,
    codeHost,
    run,
    write,
    play,
    async next(task, more) {
      await write({ type: "continue", task, grantUsd: 3 });
      return play(more);
    },
    answers: () => messages().length,
    firstMessage() {
      const { body } = messages().at(-1) as { body: { messages: { content: { text: string }[] }[] } };
      return body.messages[0]?.content[0]?.text ?? "";
    },
    git,
    commit(branch, files) {
      const index = path.join(folder, `index-${Math.random()}`);
      const env = { ...ann, GIT_INDEX_FILE: index };
      const inIndex = (args: string[], input?: string) =>
        execFileSync("git", ["--git-dir", bare, ...args], {
          env,
          input,
          encoding: "utf8",
          timeout: 15_000,
        }).trim();
      inIndex(["read-tree", branch]);
      for (const [name, content] of Object.entries(files)) {
        const blob = inIndex(["hash-object", "-w", "--stdin"], content);
        inIndex(["update-index", "--add", "--cacheinfo", `100644,${blob},${name}`]);
      }
      const made = inIndex(["commit-tree", inIndex(["write-tree"]), "-p", branch, "-m", "By hand"]);
      inIndex(["update-ref", `refs/heads/${branch}`, made]);
      return made;
    },
  };
}
