// An image as its registry on AWS describes it.
import { DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import type { PrivateImage } from "@cody/core/private-image.ts";
import type { StoredImage } from "../doctor/means.ts";

/** Asks where the image is, which need not be the region that Cody is in. Throws what says neither yes nor no. */
export async function storedImage({
  account,
  region,
  repository,
  tag = "latest",
  digest,
}: PrivateImage): Promise<StoredImage | "no repository" | "no image"> {
  const requestHandler = { requestTimeout: 5_000, connectionTimeout: 5_000 };
  const client = new ECRClient({ region, maxAttempts: 2, requestHandler });
  try {
    const imageIds = [digest ? { imageDigest: digest } : { imageTag: tag }];
    const wanted = { registryId: account, repositoryName: repository, imageIds };
    const { imageDetails: [found] = [] } = await client.send(new DescribeImagesCommand(wanted));
    if (!found) return "no image";
    return { pushedAt: found.imagePushedAt?.getTime(), bytes: found.imageSizeInBytes };
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "RepositoryNotFoundException") return "no repository";
    if (name === "ImageNotFoundException") return "no image";
    throw error;
  } finally {
    client.destroy();
  }
}
