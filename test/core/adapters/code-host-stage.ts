// A local GitHub for tests of Cody's own work there: repositories, people, and Cody as an account and as an App.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeGitHub } from "@cody/core/adapters/github.ts";
import { programLog } from "@cody/core/log.ts";
import type { CodeHost } from "@cody/core/ports/code-host.ts";
import { Octokit } from "@octokit/rest";
import { commitEnvironment, GITHUB_COMMITTER, runGit } from "../../world/github/git.ts";
import { type GitHub, type GitHubOptions, startGitHub } from "../../world/github/github.ts";

export const shop = { id: 1, fullName: "acme/shop" };
/** Anybody may read it, and so review in it. */
export const open = { id: 3, fullName: "acme/open" };
const closed = { id: 2, fullName: "acme/closed" };
const tokens = {
  "cody-bot": "token-of-cody-bot",
  ann: "token-of-ann",
  bob: "token-of-bob",
  eve: "token-of-eve",
  max: "token-of-max",
};
type Login = keyof typeof tokens;

export const identities = ["an account", "an App"] as const;
export type Identity = (typeof identities)[number];

const people = {
  "cody-bot": { name: "cody-bot", email: "9+cody-bot@users.noreply.github.com" },
  "cody[bot]": { name: "cody[bot]", email: "70+cody[bot]@users.noreply.github.com" },
  ann: { name: "Ann", email: "101+ann@users.noreply.github.com" },
  bob: { name: "Bob", email: "bob@elsewhere.example" },
  github: GITHUB_COMMITTER,
};
type Person = keyof typeof people;

interface NewCommit {
  /** What it stands on; `main` if nothing is given. */
  on?: string;
  also?: string;
  author?: Person;
  committer?: Person;
  /** One line of a file of that name. */
  files?: Record<string, string>;
}

export interface Stage {
  github: GitHub;
  cody(as: Identity): CodeHost;
  /** Cody's login. */
  login(as: Identity): "cody-bot" | "cody[bot]";
  octokit(login: Login): Octokit;
  git(repository: { id: number }, args: string[]): Promise<string>;
  /** Makes a commit that no branch holds. */
  commit(repository: { id: number }, commit: NewCommit): Promise<string>;
  /** Puts a branch at a commit, as ann. */
  move(repository: { fullName: string }, branch: string, sha: string, force?: boolean): Promise<void>;
  /** Both together: a branch with one more commit. */
  push(repository: typeof shop, branch: string, commit?: NewCommit): Promise<string>;
  close(): Promise<void>;
}

/** Every permission that Cody's App is given. */
const appPermissions = {
  actions: "read",
  checks: "read",
  contents: "write",
  members: "read",
  metadata: "read",
  pull_requests: "write",
  statuses: "read",
} as const;

/** `spaced`: Cody's changes wait for each other as they do at GitHub. */
export async function startStage(more: Partial<GitHubOptions> = {}, { spaced = false } = {}): Promise<Stage> {
  const root = await mkdtemp(path.join(tmpdir(), "cody-code-host-"));
  const repositories = more.repositories ?? [{ ...shop, private: true }, { ...closed, private: true }, open];
  const github = await startGitHub({
    root,
    accounts: [
      {
        login: "cody-bot",
        id: 9,
        token: tokens["cody-bot"],
        rights: { "acme/*": "write", "acme/closed": "read" },
      },
      { login: "ann", id: 101, token: tokens.ann, rights: { "acme/*": "write" } },
      { login: "bob", id: 102, token: tokens.bob, rights: { "acme/*": "write" } },
      { login: "eve", id: 103, token: tokens.eve, rights: {} },
      { login: "max", id: 104, token: tokens.max, rights: { "acme/*": "write" } },
    ],
    apps: [
      {
        id: 7,
        slug: "cody",
        botId: 70,
        installations: [{ id: 1, account: "acme", permissions: appPermissions }],
      },
    ],
    teams: [
      { id: 1, name: "acme/reviewers", repositories: ["acme/*"] },
      { id: 2, name: "acme/strangers", repositories: [] },
    ],
    ...more,
    repositories,
  });
  const log = programLog("effects", "error", []);
  const options = { apiUrl: github.apiUrl, log, ...(spaced ? {} : { spaced }) };
  const hosts = {
    "an account": makeGitHub({ ...options, identity: { token: tokens["cody-bot"] } }),
    "an App": makeGitHub({ ...options, identity: { appId: 7, privateKey: github.privateKey("cody") } }),
  };
  let files = 0;
  const octokit = (login: Login) =>
    new Octokit({ baseUrl: github.apiUrl, auth: tokens[login], log: silent, retry: { enabled: false } });
  const git: Stage["git"] = async ({ id }, args) =>
    (await runGit(path.join(root, `${id}.git`), args)).text.trim();
  const stage: Stage = {
    github,
    cody: (as) => hosts[as],
    login: (as) => (as === "an App" ? "cody[bot]" : "cody-bot"),
    octokit,
    git,
    async commit(repository, { on = "main", also, author = "ann", committer = author, files: lines = {} }) {
      const directory = path.join(root, `${repository.id}.git`);
      const index = path.join(root, `index-${++files}`);
      const env = { GIT_INDEX_FILE: index };
      await runGit(directory, ["read-tree", on], { env });
      for (const [name, line] of Object.entries({ [`file-${files}`]: `${files}`, ...lines })) {
        const blob = await runGit(directory, ["hash-object", "-w", "--stdin"], { input: `${line}\n` });
        const entry = `100644,${blob.text.trim()},${name}`;
        await runGit(directory, ["update-index", "--add", "--cacheinfo", entry], { env });
      }
      const tree = (await runGit(directory, ["write-tree"], { env })).text.trim();
      await rm(index);
      const parents = [on, ...(also === undefined ? [] : [also])].flatMap((parent) => ["-p", parent]);
      const { text } = await runGit(directory, ["commit-tree", tree, ...parents, "-m", `Commit ${files}`], {
        env: commitEnvironment(people[author], people[committer], Date.UTC(2026, 0, 5)),
      });
      return text.trim();
    },
    async move({ fullName }, branch, sha, force = true) {
      const at = { owner: "acme", repo: fullName.slice("acme/".length) };
      const { data } = await octokit("ann").git.listMatchingRefs({ ...at, ref: `heads/${branch}` });
      const isThere = data.some(({ ref }) => ref === `refs/heads/${branch}`);
      if (isThere) await octokit("ann").git.updateRef({ ...at, ref: `heads/${branch}`, sha, force });
      else await octokit("ann").git.createRef({ ...at, ref: `refs/heads/${branch}`, sha });
    },
    async push(repository, branch, commit = {}) {
      const sha = await stage.commit(repository, commit);
      await stage.move(repository, branch, sha);
      return sha;
    },
    close: async () => {
      await github.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  // Bare repositories are made when they are first needed.
  for (const { fullName } of repositories)
    await octokit("ann").repos.listBranches({ owner: "acme", repo: fullName.slice("acme/".length) });
  return stage;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };
