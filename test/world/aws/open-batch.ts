// A local AWS Batch with the real client, opened and closed for one test.
import { tmpdir } from "node:os";
import {
  BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  SubmitJobCommand,
  type SubmitJobCommandInput,
} from "@aws-sdk/client-batch";
import { expect, onTestFinished } from "vitest";
import { type BatchOptions, type LocalBatch, startBatch } from "./batch.ts";
import type { JobStateChange } from "./batch-events.ts";
import type { BatchDefinition } from "./batch-job.ts";
import { clientSettings } from "./client-settings.ts";

export interface OpenBatch {
  batch: LocalBatch;
  client: BatchClient;
  /** Submits a job that runs a line of shell, or the definition's command without one. */
  submit: (script?: string, more?: Partial<SubmitJobCommandInput>) => Promise<string>;
  detail: (jobId: string) => Promise<JobDetail>;
  /** Waits for one of the states. */
  reach: (jobId: string, ...states: string[]) => Promise<JobDetail>;
  statesOf: (jobId: string) => (string | undefined)[];
}

/** Two queues, `queue` and `fair`, and one definition, `runner`. Events come once and at once unless told otherwise. */
export async function openBatch(
  definition: Partial<BatchDefinition> = {},
  options: Partial<BatchOptions> = {},
): Promise<OpenBatch> {
  const events: JobStateChange[] = [];
  const batch = await startBatch({
    queues: [{ name: "queue" }, { name: "fair", schedulingPolicy: "policy" }],
    definitions: [{ name: "runner", command: ["true"], environment: {}, ...definition }],
    cwd: tmpdir(),
    duplicateShare: 0,
    maxEventDelayMs: 0,
    onStateChange: async (event) => void events.push(event),
    ...options,
  });
  onTestFinished(batch.close);
  const client = new BatchClient({ ...clientSettings, endpoint: batch.endpoint });
  onTestFinished(() => client.destroy());
  const detail = async (jobId: string) => {
    const { jobs } = await client.send(new DescribeJobsCommand({ jobs: [jobId] }));
    return jobs?.[0] as JobDetail;
  };
  return {
    batch,
    client,
    detail,
    async submit(script, more) {
      const answer = await client.send(
        new SubmitJobCommand({
          jobName: "job-1",
          jobQueue: "queue",
          jobDefinition: "runner",
          ...(script === undefined ? {} : { containerOverrides: { command: ["sh", "-c", script] } }),
          ...more,
        }),
      );
      return answer.jobId ?? "";
    },
    async reach(jobId, ...states) {
      await expect
        .poll(async () => (await detail(jobId)).status, { interval: 5, timeout: 4_000 })
        .toBeOneOf(states);
      return detail(jobId);
    },
    statesOf: (jobId) =>
      events.filter((event) => event.detail.jobId === jobId).map((event) => event.detail.status),
  };
}

/** Waits until a job has printed as many lines. */
export async function printed(batch: LocalBatch, jobId: string, lines: number): Promise<readonly string[]> {
  const logs = () => batch.jobs().find((job) => job.jobId === jobId)?.logs ?? [];
  await expect.poll(() => logs().length, { interval: 5 }).toBeGreaterThanOrEqual(lines);
  return logs();
}
