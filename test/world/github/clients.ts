// The real clients the tests of this GitHub use, Octokit and git, and a GitHub with a repository for each test.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import { gitEnvironment } from "./git.ts";
import { type GitHub, type GitHubOptions, startGitHub } from "./github.ts";

const execute = promisify(execFile);
const REPOSITORIES = 60;
export const tokens = {
  ann: "token-of-ann",
  bob: "token-of-bob",
  eve: "token-of-eve",
  "cody[bot]": "token-of-cody",
};
export type Login = keyof typeof tokens;

export interface Clients {
  github: GitHub;
  folder: string;
  /** Octokit as somebody; as nobody where `login` is null. */
  octokit(login: Login | null): Octokit;
  /** A repository no other test has touched, with a README.md of one line. */
  fresh(): { owner: string; repo: string; fullName: string };
  /** Runs git in a folder, with somebody's token in a header where `login` is given. */
  git(cwd: string, args: string[], login?: Login | "wrong"): Promise<string>;
  /** A clone with cody as the author of what is committed in it. */
  clone(fullName: string): Promise<string>;
  /** Writes, commits and pushes to a branch; gives the commit. */
  push(cwd: string, branch: string, files: Record<string, string>, ...more: string[]): Promise<string>;
  close(): Promise<void>;
}

/** ann and cody may push, bob may read, eve has no right at all. */
export async function startClients(options: Partial<GitHubOptions> = {}): Promise<Clients> {
  const folder = await mkdtemp(path.join(tmpdir(), "github-test-"));
  const names = Array.from({ length: REPOSITORIES }, (_, index) => `acme/repository-${index + 1}`);
  const source = path.join(folder, "source");
  await mkdir(source);
  await writeFile(path.join(source, "README.md"), "# example\n");
  const github = await startGitHub({
    root: path.join(folder, "repositories"),
    accounts: [
      { login: "ann", id: 101, token: tokens.ann, rights: { "acme/*": "write" } },
      { login: "bob", id: 102, token: tokens.bob, rights: { "acme/*": "read" } },
      { login: "eve", id: 103, token: tokens.eve, rights: {} },
      { login: "cody[bot]", id: 104, token: tokens["cody[bot]"], type: "Bot", rights: { "acme/*": "write" } },
    ],
    repositories: names.map((fullName, index) => ({ fullName, id: index + 1, private: true, source })),
    ...options,
  });

  const git: Clients["git"] = async (cwd, args, login) => {
    const token = login === "wrong" ? "token-of-nobody" : login && tokens[login];
    const header = `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    const settings = login === undefined ? [] : ["-c", `http.extraHeader=${header}`];
    const identity = ["-c", "user.name=Cody", "-c", "user.email=104+cody[bot]@users.noreply.github.com"];
    const env = { ...gitEnvironment(), HOME: folder };
    return (await execute("git", [...settings, ...identity, ...args], { cwd, env })).stdout.trim();
  };
  // All of these repositories begin with the same commit, so that one clone, copied, serves for every one of them.
  let first: Promise<string> | undefined;
  const cloned = async (fullName: string) => {
    const cwd = await mkdtemp(path.join(folder, "clone-"));
    const address = github.cloneUrl(fullName);
    await git(cwd, ["clone", "--quiet", "--template=", address, "."], "cody[bot]");
    return cwd;
  };
  let next = 0;
  return {
    github,
    folder,
    git,
    octokit: (login) =>
      new Octokit({
        baseUrl: github.apiUrl,
        ...(login === null ? {} : { auth: tokens[login] }),
        log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      }),
    fresh: () => {
      const fullName = names[next++] ?? "";
      return { owner: "acme", repo: fullName.slice("acme/".length), fullName };
    },
    clone: async (fullName) => {
      if (!names.includes(fullName)) return cloned(fullName);
      first ??= cloned(names.at(-1) ?? "");
      const cwd = await mkdtemp(path.join(folder, "copy-"));
      await cp(await first, cwd, { recursive: true });
      await git(cwd, ["remote", "set-url", "origin", github.cloneUrl(fullName)]);
      return cwd;
    },
    push: async (cwd, branch, files, ...more) => {
      await git(cwd, ["checkout", "--quiet", "-B", branch]);
      for (const [name, text] of Object.entries(files)) await writeFile(path.join(cwd, name), text);
      await git(cwd, ["add", "--all"]);
      await git(cwd, [
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        `Change ${Object.keys(files).join(", ")}`,
      ]);
      await git(cwd, ["push", "--quiet", ...more, "origin", branch], "cody[bot]");
      return git(cwd, ["rev-parse", "HEAD"]);
    },
    close: async () => {
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
