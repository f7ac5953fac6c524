// One bare repository: its name and settings, git on it, its references, and one writer at a time.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { commitEnvironment, type GitOutput, type GitRun, runGit } from "./git.ts";
import type { Protection } from "./protection.ts";
import type { CheckRun, CommitStatus, PullRequest } from "./records.ts";

export interface RepositoryOptions {
  fullName: string;
  id: number;
  /** Folder whose files are the first commit; without one the first commit holds a README.md. */
  source?: string;
  private?: boolean;
  archived?: boolean;
  /** No commit at all. */
  empty?: boolean;
  defaultBranch?: string;
  description?: string;
  /** Ways to merge; all but auto-merge, as on GitHub, where nothing is given. */
  merges?: Partial<Merges>;
  /** By branch. */
  protections?: Record<string, Protection>;
  /** False: GitHub opens no drafts here, as in private repositories of free plans. */
  drafts?: boolean;
  /** False: nobody may fork it. */
  forks?: boolean;
  /** The repository that it is a fork of. */
  parent?: Repository;
  /** Milliseconds from its creation on in which a fork is still without its git objects. */
  readyInMs?: number;
}

/** What the settings of a repository allow. */
export interface Merges {
  squash: boolean;
  merge: boolean;
  rebase: boolean;
  auto: boolean;
}

/** A reference that moved; undefined where it did not exist before or does not exist any more. */
export interface ReferenceMove {
  reference: string;
  before: string | undefined;
  after: string | undefined;
}

