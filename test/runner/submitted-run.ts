// A job of one repository whose run was just given to Batch, and what its container is given as environment.
import path from "node:path";
import { idFrom } from "@cody/core/ids.ts";
import { isRefusal, newRun, type RunEvent, transition } from "@cody/core/job.ts";
import type { Jobs } from "@cody/core/ports/store.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import { clientEnvironment } from "../world/aws/client-settings.ts";
import { toolSettings } from "../world/deployment.ts";
import { type Outside, repository } from "./outside.ts";

export const tableName = "cody";

/** A job like many others, with an id of its own. */
export function newJob(differences: Partial<Job> = {}): Job {
  return {
    id: idFrom("view", String(Math.random())),
    team: "T1",
    requester: "U0ANN",
    channel: "C1",
    name: "Raise the VAT",
    prompt: "The VAT is 20 now.",
    kind: "anything",
    deliver: "pull-request",
    model: "claude-sonnet-5-5",
    effort: "high",
    repositories: [repository],
    budgetUsd: 3,
    createdAt: Date.now(),
    thread: { channel: "C1", ts: "1.0", link: "https://acme.slack.com/archives/C1/p1" },
    ...differences,
  };
}

/** Writes the job and its run, as Batch took it. */
export async function submitRun(
  jobs: Jobs,
  job: Job,
  { run, queueJob = "batch-1" }: { run?: Partial<Run>; queueJob?: string } = {},
): Promise<void> {
  await jobs.create(job);
  await jobs.createRun({ ...newRun(job, 1, repository, Date.now()), ...run });
  await submitAgain(jobs, job, queueJob);
}

/** A run that waits in the queue is given to Batch. */
export async function submitAgain(jobs: Jobs, job: Job, queueJob: string): Promise<void> {
  await write(jobs, job, { type: "submit" });
  await write(jobs, job, { type: "submitted", queueJob });
}

/** Returns the run as it then is; throws where the event does not apply. */
export async function write(jobs: Jobs, job: Job, event: RunEvent): Promise<Run> {
  const written = await jobs.changeRun(job.id, 1, (newest) => transition(newest, event, Date.now()));
  if (isRefusal(written)) throw new Error(written.refused);
  return written;
}

/** Everything that the runner's job definition gives it, and nothing else. The table is the environment's. */
export function containerEnvironment(outside: Outside, job: Job): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    ...clientEnvironment,
    AWS_ENDPOINT_URL_DYNAMODB: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? "",
    CODY_TABLE: tableName,
    CODY_JOB: job.id,
    CODY_RUN: "1",
    ALLOWED_REPOS: "acme/*",
    GITHUB_TOKEN: outside.githubToken,
    GITHUB_API_URL: outside.github.apiUrl,
    ANTHROPIC_API_KEY: outside.claudeKey,
    ANTHROPIC_BASE_URL: outside.claude.url,
    AWS_BATCH_JOB_ID: "batch-1",
    AWS_BATCH_JOB_ATTEMPT: "1",
    WORK_DIR: path.join(outside.folder, "work"),
    ...toolSettings(),
  };
}
