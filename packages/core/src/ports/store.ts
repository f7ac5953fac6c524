// What the table keeps, in Cody's words; its adapter implements it, roots hand it in.
import type { Refusal } from "../job.ts";
import type { Ask, Job, JobRecord, Post, Run, SpendLimit, Turn } from "../schema.ts";
import type { Audit, Catalogue, LinkRequest, Person, TeamDefaults } from "../team-schema.ts";

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
