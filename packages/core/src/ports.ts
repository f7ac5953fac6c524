// What Cody needs of the outside, in Cody's words; adapters implement it, roots hand it in.
import type { Refusal } from "./job.ts";
import type { Effort, Usage } from "./models.ts";
import type {
  Account,
  Ask,
  Audit,
  Catalogue,
  Diff,
  Held,
  Job,
  JobRecord,
  LinkRequest,
  Person,
  Post,
  PullRequest,
  Repository,
  Run,
  SpendLimit,
  Standing,
  TeamDefaults,
  Turn,
} from "./schema.ts";

/** Jobs, runs, asks and posts in the table. Every write is one conditional write of one item. */
export interface Jobs {
  /** False where the job was there already. */
  create(job: Job): Promise<boolean>;
  read(id: string): Promise<JobRecord | undefined>;
  /** Writes what `decide` makes of the newest job; undefined leaves it as it is. */
  changeJob(id: string, decide: (job: Job) => Job | undefined): Promise<Job | undefined>;
  /** False where the run was there already. */
  createRun(run: Run): Promise<boolean>;
  readRun(job: string, number: number): Promise<Run | undefined>;
  /** Writes what `decide` makes of the newest run; read and decided anew where another write came between. */
  changeRun(job: string, number: number, decide: (run: Run) => Run | Refusal): Promise<Run | Refusal>;
  /** False where the same ask was there already. */
  ask(ask: Ask): Promise<boolean>;
  asksOf(job: string): Promise<Ask[]>;
  /** The first answer stays. */
  answer(ask: Ask, answer: string): Promise<void>;
  /** A team's jobs, newest first. */
  newest(team: string, limit: number): Promise<Job[]>;
  /** A person's jobs, newest first. */
  newestOf(team: string, user: string, limit: number): Promise<Job[]>;
  /** Ids of the jobs that somebody still has to look after, oldest first. */
  open(): Promise<string[]>;
  /** Runs that occupy a machine or wait for one, oldest first. */
  openRuns(): Promise<Pick<Run, "job" | "number" | "state">[]>;
  /** Says which job a thread belongs to; the job of a thread never changes. */
  nameThread(channel: string, ts: string, job: string): Promise<void>;
  /** The job that a thread belongs to. */
  ofThread(channel: string, ts: string): Promise<string | undefined>;
  /** Says which run a pull request belongs to. */
  namePullRequest(repository: number, pull: number, run: Pick<Run, "job" | "number">): Promise<void>;
  ofPullRequest(repository: number, pull: number): Promise<Pick<Run, "job" | "number"> | undefined>;
  /** Jobs with pull requests that ought to be looked at by now, longest due first. */
  dueLooks(now: number, limit: number): Promise<string[]>;
}

/** Who is who: people of a team and their accounts on GitHub. */
export interface People {
  read(team: string, user: string): Promise<Person | undefined>;
  /** Writes the link, over any earlier one. */
  link(person: Person): Promise<void>;
  unlink(team: string, user: string): Promise<void>;
  /** Everybody of the team who has linked this account. */
  usersOf(team: string, account: number): Promise<string[]>;
  /** False where the tokens are no longer those that were read: somebody else refreshed or unlinked them. */
  changeTokens(person: Person, sealedTokens: string): Promise<boolean>;
  /** Notes that somebody is about to link. */
  beginLink(request: LinkRequest): Promise<void>;
  /** The request as it is, used up by nobody; undefined where it is unknown, used or over. */
  readLink(id: string, now: number): Promise<LinkRequest | undefined>;
  /** Binds it to one browser; false where that was done before. */
  bindLink(id: string, bound: { verifier: string; nonceDigest: string }): Promise<boolean>;
  /** Uses it up. Undefined where it is unknown, over, or was used before. */
  takeLink(id: string, now: number): Promise<LinkRequest | undefined>;
}

/** What was done by whom. Entries are only ever added; the same id is added once. */
export interface Audits {
  append(entry: Audit): Promise<void>;
  /** Entries of one day in UTC, `2026-11-20`, oldest first. */
  ofDay(day: string): Promise<Audit[]>;
}

/** Counts changes that make content on GitHub, for all runs together. */
export interface Pace {
  /** Takes room for one change; where there is none, when there will be, in milliseconds since 1970. */
  take(account: string, now: number): Promise<{ ok: true } | { ok: false; until: number }>;
}

export type Claim =
  /** Nobody claimed it before: send it. */
  | { type: "first"; post: Post }
  /** Somebody claimed it and may have sent it: look before sending. */
  | { type: "again"; post: Post }
  /** Sent already, with its ts, or somebody is at it. */
  | { type: "taken"; ts?: string };

