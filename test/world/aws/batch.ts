// AWS Batch on this machine: speaks its protocol to the real client and runs jobs as processes.
import { randomUUID } from "node:crypto";
import type {
  DescribeJobDefinitionsRequest,
  DescribeJobQueuesRequest,
  DescribeJobsRequest,
  SubmitJobRequest,
  TerminateJobRequest,
} from "@aws-sdk/client-batch";
import type { Access } from "./access.ts";
import { askedOfBatch } from "./batch-asked.ts";
import { type JobStateChange, openEvents } from "./batch-events.ts";
import {
  arn,
  type BatchDefinition,
  type BatchQueue,
  createJob,
  imageOf,
  type Job,
  secretsList,
} from "./batch-job.ts";
import { listJobs } from "./batch-list.ts";
import { createScheduler } from "./batch-scheduler.ts";
import { checkDefinition, checkSubmission, findDefinition, findQueue } from "./batch-submission.ts";
import { seededRandom } from "./random.ts";
import { type Fault, serveRestJson } from "./rest-json.ts";
import { clientException, ServiceError } from "./service-error.ts";

export interface BatchOptions {
  queues: readonly BatchQueue[];
  definitions: readonly BatchDefinition[];
  /** Who may do what; everybody everything if left out. */
  access?: Access;
  /** Jobs that start or run at the same time. */
  maxParallel?: number;
  /** Between SIGTERM and SIGKILL; AWS gives 30 seconds. */
  stopTimeoutMs?: number;
  /** From submission to running, half of it RUNNABLE and half STARTING; on Fargate about a minute. */
  startDelayMs?: number;
  /** Shortens the clock of job timeouts for tests: 0.001 makes 60 seconds 60 milliseconds. */
  timeoutFactor?: number;
  onStateChange?: (event: JobStateChange) => Promise<void>;
  /** Share of state changes told twice, and how late one may come. */
  duplicateShare?: number;
  maxEventDelayMs?: number;
  seed?: number;
  onLog?: (jobId: string, line: string) => void;
  /** Working directory of all jobs. */
  cwd: string;
}

export interface JobView {
  jobId: string;
  jobName: string;
  status: string;
  statusReason?: string;
  attempts: number;
  /** Of the running attempt's main process, which leads a group of its own. */
  pid?: number;
  /** The latest 10,000 lines of all attempts. */
  logs: readonly string[];
}

export interface LocalBatch {
  endpoint: string;
  /** All jobs since the start, oldest first. */
  jobs(): JobView[];
  /** Takes the running attempt's Spot capacity away: SIGTERM, the stop timeout, SIGKILL. */
  interrupt(jobId: string): void;
  /** Kills everything of the running attempt at once; no exit code is known afterwards. */
  killHost(jobId: string, statusReason?: string): void;
  fault(fault: Fault): void;
  /** Kills all that runs. */
  close(): Promise<void>;
}

const SPOT_INTERRUPTION = "Your Spot Task was interrupted.";
const HOST_LOSS = "Host EC2 (instance i-00000000000000000) terminated.";
const MAX_DESCRIBED = 100;
const MAX_REASON_LENGTH = 1024;

