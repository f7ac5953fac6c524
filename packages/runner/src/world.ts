// What a round needs of the outside, and what it carries along while it lasts.
import type { Log } from "@cody/core/log.ts";
import type {
  CodeHost,
  Jobs,
  ModelClient,
  RepositoryName,
  ToolProcess,
  Work,
  Workspace,
} from "@cody/core/ports.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import type { Heartbeat } from "./heartbeat.ts";

/** What a runner is told: ids alone. */
export interface Assignment {
  job: string;
  run: number;
  /** The Batch job and which attempt of it this is, from 1. */
  queueJob: string;
  attempt: number;
}

export interface World {
  jobs: Jobs;
  /** Of the run that was assigned. */
  work: Work;
  codeHost: CodeHost;
  model: ModelClient;
  /** Sets the isolation of the tools up and tries it; returns it in a few words. Throws `isolation-missing`. */
  isolate(): Promise<string>;
  openWorkspace(wanted: {
    repository: RepositoryName;
    cloneUrl: string;
    baseSha: string;
    baseBranch: string;
    signal: AbortSignal;
  }): Promise<Workspace>;
  /** `deadline` in milliseconds since 1970. */
  startTools(wanted: { tree: string; deadline: number }): ToolProcess;
  /** Hosts that were refused to the tools so far. */
  denied(): NonNullable<Run["denied"]>;
  /** Patterns of repositories that Cody may work on. */
  allowed: readonly string[];
  redact: (text: string) => string;
  /** Whether a text holds one of Cody's own keys. */
  isOwnSecret: (text: string) => boolean;
  now: () => number;
  log: Log;
}

/** A round under way. */
export interface Round {
  world: World;
  job: Job;
  /** As it was when the round was begun or gone on with. */
  run: Run;
  heartbeat: Heartbeat;
  /** Aborted where the round has to end: stopped, out of time, or no longer this runner's. */
  signal: AbortSignal;
  /** When the time of the round is used up, in milliseconds since 1970. */
  deadline: number;
  /** What is known of the result so far; a failure delivers it as well. */
  result: Partial<Run>;
}
