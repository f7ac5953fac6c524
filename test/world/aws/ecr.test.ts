// The registry of images with AWS's own client: what it tells of an image, and how it refuses.
import { DescribeImagesCommand, type DescribeImagesRequest, ECRClient } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accountId, clientSettings } from "./client-settings.ts";
import { startEcr } from "./ecr.ts";

const digest = `sha256:${"a".repeat(64)}`;
const pushedAt = Date.UTC(2026, 0, 5);
let ecr: Awaited<ReturnType<typeof startEcr>>;

beforeAll(async () => {
  ecr = await startEcr({
    repositories: { "cody/runner": [{ digest, tags: ["runner"], pushedAt, bytes: 250_000_000 }], empty: [] },
  });
});

afterAll(() => ecr.close());

async function describeImages(request: DescribeImagesRequest, region: string = clientSettings.region) {
  const client = new ECRClient({ ...clientSettings, region, endpoint: ecr.endpoint, maxAttempts: 1 });
  try {
    return (await client.send(new DescribeImagesCommand(request))).imageDetails;
  } finally {
    client.destroy();
  }
}

const repositoryName = "cody/runner";

test.each([
  [{ imageTag: "runner" }],
  [{ imageDigest: digest }],
  [{ imageTag: "runner", imageDigest: digest }],
])("an image by %j", async (imageId) => {
  expect(await describeImages({ repositoryName, imageIds: [imageId] })).toMatchObject([
    {
      imageDigest: digest,
      imageTags: ["runner"],
      imageSizeInBytes: 250_000_000,
      imagePushedAt: new Date(pushedAt),
    },
  ]);
});

test("all of a repository, also where there are none", async () => {
  expect(await describeImages({ repositoryName, registryId: accountId })).toHaveLength(1);
  expect(await describeImages({ repositoryName: "empty" })).toEqual([]);
});

test.each<[string, DescribeImagesRequest, string]>([
  [
    "RepositoryNotFoundException",
    { repositoryName: "other" },
    "The repository with name 'other' does not exist in the registry with id '000000000000'",
  ],
  [
    "ImageNotFoundException",
    { repositoryName, imageIds: [{ imageTag: "old" }] },
    "imageTag:'old'} does not exist within the repository with name 'cody/runner'",
  ],
  [
    "ImageNotFoundException",
    { repositoryName, imageIds: [{ imageTag: "runner", imageDigest: `sha256:${"b".repeat(64)}` }] },
    "does not exist",
  ],
  ["InvalidParameterException", { repositoryName, imageIds: [] }, "imageIds"],
  ["InvalidParameterException", { repositoryName, imageIds: [{}] }, "a digest or a tag"],
  ["InvalidParameterException", { repositoryName, imageIds: [{ imageDigest: "aaaa" }] }, "imageDigest"],
  [
    "InvalidParameterException",
    { repositoryName, imageIds: [{ imageTag: "runner" }], maxResults: 5 },
    "maxResults",
  ],
  ["InvalidParameterException", { repositoryName: "No Name" }, "repositoryName"],
  [
    "AccessDeniedException",
    { repositoryName, registryId: "111111111111" },
    "no resource-based policy allows the ecr:DescribeImages action",
  ],
])("%s for %j", async (name, request, message) => {
  await expect(describeImages(request)).rejects.toMatchObject({
    name,
    message: expect.stringContaining(message),
  });
});

test("another region has another registry", async () => {
  await expect(describeImages({ repositoryName }, "eu-west-1")).rejects.toMatchObject({
    name: "RepositoryNotFoundException",
  });
});

test("whoever does not sign, or asks for something else, is refused", async () => {
  const ask = (headers: Record<string, string>) =>
    fetch(ecr.endpoint, { method: "POST", headers, body: JSON.stringify({ repositoryName }) });
  const target = "AmazonEC2ContainerRegistry_V20150921.DescribeImages";
  const unsigned = await ask({ "x-amz-target": target });
  expect([unsigned.status, await unsigned.json()]).toMatchObject([
    400,
    { __type: "MissingAuthenticationTokenException" },
  ]);
  const other = await ask({ "x-amz-target": target.replace("Describe", "Delete") });
  expect(await other.json()).toMatchObject({ __type: "UnknownOperationException" });
});
