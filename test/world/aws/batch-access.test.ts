// What the local Batch refuses a role, as the real client sees it.
import {
  BatchClient,
  CancelJobCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  ListJobsCommand,
  SubmitJobCommand,
  TerminateJobCommand,
} from "@aws-sdk/client-batch";
import { expect, onTestFinished, test } from "vitest";
import { openAccess } from "./access.ts";
import type { BatchOptions } from "./batch.ts";
import { clientSettings } from "./client-settings.ts";
import { openBatch } from "./open-batch.ts";

const all = [
  "batch:SubmitJob queue",
  "batch:SubmitJob definition",
  "batch:TerminateJob jobs",
  "batch:DescribeJobs *",
  "batch:ListJobs *",
  "batch:DescribeJobQueues *",
];

const jobId = "00000000-0000-0000-0000-000000000000";
const submission = { jobName: "job-1", jobQueue: "queue", jobDefinition: "runner" };

/** A client that signs as the role, and a local Batch that knows it. */
async function clientWith(allowed: string[], options: Partial<BatchOptions> = {}): Promise<BatchClient> {
  const access = openAccess({ "local-effects": { name: "EffectsRole", session: "effects", allowed } });
  const { batch } = await openBatch({}, { access, ...options });
  const credentials = { accessKeyId: "local-effects", secretAccessKey: "local" };
  const client = new BatchClient({
    ...clientSettings,
    credentials,
    endpoint: batch.endpoint,
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

test.each([
  ["SubmitJob", "queue", "job-queue/queue", new SubmitJobCommand(submission)],
  ["SubmitJob", "definition", "job-definition/runner:1", new SubmitJobCommand(submission)],
  ["TerminateJob", "jobs", `job/${jobId}`, new TerminateJobCommand({ jobId, reason: "Enough" })],
  ["DescribeJobs", "*", "*", new DescribeJobsCommand({ jobs: [jobId] })],
  ["ListJobs", "*", "*", new ListJobsCommand({ jobQueue: "queue" })],
  ["DescribeJobQueues", "*", "*", new DescribeJobQueuesCommand({})],
])("%s takes the permission on %s", async (action, resource, name, command) => {
  const permission = `batch:${action} ${resource}`;
  await (await clientWith(all)).send(command as ListJobsCommand);
  const without = await clientWith(all.filter((one) => one !== permission));
  const arn = name === "*" ? "*" : `arn:aws:batch:us-east-1:000000000000:${name}`;
  await expect(without.send(command as ListJobsCommand)).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: `User: arn:aws:sts::000000000000:assumed-role/EffectsRole/effects is not authorized to perform: batch:${action} on resource: ${arn} because no identity-based policy allows the batch:${action} action`,
    $metadata: { httpStatusCode: 403 },
  });
});

test("nothing is allowed that is in no list: another action, another queue, another definition", async () => {
  const client = await clientWith(all);
  for (const command of [
    new CancelJobCommand({ jobId, reason: "Enough" }),
    new SubmitJobCommand({ ...submission, jobQueue: "another" }),
    new SubmitJobCommand({ ...submission, jobDefinition: "another" }),
  ]) {
    await expect(client.send(command as CancelJobCommand)).rejects.toThrow("is not authorized to perform");
  }
});

test("a definition beside the usual one takes a permission of its own", async () => {
  const definitions = ["runner", "runner-java-8"].map((name) => ({
    name,
    command: ["true"],
    environment: {},
  }));
  const send = (client: BatchClient) =>
    client.send(new SubmitJobCommand({ ...submission, jobDefinition: "runner-java-8" }));
  await expect(send(await clientWith(all, { definitions }))).rejects.toThrow(
    "job-definition/runner-java-8:1",
  );
  await send(await clientWith([...all, "batch:SubmitJob definition for java-8"], { definitions }));
});
