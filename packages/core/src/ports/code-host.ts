// GitHub as Cody: repositories, branches and pull requests, in Cody's words. Nothing here approves or merges.
import type { PullRequest, Standing } from "../pull-request-schema.ts";
import type { Repository } from "../schema.ts";

/** What can be said of one repository right now. */
export type RepositoryCheck =
  | { found: false }
  | { found: true; repository: Repository; empty: boolean; baseSha?: string; cloneUrl: string };

/** Which repository: the id never changes, and the name, be it a former one, leads to who may be asked about it. */
export type RepositoryName = Pick<Repository, "id" | "fullName">;

/** Whom a commit names. */
export interface CommitAuthor {
  name: string;
  email: string;
}

/** What git's transport shows the other end. */
export interface GitAuthorization {
  /** The value of its Authorization header. */
  header: string;
  /** Made just now, so that it may be refused for some seconds. */
  isNew: boolean;
}

/** One of Cody's branches, as it is. */
export interface BranchState {
  /** Undefined where there is no such branch. */
  headSha?: string;
  /** Commits on it since Cody's last one that are not Cody's, and whose they are; the last one unknown: since the base. */
  foreign: { commits: number; people: string[] };
  /** The newest pull request from it. */
  pullRequest?: Pick<PullRequest, "number" | "url" | "headSha" | "draft"> & {
    state: Standing["state"];
    /** Login of who closed it, where that was not Cody. */
    closedBy?: string;
  };
}

/** What is delivered as a pull request. */
export interface PullRequestWanted {
  repository: RepositoryName;
  branch: string;
  /** Owner of the fork that holds the branch. */
  headOwner?: string;
  base: string;
  title: string;
  body: string;
  draft: boolean;
  labels: readonly string[];
  /** Logins, and teams as `owner/team`. Asked for once, when the pull request is opened. */
  reviewers: readonly string[];
  /** What Cody knows of the run's pull request; undefined: it is looked for, adopted or opened. */
  known?: PullRequest;
  /** A closed one is opened again. */
  reopen?: boolean;
}

/** A conversation of a review that nobody resolved; or what a reviewer who asks for changes says of the whole. */
export interface ReviewThread {
  /** Of its first comment, to answer it; undefined where it is about the whole, which takes no answer. */
  comment?: number;
  /** Undefined where it is about the whole. */
  path?: string;
  /** Undefined where the line is gone. */
  line?: number;
  comments: { by: string; text: string }[];
}

/** A check that failed, and what it printed. */
export interface FailedCheck {
  name: string;
  /** What the check says of itself. */
  summary: string;
  /** The end of its log; empty where GitHub keeps none for it. */
  log: string;
}

/** GitHub takes no more content for now. Thrown where a request may be made again later, and not before. */
export class ContentLimited extends Error {
  /** In milliseconds since 1970. */
  readonly until: number;

  constructor(until: number) {
    super("GitHub takes no more changes for now");
    this.name = "ContentLimited";
    this.until = until;
  }
}

/** GitHub. Throws `Failed` with a kind of failure.ts where it does not answer or refuses. */
export interface CodeHost {
  /** Every repository that is open to Cody. */
  repositories(): Promise<Repository[]>;
  /** Reads one live. `branch` undefined: its default branch. */
  check(repository: RepositoryName, branch?: string): Promise<RepositoryCheck>;
  /** Reads one of Cody's branches live. `knownHead`: the last commit that Cody pushed to it. */
  branch(
    repository: RepositoryName,
    wanted: { branch: string; base: string; knownHead?: string; headOwner?: string },
  ): Promise<BranchState>;
  /**
   * The run's pull request as it should be: opened, adopted or changed where Cody's part of it differs. `notes` are
   * sentences on what GitHub refused beside it: a label, a reviewer. Throws `ContentLimited`.
   */
  deliverPullRequest(wanted: PullRequestWanted): Promise<{ pullRequest: PullRequest; notes: string[] }>;
  /** How a pull request stands; the same object where GitHub says that nothing changed since `known`. */
  standing(repository: RepositoryName, pull: number, known?: Standing): Promise<Standing>;
  /** Merges the base into the branch, as Cody, where its head is still this. Throws `Failed`. */
  updateBranch(repository: RepositoryName, pull: number, headSha: string): Promise<void>;
  /** Where the histories of a base branch and a commit part, and the newest commit of the base. */
  mergeBase(
    repository: RepositoryName,
    base: string,
    headSha: string,
  ): Promise<{ sha: string; baseSha: string }>;
  failedChecks(repository: RepositoryName, sha: string): Promise<FailedCheck[]>;
  /** What reviewers want: first what those who may push and ask for changes say of the whole, then conversations. */
  openThreads(repository: RepositoryName, pull: number): Promise<ReviewThread[]>;
  /** Answers a conversation once; the same answer is not given twice. */
  answerThread(
    repository: RepositoryName,
    pull: number,
    answer: { comment: number; text: string },
  ): Promise<void>;
  /**
   * A commit of the same tree and parents that GitHub signs for Cody; undefined where it signs none, as for a service
   * account. The tree has to be there already. Throws `ContentLimited`.
   */
  signedCommit(
    repository: RepositoryName,
    commit: { tree: string; parents: readonly string[]; message: string },
  ): Promise<string | undefined>;
  /** Puts a branch at a commit that GitHub has, where that loses nothing; false where the branch moved meanwhile. */
  moveBranch(
    repository: RepositoryName,
    branch: string,
    to: { sha: string; isNew: boolean },
  ): Promise<boolean>;
  /** Cody's own fork, made where there is none. Undefined where Cody can have none, as an App. */
  fork(repository: RepositoryName): Promise<{ fullName: string; cloneUrl: string } | undefined>;
  /** Lets git in. Ask for `write` only when something is about to be pushed: the right to push is made then. */
  gitAuthorization(repository: RepositoryName, access: "read" | "write"): Promise<GitAuthorization>;
  /** Whom GitHub shows next to Cody's commits; undefined where that is nobody in particular. */
  author(repository: RepositoryName): Promise<CommitAuthor | undefined>;
}
