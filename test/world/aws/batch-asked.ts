// What a request to AWS Batch asks for: actions on the queue, the job definitions and jobs of the deployment.
import type { SubmitJobRequest, TerminateJobRequest } from "@aws-sdk/client-batch";
import { arn, type BatchDefinition, type BatchQueue } from "./batch-job.ts";
import { findDefinition, findQueue } from "./batch-submission.ts";
import type { Asked } from "./permission.ts";

/**
 * The permissions that a request needs. Of a submission both the queue and the definition have to be allowed. The first
 * definition is the usual one; `runner-java-8` beside `runner` is the definition for java-8.
 */
export function askedOfBatch(
  operation: string,
  body: unknown,
  { queues, definitions }: { queues: readonly BatchQueue[]; definitions: readonly BatchDefinition[] },
): Asked[] {
  const asked = (resource: string, named = "*"): Asked => ({
    action: `batch:${operation}`,
    resource,
    arn: named,
    keys: [],
  });
  switch (operation) {
    case "SubmitJob": {
      const { jobQueue = "", jobDefinition = "" } = body as Partial<SubmitJobRequest>;
      const queue = findQueue(queues, jobQueue);
      const definition = findDefinition(definitions, jobDefinition);
      return [
        asked(queue ? "queue" : "another queue", arn("job-queue", lastPart(jobQueue))),
        asked(
          definition ? wordsFor(definition, definitions) : "another definition",
          arn("job-definition", definition ? `${definition.name}:1` : lastPart(jobDefinition)),
        ),
      ];
    }
    case "TerminateJob":
    case "CancelJob":
      return [asked("jobs", arn("job", (body as Partial<TerminateJobRequest>).jobId ?? ""))];
    default:
      // Batch knows no resource for what only looks.
      return [asked("*")];
  }
}

function wordsFor({ name }: BatchDefinition, [usual]: readonly BatchDefinition[]): string {
  if (name === usual?.name) return "definition";
  return `definition for ${name.replace(`${usual?.name}-`, "")}`;
}

function lastPart(nameOrArn: string): string {
  return nameOrArn.split("/").pop() ?? "";
}
