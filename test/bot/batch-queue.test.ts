// The queue of runs on the local Batch: which job definition a run is submitted by.
import { DescribeJobsCommand } from "@aws-sdk/client-batch";
import { pairsSchema } from "@cody/core/by-repository.ts";
import { afterEach, expect, test } from "vitest";
import { definitionFor, makeBatchQueue } from "../../packages/bot/src/adapters/batch-queue.ts";
import { clientEnvironment } from "../world/aws/client-settings.ts";
import { openBatch } from "../world/aws/open-batch.ts";

const jobDefinitions = pairsSchema("").parse("acme/legacy-*=runner-java-8, acme/site=runner-site:1");
const environmentBefore = { ...process.env };

afterEach(() => {
  process.env = { ...environmentBefore };
});

test.each([
  ["acme/legacy-shop", "runner-java-8"],
  ["Acme/Site", "runner-site:1"],
  ["acme/shop", "runner"],
])("a run on %s has the definition %s", (fullName, definition) => {
  expect(definitionFor(fullName, { jobDefinition: "runner", jobDefinitions })).toBe(definition);
});

test("a run on a repository with an image of its own is submitted by its definition, and others by the usual one", async () => {
  const names = ["runner", "runner-java-8", "runner-site"];
  const definitions = names.map((name) => ({
    name,
    command: ["printenv", "IMAGE"],
    environment: { IMAGE: name },
  }));
  const { batch, client, reach } = await openBatch({}, { definitions });
  Object.assign(process.env, clientEnvironment, { AWS_ENDPOINT_URL_BATCH: batch.endpoint });
  const queue = makeBatchQueue({ queue: "fair", jobDefinition: "runner", jobDefinitions });
  const started: string[][] = [];
  for (const fullName of ["acme/legacy-shop", "acme/shop", "acme/site"]) {
    const run = { job: "abcdefgh23", number: 1, repository: { fullName } };
    const id = await queue.submit({ name: "run", run, share: "U1" });
    await reach(id, "SUCCEEDED");
    const { jobs } = await client.send(new DescribeJobsCommand({ jobs: [id] }));
    const logs = batch.jobs().find(({ jobId }) => jobId === id)?.logs ?? [];
    started.push([fullName, jobs?.[0]?.jobDefinition?.split("/").pop() ?? "", ...logs]);
  }
  expect(started).toEqual([
    ["acme/legacy-shop", "runner-java-8:1", "runner-java-8"],
    ["acme/shop", "runner:1", "runner"],
    ["acme/site", "runner-site:1", "runner-site"],
  ]);
});

test("a definition that is not there is refused, as Batch does", async () => {
  const { batch } = await openBatch();
  Object.assign(process.env, clientEnvironment, { AWS_ENDPOINT_URL_BATCH: batch.endpoint });
  const queue = makeBatchQueue({ queue: "fair", jobDefinition: "runner", jobDefinitions });
  const run = { job: "abcdefgh23", number: 1, repository: { fullName: "acme/legacy-shop" } };
  await expect(queue.submit({ name: "run", run, share: "U1" })).rejects.toThrow(
    "JobDefinition name runner-java-8 does not exist or is not in ACTIVE status",
  );
});
