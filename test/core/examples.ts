// A job, a run and what belongs to them, as tests of decisions and views need them.
import { newRun } from "@cody/core/job.ts";
import type { Ask, Job, JobRecord, Post, Repository, Run } from "@cody/core/schema.ts";

/** 20 November 2026, 10:30:00 UTC, in milliseconds since 1970. */
export const start = Date.UTC(2026, 10, 20, 10, 30);

export function repository(name: string, differences: Partial<Repository> = {}): Repository {
  return {
    id: 100 + name.length,
    fullName: `acme/${name}`,
    defaultBranch: "main",
    private: false,
    archived: false,
    mayPush: true,
    ...differences,
  };
}

/** A job for one repository, `acme/shop`, with its thread. */
export function exampleJob(differences: Partial<Job> = {}): Job {
  return {
    id: "abcdefgh23",
    team: "T1",
    requester: "U1",
    channel: "C1",
    name: "Upgrade Log4j",
    prompt: "Upgrade Log4j past CVE-2021-44228",
    kind: "vulnerability",
    deliver: "pull-request",
    model: "claude-sonnet-5-5",
    effort: "high",
    repositories: [repository("shop")],
    budgetUsd: 3,
    createdAt: start,
    thread: { channel: "C1", ts: "1795170600.000100" },
    ...differences,
  };
}

/** The first run of the example job, as it waits for its Batch job. */
export function exampleRun(differences: Partial<Run> = {}): Run {
  return { ...newRun(exampleJob(), 1, repository("shop"), start), ...differences };
}

/** A run that ended as `outcome`, a hundred seconds after it began. */
export function endedRun(outcome: NonNullable<Run["outcome"]>, differences: Partial<Run> = {}): Run {
  return exampleRun({
    state: "done",
    outcome,
    attempts: 1,
    turns: 14,
    costUsd: 0.22,
    submittedAt: start + 1_000,
    startedAt: start + 20_000,
    endedAt: start + 120_000,
    ...differences,
  });
}

export function exampleDiff(differences: Partial<NonNullable<Run["diff"]>> = {}): NonNullable<Run["diff"]> {
  return {
    files: 2,
    additions: 3,
    deletions: 3,
    patchBytes: 812,
    preview: "-log4j 2.14\n+log4j 2.17",
    ...differences,
  };
}

export function exampleAsk(differences: Partial<Ask> = {}): Ask {
  return { id: "ask1", job: "abcdefgh23", kind: "stop", by: "U2", at: start, ...differences };
}

/** A message that was sent. */
export function sentPost(key: string, differences: Partial<Post> = {}): Post {
  return { job: "abcdefgh23", key, claimedUntil: start, ts: "1795170601.000200", ...differences };
}

/** A message that somebody is about to send. */
export function claimedPost(key: string, claimedUntil: number): Post {
  return { job: "abcdefgh23", key, claimedUntil };
}

export function exampleRecord(differences: Partial<JobRecord> = {}): JobRecord {
  return { job: exampleJob(), runs: [], asks: [], posts: [sentPost("board")], ...differences };
}