/** Which Slack messages were sent. */
export interface Posts {
  claim(job: string, key: string, now: number): Promise<Claim>;
  /** Ends a claim whose attempt failed; whoever claims next looks first, and need not wait. */
  release(job: string, key: string): Promise<void>;
  /** Adds what is known of a claimed message: its ts, its file. */
  record(job: string, key: string, known: Partial<Post>): Promise<void>;
}

/** Boards that no longer show what the table says. */
export interface Boards {
  /** Says that the job's board is out of date. Returns its team; undefined where it has no board yet. */
  markStale(job: string, now: number): Promise<string | undefined>;
  /** A team's stale boards, longest stale first. */
  stale(team: string): Promise<{ job: string; since: number; mark: string }[]>;
  /** Records what was drawn; the board stays stale where it has another mark by now. */
  drawn(job: string, drawn: string, mark: string, now: number): Promise<void>;
  /** One drawer a team. False where another holds the lease. */
  takeDrawer(team: string, owner: string, now: number): Promise<boolean>;
  giveDrawer(team: string, owner: string): Promise<void>;
}

/** What one run's rounds store: lease, turns, patch. */
export interface Work {
  /** False where another owner's lease has not run out. */
  takeLease(owner: string, now: number): Promise<boolean>;
  /** False where the lease was lost. */
  renewLease(owner: string, now: number): Promise<boolean>;
  giveLease(owner: string, now: number): Promise<void>;
  /** When the lease runs out; undefined where nobody holds it. */
  leaseUntil(): Promise<number | undefined>;
  saveTurn(turn: Turn): Promise<void>;
  turns(round: number): Promise<Turn[]>;
  /** What a turn changed in the work tree, saved before the turn itself. */
  saveTree(at: { round: number; turn: number }, patch: Buffer, now: number): Promise<void>;
  /** What the turns up to `lastTurn` changed, in their order; later ones may be half written and are not read. */
  trees(round: number, lastTurn: number): Promise<Buffer[]>;
  savePatch(round: number, patch: Buffer, now: number): Promise<void>;
  patch(round: number): Promise<Buffer | undefined>;
}

/** What a team shares. */
export interface Teams {
  catalogue(team: string): Promise<Catalogue | undefined>;
  saveCatalogue(team: string, catalogue: Catalogue): Promise<void>;
  /** Notes that someone needs a fresh list; true where nobody had noted it since it was last read. */
  wantCatalogue(team: string, now: number): Promise<boolean>;
  /** Teams that Cody has met, with the time their list was read and last wanted. */
  known(): Promise<{ team: string; readAt?: number; wantedAt?: number }[]>;
  defaults(team: string): Promise<TeamDefaults>;
  saveDefaults(team: string, defaults: TeamDefaults): Promise<void>;
}

/** The spend limit of the key that all runs of the table share. */
export interface SpendLimits {
  /** The one in force; undefined where none is known of. */
  read(): Promise<SpendLimit | undefined>;
  /** Says that a run met one; returns the one in force, which is that of the run that met it first. */
  reach(limit: SpendLimit): Promise<SpendLimit>;
  /** Somebody says that it was raised. False where it is another one by now, or none. */
  lift(limit: Pick<SpendLimit, "since">, now: number): Promise<boolean>;
}

/** Everything that the table holds. */
export interface Store {
  jobs: Jobs;
  posts: Posts;
  boards: Boards;
  teams: Teams;
  people: People;
  audits: Audits;
  pace: Pace;
  spendLimit: SpendLimits;
  work(job: string, run: number): Work;
}

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

