// The queue of machines, in Cody's words.
import type { Run } from "../schema.ts";

/** One machine job a round of a run. */
export interface Queue {
  /**
   * Returns the queue's id of the job. Not idempotent: look it up by name first where it may exist. Which machine it
   * gets may depend on the run's repository.
   */
  submit(job: {
    name: string;
    run: Pick<Run, "job" | "number"> & { repository: Pick<Run["repository"], "fullName"> };
    share: string;
  }): Promise<string>;
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
