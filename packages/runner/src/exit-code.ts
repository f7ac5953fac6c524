// The exit codes of the runner, which the Batch job's retry rules read.

export const exitCodes = {
  /** The round is recorded as ended, or another runner holds its lease. */
  ended: 0,
  /** Something that Cody has no word for; it is in the log, and in the run where it could be written. */
  unexpected: 1,
  /** The configuration is wrong; no retry can help. */
  configuration: 10,
  /** Told to stop, or the lease was lost; whoever comes next goes on from the last turn. */
  interrupted: 20,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