/** What a name may not hold to be a branch or tag (git-check-ref-format), or to be an option. */
const UNFIT_FOR_A_REFERENCE = /[\s~^:?*[\\\p{Cc}]|\.\.|@\{|^[-/.]|[/.]$|\/\/|\/\.|\.lock(\/|$)/u;

export class Repository {
  readonly id: number;
  readonly directory: string;
  readonly createdAtMs: number;
  readonly private: boolean;
  readonly description: string | null;
  readonly defaultBranch: string;
  readonly drafts: boolean;
  readonly forks: boolean;
  readonly parent: Repository | undefined;
  fullName: string;
  archived: boolean;
  pushedAtMs: number;

  readonly merges: Merges;
  readonly protections: Map<string, Protection>;
  readonly pulls: PullRequest[] = [];
  readonly checkRuns: CheckRun[] = [];
  readonly statuses: CommitStatus[] = [];
  readonly labels = new Set<string>();
  /** Commits that GitHub itself signed. */
  readonly signedCommits = new Set<string>();
  /** Merges whose result somebody asked for; GitHub works one out only after the first question. */
  readonly askedMerges = new Set<string>();

  readonly #readyAtMs: number;
  readonly #source: string | undefined;
  readonly #empty: boolean;
  #created: Promise<void> | undefined;
  #lastWriter: Promise<unknown> = Promise.resolve();

  constructor(options: RepositoryOptions, root: string, nowMs: number) {
    this.id = options.id;
    this.directory = join(root, `${options.id}.git`);
    this.createdAtMs = nowMs;
    this.pushedAtMs = nowMs;
    this.private = options.private ?? false;
    this.description = options.description ?? null;
    this.defaultBranch = options.defaultBranch ?? "main";
    this.fullName = options.fullName;
    this.archived = options.archived ?? false;
    this.drafts = options.drafts ?? true;
    this.forks = options.forks ?? true;
    this.parent = options.parent;
    this.#readyAtMs = nowMs + (options.readyInMs ?? 0);
    this.merges = { squash: true, merge: true, rebase: true, auto: false, ...options.merges };
    this.protections = new Map(Object.entries(options.protections ?? {}));
    this.#source = options.source;
    this.#empty = options.empty ?? false;
  }

  get owner(): string {
    return this.fullName.slice(0, this.fullName.indexOf("/"));
  }

  get name(): string {
    return this.fullName.slice(this.fullName.indexOf("/") + 1);
  }

  /** Runs git here. The repository is made on disk when it is first needed, so that hundreds cost nothing. */
  async git(args: string[], run: GitRun = {}): Promise<GitOutput> {
    await this.onDisk();
    return runGit(this.directory, args, run);
  }

  async onDisk(): Promise<void> {
    this.#created ??= this.#create();
    await this.#created;
  }

  /** False while GitHub still makes the fork: it is there, and its git is not. */
  isReady(nowMs: number): boolean {
    return nowMs >= this.#readyAtMs;
  }

  /** Takes a commit, and what it stands on, out of another repository of the same network. */
  async fetch(from: Repository, commit: string): Promise<void> {
    await from.onDisk();
    await this.git(["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", from.directory, commit]);
  }

  /** Lets one writer after the other in, so that what a push moved can be told exactly. */
  exclusively<Result>(write: () => Promise<Result>): Promise<Result> {
    const turn = this.#lastWriter.then(write, write);
    this.#lastWriter = turn;
    return turn;
  }

  /** Every reference and the object it names, from one git process. */
  async references(): Promise<Map<string, string>> {
    const { text } = await this.git(["for-each-ref", "--format=%(objectname) %(refname)"]);
    const lines = text.split("\n").filter((line) => line !== "");
    return new Map(
      lines.map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]),
    );
  }

  async isEmpty(): Promise<boolean> {
    const { text } = await this.git(["for-each-ref", "--count=1", "--format=%(refname)", "refs/heads"]);
    return text === "";
  }

  /** The commit a branch, tag, `heads/…` name, commit id or its first 7 or more digits means; undefined if none. */
  async commitOf(revision: string): Promise<string | undefined> {
    const names = ["refs/heads/", "refs/tags/", "refs/", ""].map((prefix) => prefix + revision);
    const candidates = isReferenceName(revision) ? names.slice(0, 3) : [];
    if (revision === "HEAD") candidates.unshift(`refs/heads/${this.defaultBranch}`);
    if (/^[0-9a-f]{7,40}$/.test(revision)) candidates.push(revision);
    if (candidates.length === 0) return undefined;
    // One git process answers for all of them, a line each.
    const input = candidates.map((candidate) => `${candidate}^{commit}\n`).join("");
    const { text } = await this.git(["cat-file", "--batch-check=%(objectname)"], { input });
    return text.split("\n").find((line) => /^[0-9a-f]{40}$/.test(line));
  }

  /** The exact object behind a full reference name; undefined if there is none. */
  async objectOf(reference: string): Promise<string | undefined> {
    return isReferenceName(reference) ? this.#verify(reference) : undefined;
  }

  async mergeBase(one: string, other: string): Promise<string | undefined> {
    const { text } = await this.git(["merge-base", one, other], { allowedExitCodes: [1] });
    return text.trim() || undefined;
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const args = ["merge-base", "--is-ancestor", ancestor, descendant];
    const { exitCode } = await this.git(args, { allowedExitCodes: [1] });
    return exitCode === 0;
  }

  /** How many commits `to` has that `from` has not. */
  async countBetween(from: string, to: string): Promise<number> {
    const { text } = await this.git(["rev-list", "--count", `${from}..${to}`]);
    return Number(text);
  }

  /** Moves a reference; deletes it where `after` is undefined. */
  async moveReference({ reference, before, after }: ReferenceMove): Promise<void> {
    const noObject = "0".repeat(40);
    if (after === undefined) await this.git(["update-ref", "-d", reference, before ?? noObject]);
    else await this.git(["update-ref", reference, after, before ?? noObject]);
  }

  async #verify(expression: string): Promise<string | undefined> {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", expression];
    const { text, exitCode } = await this.git(args, { allowedExitCodes: [1, 128] });
    return exitCode === 0 ? text.trim() : undefined;
  }

  async #create(): Promise<void> {
    const git = (args: string[], run: GitRun = {}) => runGit(this.directory, args, run);
    await mkdir(this.directory, { recursive: true });
    await git(["init", "--quiet", "--bare", "--template=", `--initial-branch=${this.defaultBranch}`]);
    if (this.#empty) return;
    if (this.parent !== undefined) {
      await this.parent.onDisk();
      await git(["fetch", "--quiet", this.parent.directory, "refs/heads/*:refs/heads/*"]);
      return;
    }
    const index = join(this.directory, "first-index");
    const env = { GIT_INDEX_FILE: index };
    if (this.#source === undefined) {
      const blob = await git(["hash-object", "-w", "--stdin"], { input: `# ${this.name}\n` });
      await git(["update-index", "--add", "--cacheinfo", `100644,${blob.text.trim()},README.md`], { env });
    } else {
      await git(["--work-tree", this.#source, "add", "--all", "--force", "."], { env });
    }
    const tree = (await git(["write-tree"], { env })).text.trim();
    await rm(index, { force: true });
    const author = { name: this.owner, email: `${this.owner}@users.noreply.github.com` };
    const commit = await git(["commit-tree", tree, "-m", "Initial commit"], {
      env: commitEnvironment(author, author, this.createdAtMs),
    });
    await git(["update-ref", `refs/heads/${this.defaultBranch}`, commit.text.trim()]);
  }
}

/** Whether git would take this as the name of a reference, or of a part below `refs/`. */
export function isReferenceName(name: string): boolean {
  return name !== "" && name !== "@" && !UNFIT_FOR_A_REFERENCE.test(name);
}

/** Whether git can look this up below a commit: no absolute path, and nothing that climbs out. */
export function isPath(path: string): boolean {
  return (
    !path.includes("\0") && path.split("/").every((part) => part !== "" && part !== "." && part !== "..")
  );
}