/** A conversation of a review that nobody resolved. */
export interface ReviewThread {
  /** Of its first comment, to answer it. */
  comment: number;
  path: string;
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

/** What came of something done as a person. Never thrown: a refusal is a sentence for that person. */
export type Done = { done: true } | { done: false; words: string };

/** One pull request, and the head that a person saw. */
export interface SeenPullRequest {
  repository: RepositoryName;
  number: number;
  sha: string;
}

/**
 * GitHub as one person, with that person's own token. Approvals and merges exist here and nowhere else. Throws `Failed`
 * where GitHub does not answer, so that nobody knows.
 */
export interface PersonalCodeHost {
  account(): Promise<Account>;
  /** What this person may do, read live. */
  rights(repository: RepositoryName): Promise<"none" | "read" | "write">;
  /** One review with this verdict on this head, however often it is asked for. */
  review(
    pull: SeenPullRequest,
    verdict: { kind: "approve" | "request-changes"; text: string },
  ): Promise<Done>;
  /** Merges by a method that the repository allows, where the head is still this. */
  merge(pull: SeenPullRequest): Promise<Done>;
  enableAutoMerge(pull: SeenPullRequest): Promise<Done>;
  close(pull: SeenPullRequest): Promise<Done>;
}

/** Tokens of a person, as GitHub gave them. Times in milliseconds since 1970. */
export interface PersonTokens {
  access: string;
  /** Undefined: the token never expires. */
  expiresAt?: number;
  refresh?: string;
  refreshExpiresAt?: number;
}

/** How people let Cody act for them on GitHub. */
export interface Linking {
  /** Where the person's browser is sent. `challenge` is PKCE's, S256. */
  authorizeUrl(wanted: { state: string; challenge: string; redirectUrl: string }): string;
  /** Undefined where GitHub does not take the code. */
  exchange(given: { code: string; verifier: string; redirectUrl: string }): Promise<PersonTokens | undefined>;
  /** Undefined where the person has to link again. */
  refresh(refreshToken: string): Promise<PersonTokens | undefined>;
}

/** Somebody of the workspace, or a stranger in it. */
export interface Member {
  /** As people see it. */
  name: string;
  /** Workspaces that the person belongs to: one, or several of one organisation. */
  teams: readonly string[];
  /** From another company, met in a channel that both share. */
  isStranger: boolean;
  isGuest: boolean;
  isDeactivated: boolean;
  isBot: boolean;
  isAdmin: boolean;
}

/** A place in Slack, and whether Cody can work there. */
export type Room =
  | {
      found: true;
      kind: "public" | "private" | "direct";
      member: boolean;
      archived: boolean;
      shared: boolean;
    }
  | { found: false };

/** A message of Cody's, findable by its key. */
export interface ChatMessage {
  channel: string;
  threadTs?: string;
  /** What notifications and screen readers get: the whole state in plain words. */
  text: string;
  blocks: readonly object[];
  /** Shown instead where Slack does not know a block. */
  plainBlocks?: readonly object[];
}

/**
 * Slack. Throws `RateLimited` where Slack wants a pause, `MessageGone` where there is nothing left to edit, and
 * `AnswerLost` where nobody knows whether it was done.
 */
export interface Chat {
  /** Posts a message that carries its job and key; returns its ts. */
  post(message: ChatMessage, id: { job: string; key: string }): Promise<string>;
  /** The ts of the message with this job and key, looked for among the newest. */
  find(
    place: { channel: string; threadTs?: string },
    id: { job: string; key: string },
  ): Promise<string | undefined>;
  edit(message: ChatMessage & { ts: string }): Promise<void>;
  /** An address that opens the message. */
  linkTo(channel: string, ts: string): Promise<string>;
  /** Uploads bytes that nobody sees yet; returns the file's id. */
  upload(name: string, bytes: Buffer): Promise<string>;
  /** Shows an uploaded file in a thread. */
  share(
    file: { id: string; title: string; comment: string },
    place: { channel: string; threadTs: string },
  ): Promise<void>;
  /** Where a file was shared in this channel; undefined where it was not. */
  sharedIn(file: string, channel: string): Promise<string | undefined>;
  room(channel: string): Promise<Room>;
  join(channel: string): Promise<void>;
  /** The channel of direct messages with this person. */
  directChannel(user: string): Promise<string>;
  /** Answers privately where a button was pressed. False where the address is no longer good. */
  answer(responseUrl: string, text: string, blocks?: readonly object[]): Promise<boolean>;
  /** The team of Cody's token. */
  team(): Promise<string>;
  /** The name of that team, as people see it. */
  teamName(): Promise<string>;
  /** Undefined where Slack knows nobody of that id. */
  member(user: string): Promise<Member | undefined>;
  /** Shows a person's Home tab. */
  publishHome(user: string, view: object): Promise<void>;
  /** Says something to one person in a channel, that only they see. */
  whisper(
    place: { channel: string; threadTs?: string; user: string },
    text: string,
    blocks?: readonly object[],
  ): Promise<void>;
  /** A direct message. Returns its ts. */
  tell(user: string, text: string): Promise<string>;
}

/** One machine job a round of a run. */
export interface Queue {
  /** Returns the queue's id of the job. Not idempotent: look it up by name first where it may exist. */
  submit(job: { name: string; run: Pick<Run, "job" | "number">; share: string }): Promise<string>;
  /** The id of a job of this name, newest first. */
  find(name: string): Promise<string | undefined>;
  /** Ends a job in any state. */
  terminate(id: string, reason: string): Promise<void>;
  /** What became of jobs, by id; unknown ids are left out. */
  states(ids: string[]): Promise<Map<string, QueueState>>;
}

export interface QueueState {
  state: "waiting" | "running" | "ended";
  /** How it ended or why it waits, in the queue's words. */
  reason?: string;
}

/** The model's answer of one turn, and what it cost. */
export interface ModelAnswer {
  /** The assistant message, to be sent back unchanged. */
  content: readonly unknown[];
  text: string;
  calls: { id: string; name: string; input: unknown }[];
  stop: "end" | "tools" | "length" | "refused" | "window" | "paused";
  /** Why it declined, where it did and said why. */
  refusal?: string;
  usage: Usage;
}

/** What the model is asked: everything that it is told, in the order in which the prompt cache holds it. */
export interface ModelRequest {
  model: string;
  effort: Effort;
  system: string;
  tools: readonly ToolDescription[];
  messages: readonly unknown[];
  signal: AbortSignal;
  /** Aborted where nothing more may be asked; an answer that is on its way is still taken. */
  noMore?: AbortSignal;
  onWait?: OnWait;
}

/** Hears before each wait why the answer is late, in words for the board; `held` where it is so late that people are told. */
export type OnWait = (why: string, held?: Held) => void;

/** Claude. Throws `Failed` where it does not answer or refuses. */
export interface ModelClient {
  /** What the API calls this model; `model-unknown` where it has none of that id. */
  nameOf(model: string, signal: AbortSignal, onWait?: OnWait): Promise<string>;
  /** Where the conversation does not fit into the model's window, the answer stops with `window`. */
  answer(request: ModelRequest): Promise<ModelAnswer>;
  /**
   * Has a request that was sent before read once more, so that the prompt cache keeps it, and says what that cost.
   * Tried once; never throws. Undefined where it did not work.
   */
  warm(request: ModelRequest): Promise<Usage | undefined>;
}

export interface ToolDescription {
  name: string;
  description: string;
  /** JSON schema of the input. */
  inputSchema: Record<string, unknown>;
}

export interface ToolResult {
  text: string;
  isError: boolean;
}

/** The tools of the work tree, in a process that holds no secret. */
export interface ToolProcess {
  run(name: string, input: unknown, signal: AbortSignal): Promise<ToolResult>;
  /** Ends it and everything that its commands left behind. */
  close(): Promise<void>;
}

/** One path that differs from the base. Modes as git writes them: `100644`, `120000`, `160000`, `000000` for none. */
export interface ChangedFile {
  path: string;
  oldMode: string;
  newMode: string;
  /** Size of the new content; 0 where there is none. */
  bytes: number;
}

/** What the work tree holds that the base does not. */
export interface Change {
  /** Names exactly this change: its base and what the tree then holds. */
  id: string;
  /** Binary-safe; `git apply` takes it on the base. Cut off where it is over `maxPatchBytes`. */
  patch: Buffer;
  diff: Diff;
  /** In the order in which the patch has them. */
  files: ChangedFile[];
  /** Paths that cannot be part of a commit: nested repositories, and names that git refuses. */
  leftOut: string[];
}

/** A commit of what was compared last, and where it goes. */
export interface CommitWanted {
  branch: string;
  message: string;
  /** Where the branch has to be; undefined: it must not be there yet. */
  expected?: string;
  /** What `expected` holds need not be kept. */
  overwrite?: boolean;
  signal: AbortSignal;
}

/** `movedTo`: nothing was pushed, because the branch is there, or elsewhere, by now; undefined where it is gone. */
export type Published = { sha: string; isSigned: boolean } | { sha?: undefined; movedTo: string | undefined };

/** The work tree of one run, and the trusted git directory beside it. */
export interface Workspace {
  /** Where the tools work. */
  readonly tree: string;
  /** Paths that could not be put together when the base branch was merged in, in the tree's beginning. */
  readonly conflicts: readonly string[];
  /** A text file as the base has it; undefined where there is none, or no ordinary file. */
  baseFile(path: string): Promise<string | undefined>;
  /**
   * What changed since the last snapshot, or since the beginning; undefined if nothing. What is too large to be kept
   * does not count as a snapshot, so that the next one holds it too.
   */
  snapshot(): Promise<Buffer | "too-large" | undefined>;
  /** Puts the snapshots of an earlier runner back, in their order, into a fresh tree. */
  restore(snapshots: readonly Buffer[]): Promise<void>;
  /** What changed against the base, or against what was merged in; read by git alone. */
  diff(): Promise<Change | undefined>;
  /** Those of the conflicting paths that still hold marks of a conflict. */
  marked(): Promise<string[]>;
  /** Commits what `diff` showed last, on the base, and pushes it. */
  publish(commit: CommitWanted): Promise<Published>;
  /**
   * Makes another commit the base, and puts what `diff` showed last on top of it; the tree stays as it is. `change` is
   * undefined where that commit holds it already. Nothing is changed where it does not fit.
   */
  putOnto(
    commit: string,
    signal: AbortSignal,
  ): Promise<{ fits: true; change: Change | undefined } | { fits: false; conflicts: string[] }>;
  remove(): Promise<void>;
}
