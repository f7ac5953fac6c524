// What a round needs of the outside, and what it carries along while it lasts.
import type { Log } from "@cody/core/log.ts";
import type { CodeHost, RepositoryName } from "@cody/core/ports/code-host.ts";
import type { ModelClient } from "@cody/core/ports/model.ts";
import type { Jobs, Pace, SpendLimits, Work } from "@cody/core/ports/store.ts";
import type { ToolProcess, Workspace } from "@cody/core/ports/workspace.ts";
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
  spendLimit: Pick<SpendLimits, "read" | "reach">;
  codeHost: CodeHost;
  model: ModelClient;
  /** Sets the isolation of the tools up and tries it; returns it in a few words. Throws `isolation-missing`. */
  isolate(): Promise<string>;
  openWorkspace(wanted: {
    repository: RepositoryName;
    cloneUrl: string;
    baseSha: string;
    baseBranch: string;
    /** What the tree begins with beside the base. */
    patch?: Buffer;
    merge?: { sha: string; ancestor: string };
    /** Cody's fork, where that holds the branch. */
    fork?: { fullName: string; cloneUrl: string; holdsBase: boolean };
    /** Makes the commits that GitHub signs. */
    codeHost: Pick<CodeHost, "signedCommit" | "moveBranch">;
    signal: AbortSignal;
  }): Promise<Workspace>;
  /** `deadline` in milliseconds since 1970. */
  startTools(wanted: { tree: string; deadline: number }): ToolProcess;
  /** Hosts that were refused to the tools so far. */
  denied(): NonNullable<Run["denied"]>;
  /** Takes room for one change of content on GitHub, of what all runs together may make. */
  takeRoom: () => ReturnType<Pace["take"]>;
  /** Whether public and private repositories may be in one job. */
  mixesVisibility: boolean;
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
