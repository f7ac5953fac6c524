// ListJobs: which jobs of a queue it shows, in which order, a page at a time.
import type { JobSummary, ListJobsRequest, ListJobsResponse } from "@aws-sdk/client-batch";
import { arn, type BatchQueue, type Job } from "./batch-job.ts";
import { findQueue } from "./batch-submission.ts";
import { clientException } from "./service-error.ts";

const STATUSES = ["SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"];
const MAX_RESULTS = 1000;
const MAX_FILTERED_RESULTS = 100;

/** Jobs in one state (RUNNING when none is named) or, with the filter JOB_NAME, in any state and newest first. */
export function listJobs(
  request: ListJobsRequest,
  jobs: readonly Job[],
  queues: readonly BatchQueue[],
): ListJobsResponse {
  if (!request.jobQueue) {
    throw clientException(
      "jobQueue must be specified: lists of array and multi-node jobs are not covered here",
    );
  }
  const queue = findQueue(queues, request.jobQueue);
  if (!queue) throw clientException(`JobQueue ${request.jobQueue} not found.`);
  const ofQueue = jobs.filter((job) => job.detail.jobQueue === arn("job-queue", queue.name));
  const chosen = request.filters?.length ? named(ofQueue, request) : inState(ofQueue, request.jobStatus);
  const limit = request.filters?.length ? MAX_FILTERED_RESULTS : MAX_RESULTS;
  const { maxResults = limit } = request;
  if (!Number.isInteger(maxResults) || maxResults < 1) throw clientException("maxResults must be at least 1");
  const from = Number(request.nextToken ?? 0);
  if (!Number.isInteger(from) || from < 0) throw clientException("nextToken is not valid");
  const to = from + Math.min(maxResults, limit);
  return {
    jobSummaryList: chosen.slice(from, to).map(summary),
    ...(chosen.length > to ? { nextToken: String(to) } : {}),
  };
}

function inState(jobs: readonly Job[], status = "RUNNING"): readonly Job[] {
  if (!STATUSES.includes(status)) throw clientException(`jobStatus must be one of ${STATUSES.join(", ")}`);
  return jobs.filter((job) => job.detail.status === status);
}

/** Case does not matter, and an asterisk at the end stands for anything. */
function named(jobs: readonly Job[], { filters = [] }: ListJobsRequest): readonly Job[] {
  const [filter, ...more] = filters;
  if (more.length > 0) throw clientException("Only one filter can be used at a time");
  if (filter?.name !== "JOB_NAME") {
    throw clientException(`The filter ${filter?.name} is not covered by the local stand-in.`);
  }
  const patterns = (filter.values ?? []).map((value) => value.toLowerCase());
  const matches = (name: string) =>
    patterns.some((pattern) =>
      pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    );
  return jobs.filter((job) => matches(job.detail.jobName?.toLowerCase() ?? "")).toReversed();
}

function summary({ detail }: Job): JobSummary {
  const { jobArn, jobId, jobName, createdAt, status, statusReason, startedAt, stoppedAt, container } = detail;
  return {
    jobArn,
    jobId,
    jobName,
    createdAt,
    status,
    statusReason,
    startedAt,
    stoppedAt,
    jobDefinition: detail.jobDefinition,
    container: { exitCode: container.exitCode, reason: container.reason },
  };
}
