// One repository on the local GitHub and its workspace, for tests of git and of what a command can plant in the tree.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Workspace } from "@cody/core/ports.ts";
import { onTestFinished } from "vitest";
import { openWorkspace } from "../../packages/runner/src/adapters/git-workspace.ts";
import { type GitHub, startGitHub } from "../world/github/github.ts";
import { writeFiles } from "./stage.ts";

/** What gets Cody in. */
export const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
export const searchPath = process.env.PATH ?? "";
export const signal = new AbortController().signal;
/** Of a command on small repositories; they are waited for without letting anything else go on. */
const timeout = 15_000;

export interface Yard {
  workspace: Workspace;
  github: GitHub;
  /** The round's own folder, in which the tree is. */
  folder: string;
  baseSha: string;
  /** A file that only an attack can make. */
  trophy: string;
  /** Runs a command in the tree, as a tool could. */
  sh(command: string): string;
  /** Runs git in GitHub's own repository. */
  remote(...args: string[]): string;
  open(): Promise<Workspace>;
}

const identity = {
  PATH: searchPath,
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Ann",
  GIT_AUTHOR_EMAIL: "ann@acme.example",
  GIT_COMMITTER_NAME: "Ann",
  GIT_COMMITTER_EMAIL: "ann@acme.example",
};

/** Sets everything up, and ends it with the test. `seed` are commands that make further commits of the base. */
export async function openYard(
  files: Record<string, string> = { "a.txt": "one\ntwo\n" },
  seed = "",
): Promise<Yard> {
  const root = await mkdtemp(path.join(tmpdir(), "cody-yard-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const source = path.join(root, "source");
  await writeFiles(source, files);
  const github = await startGitHub({
    root: path.join(root, "github"),
    accounts: [{ login: "cody-bot", id: 9, token, rights: { "acme/*": "write" } }],
    repositories: [{ id: 1, fullName: "acme/yard", private: true, source }],
  });
  onTestFinished(() => github.close());
  const cloneUrl = github.cloneUrl("acme/yard");
  const authorization = `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  // The repository comes into being with the first question.
  await fetch(`${github.apiUrl}/repos/acme/yard/git/ref/heads/main`, { headers: { authorization } });
  const bare = path.join(root, "github", "1.git");
  const remote = (...args: string[]) =>
    execFileSync("git", ["--git-dir", bare, ...args], { encoding: "utf8", env: identity, timeout }).trim();
  if (seed) seedWith(seed, bare, path.join(root, "seed"));
  const baseSha = remote("rev-parse", "main");
  const folder = path.join(root, "work");
  const open = () =>
    openWorkspace({
      folder,
      cloneUrl,
      baseSha,
      baseBranch: "main",
      path: searchPath,
      authorization: async () => ({ header: authorization, isNew: false }),
      signal,
    });
  const workspace = await open();
  return {
    workspace,
    github,
    folder,
    baseSha,
    trophy: path.join(root, "trophy"),
    sh: (command) =>
      execFileSync("bash", ["-c", command], {
        cwd: workspace.tree,
        encoding: "utf8",
        env: identity,
        timeout,
      }),
    remote,
    open,
  };
}

function seedWith(commands: string, bare: string, clone: string): void {
  const script = `git clone -q ${bare} ${clone} && cd ${clone} && ${commands} && git push -q origin main`;
  execFileSync("bash", ["-c", script], { env: identity, timeout });
}

/** Commits what was compared last, and pushes it. */
export const publish = (workspace: Workspace) =>
  workspace.publish({ branch: "cody/abc", message: "Change\n\nCody-Job: abc\n", signal });
