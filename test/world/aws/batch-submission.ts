// What AWS Batch refuses: submissions with ClientException, definitions when they are registered.
import type { SubmitJobRequest } from "@aws-sdk/client-batch";
import type { BatchDefinition, BatchQueue } from "./batch-job.ts";
import { strategyFault } from "./batch-retry.ts";
import { clientException, type ServiceError } from "./service-error.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const MAX_SUBMISSION_BYTES = 30 * 1024;
const MIN_TIMEOUT_SECONDS = 60;
const MAX_TAGS = 50;

/** Parts of SubmitJob that this stand-in does not run: better refused than quietly left out. */
const NOT_COVERED = [
  "arrayProperties",
  "nodeOverrides",
  "dependsOn",
  "eksPropertiesOverride",
  "ecsPropertiesOverride",
  "consumableResourcePropertiesOverride",
] as const;

/** The queue and the definition of a submission. Throws what AWS would answer instead. */
export function checkSubmission(
  request: SubmitJobRequest,
  requestId: string,
  queues: readonly BatchQueue[],
  definitions: readonly BatchDefinition[],
): { queue: BatchQueue; definition: BatchDefinition } {
  const refusal = (message: string): ServiceError =>
    clientException(`Error executing request, Exception : ${message}, RequestId: ${requestId}`);
  const kibibytes = Buffer.byteLength(JSON.stringify(request)) / 1024;
  if (kibibytes * 1024 > MAX_SUBMISSION_BYTES) {
    throw refusal(`Job size must be less than 30 KiB, got ${Math.ceil(kibibytes)} KiB`);
  }
  if (!NAME.test(request.jobName ?? "")) throw refusal("Job name should match valid pattern");
  const queue = findQueue(queues, request.jobQueue);
  if (!queue) throw clientException(`JobQueue ${request.jobQueue} not found.`);
  if (queue.state === "DISABLED") throw refusal(`JobQueue ${queue.name} is not in ENABLED state`);
  const definition = findDefinition(definitions, request.jobDefinition);
  if (!definition) {
    throw clientException(
      `JobDefinition name ${request.jobDefinition} does not exist or is not in ACTIVE status`,
    );
  }
  const uncovered = NOT_COVERED.find((part) => request[part] !== undefined);
  if (uncovered) throw clientException(`The local stand-in does not cover ${uncovered}.`);
  const fault =
    shareFault(request, queue, definition) ??
    timeoutFault(request.timeout?.attemptDurationSeconds) ??
    strategyFault(request.retryStrategy ?? {}) ??
    overridesFault(request);
  if (fault !== undefined) throw refusal(fault);
  return { queue, definition };
}

/** Throws what AWS would say when the definition is registered. */
export function checkDefinition(definition: BatchDefinition): void {
  const { name, command, environment, secrets = {} } = definition;
  const shared = Object.keys(secrets).find((variable) => variable in environment);
  const fault =
    (NAME.test(name) ? undefined : "the name takes up to 128 letters, digits, - and _") ??
    (command.length > 0 ? undefined : "the command is empty") ??
    Object.keys({ ...environment, ...secrets })
      .map(variableFault)
      .find(Boolean) ??
    (shared && `${shared} is both a variable and a secret`) ??
    timeoutFault(definition.timeoutSeconds) ??
    strategyFault(definition.retryStrategy ?? {});
  if (fault) throw new Error(`AWS Batch would refuse the job definition ${name}: ${fault}.`);
}

export function findQueue(
  queues: readonly BatchQueue[],
  nameOrArn: string | undefined,
): BatchQueue | undefined {
  return queues.find((queue) => queue.name === nameOrArn?.split("/").pop());
}

/** Takes a name, name:1 or an ARN; every definition here is in its first revision. */
export function findDefinition(
  definitions: readonly BatchDefinition[],
  nameOrArn: string | undefined,
): BatchDefinition | undefined {
  const [name, revision = "1"] = nameOrArn?.split("/").pop()?.split(":") ?? [];
  return revision === "1" ? definitions.find((definition) => definition.name === name) : undefined;
}

function shareFault(
  request: SubmitJobRequest,
  queue: BatchQueue,
  definition: BatchDefinition,
): string | undefined {
  const share = request.shareIdentifier;
  if (!queue.schedulingPolicy) {
    return share === undefined
      ? undefined
      : "shareIdentifier must not be specified for a queue without a scheduling policy";
  }
  if (share === undefined) return "shareIdentifier must be specified.";
  if (!/^[A-Za-z0-9]{1,255}\*?$/.test(share)) return "shareIdentifier takes up to 255 letters and digits";
  const priority = request.schedulingPriorityOverride ?? definition.schedulingPriority;
  return priority === undefined
    ? "Either schedulingPriority in job definition or schedulingPriorityOverride should be specified."
    : undefined;
}

function timeoutFault(seconds: number | undefined): string | undefined {
  if (seconds === undefined || seconds >= MIN_TIMEOUT_SECONDS) return undefined;
  return `attemptDurationSeconds must be at least ${MIN_TIMEOUT_SECONDS} seconds`;
}

function overridesFault({ containerOverrides, tags = {} }: SubmitJobRequest): string | undefined {
  if (Object.keys(tags).length > MAX_TAGS) return `a job takes at most ${MAX_TAGS} tags`;
  const { command = [], environment = [] } = containerOverrides ?? {};
  if (command.some((word) => typeof word !== "string")) return "the command must be a list of strings";
  if (environment.some(({ name, value }) => typeof name !== "string" || typeof value !== "string")) {
    return "an environment variable needs a name and a value, both strings";
  }
  return environment.map(({ name = "" }) => variableFault(name)).find(Boolean);
}

function variableFault(name: string): string | undefined {
  if (name === "") return "an environment variable needs a name";
  return name.startsWith("AWS_BATCH")
    ? `Environment variables must not start with AWS_BATCH: ${name}`
    : undefined;
}
