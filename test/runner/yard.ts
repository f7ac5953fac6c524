// One repository on the local GitHub and its workspace, for tests of git and of what a command can plant in the tree.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CommitWanted, Workspace } from "@cody/core/ports/workspace.ts";
import { onTestFinished } from "vitest";
import { openWorkspace, type WorkspaceOptions } from "../../packages/runner/src/adapters/git-workspace.ts";
import { type GitHub, startGitHub } from "../world/github/github.ts";
import { writeFiles } from "./stage.ts";

/** What gets Cody in; random, so that a piece of it is found nowhere by accident. */
export const token = `ghp_${randomBytes(18).toString("hex")}`;
/** What Cody's git shows for it. */
const authorization = `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
export const searchPath = process.env.PATH ?? "";
export const signal = new AbortController().signal;
/** Of a command on small repositories; they are waited for without letting anything else go on. */
const timeout = 15_000;

export interface Origin {
  github: GitHub;
  /** The round's own folder, in which the tree will be. */
  folder: string;
  baseSha: string;
  /** A file that only an attack makes; everybody on this machine could make it. */
  trophy: string;
  /** Runs git in GitHub's own repository. */
  remote(...args: string[]): string;
  /** Clones it anew, as a runner does. */
  open(more?: Partial<WorkspaceOptions>): Promise<Workspace>;
}

export interface Yard extends Origin {
  workspace: Workspace;
  /** Changes the tree as this process's own user; the attacks' way into it is the tool process. */
  sh(command: string): string;
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

/** The repository and its workspace, which end with the test. */
export async function openYard(files?: Record<string, string>, seed?: string): Promise<Yard> {
  const origin = await openOrigin(files, seed);
  const workspace = await origin.open();
  return {
    ...origin,
    workspace,
    sh: (command) =>
      execFileSync("bash", ["-c", command], {
        cwd: workspace.tree,
        encoding: "utf8",
        env: identity,
        timeout,
      }),
  };
}

/** The repository alone, which ends with the test. `seed` are commands that make further commits of the base. */
export async function openOrigin(
  files: Record<string, string> = { "a.txt": "one\ntwo\n" },
  seed = "",
): Promise<Origin> {
  const root = await mkdtemp(path.join(tmpdir(), "cody-yard-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  // The tools may be another user, whose tree is further down.
  await chmod(root, 0o711);
  const shelf = path.join(root, "shelf");
  await mkdir(shelf);
  await chmod(shelf, 0o777);
  const source = path.join(root, "source");
  await writeFiles(source, files);
  // Its disk is another machine's.
  const disk = path.join(root, "github");
  await mkdir(disk, { mode: 0o700 });
  const github = await startGitHub({
    root: disk,
    accounts: [{ login: "cody-bot", id: 9, token, rights: { "acme/*": "write" } }],
    repositories: [{ id: 1, fullName: "acme/yard", private: true, source }],
  });
  onTestFinished(() => github.close());
  const cloneUrl = github.cloneUrl("acme/yard");
  // The repository comes into being with the first question.
  await fetch(`${github.apiUrl}/repos/acme/yard/git/ref/heads/main`, { headers: { authorization } });
  const bare = path.join(disk, "1.git");
  const remote = (...args: string[]) =>
    execFileSync("git", ["--git-dir", bare, ...args], { encoding: "utf8", env: identity, timeout }).trim();
  if (seed) seedWith(seed, bare, path.join(root, "seed"));
  const baseSha = remote("rev-parse", "main");
  const folder = path.join(root, "work");
  const open = (more?: Partial<WorkspaceOptions>) =>
    openWorkspace({
      folder,
      cloneUrl,
      baseSha,
      baseBranch: "main",
      path: searchPath,
      authorization: async () => ({ header: authorization, isNew: false }),
      signal,
      ...more,
    });
  return { github, folder, baseSha, trophy: path.join(shelf, "trophy"), remote, open };
}

function seedWith(commands: string, bare: string, clone: string): void {
  const script = `git clone -q ${bare} ${clone} && cd ${clone} && ${commands} && git push -q origin main`;
  execFileSync("bash", ["-c", script], { env: identity, timeout });
}

/** Commits what was compared last, and pushes it to a branch that is not there yet; returns the commit. */
export async function publish(workspace: Workspace, more: Partial<CommitWanted> = {}): Promise<string> {
  const message = "Change\n\nCody-Job: abc\n";
  const published = await workspace.publish({ branch: "cody/abc", message, signal, ...more });
  if (published.sha === undefined) throw new Error(`the branch is at ${published.movedTo}`);
  return published.sha;
}
