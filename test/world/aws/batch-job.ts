// A job as AWS Batch keeps it: what its definition and its submission make it, and what others are shown of it.
import type { JobDetail, RetryStrategy, SubmitJobRequest } from "@aws-sdk/client-batch";
import { accountId, region } from "./client-settings.ts";

export interface BatchQueue {
  name: string;
  /** Name of its fair-share policy; then every job needs a shareIdentifier, and without one none may have it. */
  schedulingPolicy?: string;
  /** A disabled queue takes no jobs, and ends those that it has; enabled if left out. */
  state?: "ENABLED" | "DISABLED";
}

export interface BatchDefinition {
  name: string;
  /** What it says that it starts: here a process runs in its place. `local` if left out. */
  image?: string;
  /** Run without a shell; `Ref::name` stands for a parameter of the submission. */
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Values of the `secrets` list by variable: in the process's environment, in no answer and no event. */
  secrets?: Readonly<Record<string, string>>;
  retryStrategy?: RetryStrategy;
  /** Of each attempt, at least 60. */
  timeoutSeconds?: number;
  /** 0 to 9999, for queues with a fair-share policy. */
  schedulingPriority?: number;
}

/** A detail with the parts that every job here has. */
export type Detail = JobDetail & {
  attempts: NonNullable<JobDetail["attempts"]>;
  container: NonNullable<JobDetail["container"]>;
  jobArn: string;
  retryStrategy: RetryStrategy;
};

export interface Job {
  /** What DescribeJobs answers and events carry; copied before it leaves. */
  detail: Detail;
  command: string[];
  environment: Record<string, string>;
  secrets: Readonly<Record<string, string>>;
  /** Length of the container overrides as JSON, which is looked at when the container starts. */
  overridesLength: number;
  /** The latest lines of all attempts. */
  logs: string[];
}

export function arn(
  kind: "job" | "job-queue" | "job-definition" | "scheduling-policy",
  name: string,
): string {
  return `arn:aws:batch:${region}:${accountId}:${kind}/${name}`;
}

/** Ended, and for good. */
export function hasEnded({ detail }: Job): boolean {
  return detail.status === "SUCCEEDED" || detail.status === "FAILED";
}

export function createJob(
  request: SubmitJobRequest,
  queue: BatchQueue,
  definition: BatchDefinition,
  jobId: string,
  createdAt: number,
): Job {
  const overrides = request.containerOverrides;
  const environment = {
    ...definition.environment,
    ...Object.fromEntries((overrides?.environment ?? []).map(({ name = "", value = "" }) => [name, value])),
  };
  const parameters = request.parameters ?? {};
  const command = (overrides?.command ?? [...definition.command]).map((word) =>
    word.replace(/^Ref::(\w+)$/, (reference, name: string) => parameters[name] ?? reference),
  );
  const secrets = definition.secrets ?? {};
  const timeout =
    request.timeout ??
    (definition.timeoutSeconds === undefined
      ? undefined
      : { attemptDurationSeconds: definition.timeoutSeconds });
  const detail: Detail = {
    jobArn: arn("job", jobId),
    jobId,
    jobName: request.jobName ?? "",
    jobQueue: arn("job-queue", queue.name),
    status: "SUBMITTED",
    ...(request.shareIdentifier === undefined ? {} : { shareIdentifier: request.shareIdentifier }),
    attempts: [],
    createdAt,
    startedAt: undefined,
    retryStrategy: { attempts: 1, ...(request.retryStrategy ?? definition.retryStrategy) },
    ...(timeout === undefined ? {} : { timeout }),
    dependsOn: [],
    jobDefinition: arn("job-definition", `${definition.name}:1`),
    parameters,
    container: {
      image: imageOf(definition),
      command,
      environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
      secrets: secretsList(secrets),
      resourceRequirements: overrides?.resourceRequirements ?? [],
      volumes: [],
      mountPoints: [],
      networkInterfaces: [],
    },
    tags: request.tags ?? {},
    propagateTags: request.propagateTags ?? false,
    platformCapabilities: ["FARGATE"],
  };
  return {
    detail,
    command,
    environment,
    secrets,
    overridesLength: overrides === undefined ? 0 : JSON.stringify(overrides).length,
    logs: [],
  };
}

export function imageOf({ image = "local" }: BatchDefinition): string {
  return image;
}

/** Names and where AWS would fetch them; never the values. */
export function secretsList(
  secrets: Readonly<Record<string, string>>,
): { name: string; valueFrom: string }[] {
  return Object.keys(secrets).map((name) => ({
    name,
    valueFrom: `arn:aws:ssm:${region}:${accountId}:parameter/${name}`,
  }));
}
