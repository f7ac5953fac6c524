// The stage's repository of images: whether it is there, what was pushed, and what is marked as deployed.
import { privateImage } from "@cody/core/private-image.ts";
import * as z from "zod";
import { deployedTag } from "../infra/runner-images.ts";
import { CommandFailed, type Outside, Stopped } from "./outside.ts";

/** The tag of what was pushed last. */
export const pushedTag = "runner";

/** As `infra/image.ts` names it. */
export function imagesName(stage: string): string {
  return `cody-${stage}-runner`;
}

const repositories = z.object({ repositories: z.array(z.object({ repositoryUri: z.string() })) });
const details = z.object({ imageDetails: z.array(z.object({ imageDigest: z.string() })) });
const manifests = z.object({
  images: z.array(z.object({ imageManifest: z.string(), imageManifestMediaType: z.string().optional() })),
});

/** Its address, `<account>.dkr.ecr.<region>.amazonaws.com/<name>`; undefined before the first deployment. */
export async function findImages(outside: Outside, stage: string): Promise<string | undefined> {
  const name = imagesName(stage);
  const told = await ask(outside, ["describe-repositories", "--repository-names", name], repositories);
  return told?.repositories[0]?.repositoryUri;
}

/** The image that was pushed last, by its digest. */
export async function pushedImage(outside: Outside, images: string): Promise<string> {
  const which = ["--repository-name", nameOf(images), "--image-ids", `imageTag=${pushedTag}`];
  const told = await ask(outside, ["describe-images", ...which], details);
  const digest = told?.imageDetails[0]?.imageDigest;
  if (digest) return `${images}@${digest}`;
  throw new Stopped(`There is no image with the tag ${pushedTag} in ${images}.`, "Push it again.");
}

/** An image of the repository, and the tag by which it is marked as deployed. */
export interface Found {
  tag: string;
  digest: string;
  manifest: string;
  mediaType: string | undefined;
}

/**
 * Those of the named images that are in this repository: the usual one, and those of some repositories. Throws where one
 * is not there any more.
 */
export async function findNamed(
  outside: Outside,
  images: string | undefined,
  { usual, others }: { usual: string; others: readonly string[] },
): Promise<Found[]> {
  if (!images) return [];
  const [usualDigest] = digestIn(images, usual);
  const found: Found[] = [];
  for (const digest of new Set([usual, ...others].flatMap((image) => digestIn(images, image)))) {
    const which = ["--repository-name", nameOf(images), "--image-ids", `imageDigest=${digest}`];
    const told = await ask(outside, ["batch-get-image", ...which], manifests);
    const [image] = told?.images ?? [];
    if (!image)
      throw new Stopped(
        `The image ${digest} is not in ${images}, and no run could start from it.`,
        `These are there: aws ecr describe-images --repository-name ${nameOf(images)}`,
      );
    const number = found.filter((each) => each.tag !== deployedTag).length + 2;
    const tag = digest === usualDigest ? deployedTag : `${deployedTag}-${number}`;
    found.push({ tag, digest, manifest: image.imageManifest, mediaType: image.imageManifestMediaType });
  }
  return found;
}

/** The digest of an image of this repository. */
function digestIn(images: string, image: string): string[] {
  const [repository = "", digest = ""] = image.split("@");
  return repository.replace(/:[^/]*$/, "") === images ? [digest] : [];
}

/** Moves the marks to what is deployed now. */
export async function markDeployed(outside: Outside, images: string, found: readonly Found[]): Promise<void> {
  for (const { tag, digest, manifest, mediaType } of found) {
    const where = ["--repository-name", nameOf(images), "--image-tag", tag, "--image-digest", digest];
    const what = ["--image-manifest", manifest];
    const type = mediaType ? ["--image-manifest-media-type", mediaType] : [];
    await ask(outside, ["put-image", ...where, ...what, ...type], z.object({}));
  }
}

/** What the registry answers; undefined where it has no such thing, or has it already. */
async function ask<T extends z.ZodType>(
  { run }: Outside,
  args: string[],
  schema: T,
): Promise<z.output<T> | undefined> {
  try {
    const told = await run({ program: "aws", args: ["ecr", ...args, "--output", "json"] });
    return schema.parse(JSON.parse(told));
  } catch (error) {
    const expected = /\((RepositoryNotFound|ImageNotFound|ImageAlreadyExists)Exception\)/;
    if (error instanceof CommandFailed && expected.test(error.said)) return undefined;
    throw error;
  }
}

function nameOf(images: string): string {
  const { repository } = privateImage(images) ?? {};
  if (repository) return repository;
  throw new Stopped(`${images} is no repository of images on AWS.`, "Look at `images` in .sst/outputs.json.");
}
