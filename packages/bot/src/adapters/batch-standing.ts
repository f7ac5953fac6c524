// How the queue and the job definition of this deployment stand, as AWS Batch describes them.
import {
  BatchClient,
  DescribeJobQueuesCommand,
  type JobDefinition,
  paginateDescribeJobDefinitions,
} from "@aws-sdk/client-batch";
import type { DefinitionStanding, QueueStanding } from "../doctor/means.ts";

/** The queue of this name; undefined where there is none. */
export async function queueStanding(name: string, signal?: AbortSignal): Promise<QueueStanding | undefined> {
  const answer = await withClient((client) =>
    client.send(new DescribeJobQueuesCommand({ jobQueues: [name] }), { abortSignal: signal }),
  );
  const queue = answer.jobQueues?.[0];
  if (!queue) return undefined;
  const { state, status = "", statusReason, schedulingPolicyArn } = queue;
  return {
    isEnabled: state === "ENABLED",
    status: status === "VALID" ? status : [status, statusReason].filter(Boolean).join(": "),
    sharesFairly: schedulingPolicyArn !== undefined,
  };
}

/** Throws a sentence where the queue would take no job. */
export async function checkQueue(name: string, signal?: AbortSignal): Promise<void> {
  const queue = await queueStanding(name, signal);
  if (!queue) throw new Error("There is no queue of this name.");
  if (!queue.isEnabled || queue.status !== "VALID") throw new Error("The queue takes no jobs.");
}

/** The newest active revision of a job definition, or the one that `name:revision` names; undefined where there is none. */
export async function definitionStanding(name: string): Promise<DefinitionStanding | undefined> {
  const hasRevision = /:\d+$/.test(name);
  const wanted = hasRevision ? { jobDefinitions: [name] } : { jobDefinitionName: name, status: "ACTIVE" };
  const revisions = await withClient(async (client) => {
    const found: JobDefinition[] = [];
    for await (const { jobDefinitions = [] } of paginateDescribeJobDefinitions({ client }, wanted))
      found.push(...jobDefinitions);
    return found;
  });
  const [newest] = revisions.toSorted((one, other) => (other.revision ?? 0) - (one.revision ?? 0));
  if (!newest) return undefined;
  const { revision = 0, retryStrategy, timeout, containerProperties: container = {} } = newest;
  const seconds = timeout?.attemptDurationSeconds;
  return {
    revision,
    image: container.image ?? "",
    attempts: retryStrategy?.attempts ?? 1,
    retryRules: retryStrategy?.evaluateOnExit ?? [],
    timeoutMs: seconds === undefined ? undefined : seconds * 1_000,
    environment: Object.fromEntries(
      (container.environment ?? []).map(({ name: variable = "", value = "" }) => [variable, value]),
    ),
    secrets: (container.secrets ?? []).flatMap(({ name: variable }) => variable ?? []),
  };
}

/** Two tries of a second each: whoever asks waits for it. */
async function withClient<T>(work: (client: BatchClient) => Promise<T>): Promise<T> {
  const requestHandler = { requestTimeout: 1_000, connectionTimeout: 1_000 };
  const client = new BatchClient({ maxAttempts: 2, requestHandler });
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