export async function startBatch(options: BatchOptions): Promise<LocalBatch> {
  const { queues, definitions } = options;
  for (const definition of definitions) checkDefinition(definition);
  const jobs = new Map<string, Job>();
  const events = openEvents({
    deliver: options.onStateChange ?? (async () => {}),
    duplicateShare: options.duplicateShare ?? 0.05,
    maxDelayMs: options.maxEventDelayMs ?? 20,
    random: seededRandom(options.seed ?? 1),
  });
  const scheduler = createScheduler({
    maxParallel: options.maxParallel ?? 10,
    startDelayMs: options.startDelayMs ?? 0,
    stopTimeoutMs: options.stopTimeoutMs ?? 30_000,
    timeoutFactor: options.timeoutFactor ?? 1,
    computeEnvironment: "local",
    cwd: options.cwd,
    onChange: events.publish,
    onLog: options.onLog ?? (() => {}),
  });

  function find(jobId: string): Job {
    const job = jobs.get(jobId);
    if (!job) throw new Error(`There is no job ${jobId}.`);
    return job;
  }

  function permit(accessKeyId: string, operation: string, body: unknown): void {
    const refusal = options.access?.refusal(accessKeyId, askedOfBatch(operation, body, options));
    if (refusal !== undefined) throw new ServiceError("AccessDeniedException", 403, refusal);
  }

  const server = await serveRestJson(permit, {
    SubmitJob(body, requestId) {
      const request = body as SubmitJobRequest;
      const { queue, definition } = checkSubmission(request, requestId, queues, definitions);
      const job = createJob(request, queue, definition, randomUUID(), Date.now());
      const { jobArn, jobId = "", jobName } = job.detail;
      jobs.set(jobId, job);
      scheduler.submit(job, queue);
      return { jobArn, jobId, jobName };
    },
    DescribeJobs(body) {
      const { jobs: ids = [] } = body as Partial<DescribeJobsRequest>;
      if (ids.length === 0 || ids.length > MAX_DESCRIBED) {
        throw clientException(`jobs must hold between 1 and ${MAX_DESCRIBED} items`);
      }
      const known = new Set(ids.map((id) => id.split("/").pop() ?? ""));
      return { jobs: [...known].flatMap((id) => jobs.get(id)?.detail ?? []) };
    },
    ListJobs(body) {
      return listJobs(body as object, [...jobs.values()], queues);
    },
    TerminateJob(body) {
      const { job, reason } = ending(body as Partial<TerminateJobRequest>, jobs);
      if (job) scheduler.terminate(job, reason);
    },
    CancelJob(body) {
      const { job, reason } = ending(body as Partial<TerminateJobRequest>, jobs);
      if (job) scheduler.cancel(job, reason);
    },
    DescribeJobQueues(body) {
      const { jobQueues: names } = body as DescribeJobQueuesRequest;
      const chosen = names ? names.flatMap((name) => findQueue(queues, name) ?? []) : queues;
      return { jobQueues: chosen.map(describeQueue) };
    },
    DescribeJobDefinitions(body) {
      const request = body as DescribeJobDefinitionsRequest;
      const { jobDefinitions: names, jobDefinitionName, status } = request;
      if (names && Object.keys(request).length > 1)
        throw clientException("jobDefinitions can't be used with other parameters");
      if (names && names.length > MAX_DESCRIBED)
        throw clientException(`jobDefinitions takes at most ${MAX_DESCRIBED} items`);
      const wanted = names ?? (jobDefinitionName === undefined ? undefined : [jobDefinitionName]);
      const chosen = wanted ? wanted.flatMap((name) => findDefinition(definitions, name) ?? []) : definitions;
      return { jobDefinitions: status === "INACTIVE" ? [] : chosen.map(describeDefinition) };
    },
  });

  return {
    endpoint: server.endpoint,
    fault: server.fault,
    jobs: () =>
      [...jobs.values()].map((job) => ({
        jobId: job.detail.jobId ?? "",
        jobName: job.detail.jobName ?? "",
        status: job.detail.status ?? "",
        statusReason: job.detail.statusReason,
        attempts: job.detail.attempts.length,
        pid: scheduler.pidOf(job),
        logs: [...job.logs],
      })),
    interrupt: (jobId) => scheduler.interrupt(find(jobId), SPOT_INTERRUPTION),
    killHost: (jobId, statusReason = HOST_LOSS) => scheduler.loseHost(find(jobId), statusReason),
    async close() {
      await server.close();
      await scheduler.close();
      await events.close();
    },
  };
}

/** AWS wants a reason, and takes it in silence when there is no such job. */
function ending(
  { jobId, reason }: Partial<TerminateJobRequest>,
  jobs: ReadonlyMap<string, Job>,
): { job: Job | undefined; reason: string } {
  if (!jobId) throw clientException("jobId must not be empty");
  if (!reason) throw clientException("reason must not be empty");
  if (reason.length > MAX_REASON_LENGTH)
    throw clientException(`reason takes at most ${MAX_REASON_LENGTH} characters`);
  return { job: jobs.get(jobId), reason };
}

function describeQueue(queue: BatchQueue): object {
  return {
    jobQueueName: queue.name,
    jobQueueArn: arn("job-queue", queue.name),
    ...(queue.schedulingPolicy
      ? { schedulingPolicyArn: arn("scheduling-policy", queue.schedulingPolicy) }
      : {}),
    state: queue.state ?? "ENABLED",
    status: "VALID",
    statusReason: "JobQueue Healthy",
    priority: 1,
    computeEnvironmentOrder: [],
  };
}

function describeDefinition(definition: BatchDefinition): object {
  return {
    jobDefinitionName: definition.name,
    jobDefinitionArn: arn("job-definition", `${definition.name}:1`),
    revision: 1,
    status: "ACTIVE",
    type: "container",
    schedulingPriority: definition.schedulingPriority,
    retryStrategy: definition.retryStrategy,
    timeout:
      definition.timeoutSeconds === undefined
        ? undefined
        : { attemptDurationSeconds: definition.timeoutSeconds },
    containerProperties: {
      image: imageOf(definition),
      command: definition.command,
      environment: Object.entries(definition.environment).map(([name, value]) => ({ name, value })),
      secrets: secretsList(definition.secrets ?? {}),
    },
    platformCapabilities: ["FARGATE"],
  };
}
