// AWS Batch as the queue of runs.
import {
  BatchClient,
  DescribeJobsCommand,
  ListJobsCommand,
  SubmitJobCommand,
  TerminateJobCommand,
} from "@aws-sdk/client-batch";
import { type ForRepositories, valueFor } from "@cody/core/by-repository.ts";
import type { Queue, QueueState } from "@cody/core/ports/queue.ts";

/** DescribeJobs takes at most this many ids. */
const maxIds = 100;

const waiting = new Set(["SUBMITTED", "PENDING", "RUNNABLE", "STARTING"]);

/** How this deployment's runners are started. */
export interface BatchNames {
  queue: string;
  jobDefinition: string;
  /** Of repositories that have a runner of their own; the first that matches counts. */
  jobDefinitions: readonly ForRepositories[];
}

/** The job definition for a run on this repository. */
export function definitionFor(
  fullName: string,
  { jobDefinition, jobDefinitions }: Omit<BatchNames, "queue">,
): string {
  return valueFor(fullName, jobDefinitions) ?? jobDefinition;
}

/** The queue and the job definitions of this deployment. Only ids travel: overrides hold 8,192 characters at most. */
export function makeBatchQueue(names: BatchNames): Queue {
  const client = new BatchClient({});
  return {
    async submit({ name, run, share }) {
      const { jobId } = await client.send(
        new SubmitJobCommand({
          jobName: name,
          jobQueue: names.queue,
          jobDefinition: definitionFor(run.repository.fullName, names),
          shareIdentifier: share,
          // A queue that shares fairly wants a priority of every job; all of ours are alike.
          schedulingPriorityOverride: 1,
          containerOverrides: {
            environment: [
              { name: "CODY_JOB", value: run.job },
              { name: "CODY_RUN", value: String(run.number) },
            ],
          },
        }),
      );
      if (!jobId) throw new Error("Batch's answer has no job id");
      return jobId;
    },

    async find(name) {
      const { jobSummaryList = [] } = await client.send(
        new ListJobsCommand({ jobQueue: names.queue, filters: [{ name: "JOB_NAME", values: [name] }] }),
      );
      const newestFirst = jobSummaryList.toSorted(
        (one, other) => (other.createdAt ?? 0) - (one.createdAt ?? 0),
      );
      return newestFirst[0]?.jobId;
    },

    async terminate(id, reason) {
      await client.send(new TerminateJobCommand({ jobId: id, reason }));
    },

    async states(ids) {
      const states = new Map<string, QueueState>();
      for (let from = 0; from < ids.length; from += maxIds) {
        const { jobs = [] } = await client.send(
          new DescribeJobsCommand({ jobs: ids.slice(from, from + maxIds) }),
        );
        for (const job of jobs) {
          if (!job.jobId) continue;
          const reason = job.statusReason ?? job.container?.reason;
          states.set(job.jobId, { state: stateOf(job.status ?? ""), ...(reason ? { reason } : {}) });
        }
      }
      return states;
    },
  };
}

function stateOf(status: string): QueueState["state"] {
  if (status === "RUNNING") return "running";
  return waiting.has(status) ? "waiting" : "ended";
}
