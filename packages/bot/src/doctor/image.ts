// The runner's images: whether there is, where the job definitions look for it, what they name.
import { privateImage } from "@cody/core/private-image.ts";
import { ageOf } from "./age.ts";
import { type Finding, ok, skipped, wrong } from "./finding.ts";
import { given } from "./given.ts";
import type { Means } from "./means.ts";

export async function lookAtImage(means: Means): Promise<Finding[]> {
  const check = "Image";
  const read = given(check, ["BATCH_JOB_DEFINITION", "BATCH_JOB_DEFINITIONS"], means.env);
  if ("without" in read) return [read.without];
  const { BATCH_JOB_DEFINITION: usual, BATCH_JOB_DEFINITIONS: others } = read.config;
  const names = [...new Set([usual, ...others.map(({ value }) => value)])];
  const definitions = await Promise.all(names.map((name) => means.definition(name)));
  // What is wrong with a definition is said with it.
  const images = new Set(definitions.flatMap((definition) => definition?.image || []));
  if (images.size === 0) return [skipped(check, "not looked at: no job definition names one")];
  return Promise.all([...images].map((image) => findingOf(check, image, means)));
}

async function findingOf(check: string, image: string, { storedImage, now }: Means): Promise<Finding> {
  const name = privateImage(image);
  if (!name) return skipped(check, `${image} was not looked at: only its registry knows whether it is there`);
  const { account, region, repository } = name;
  const stored = await storedImage(name);
  const remedy = "Build it and push it there; for Cody's own image `npm run deploy` does both.";
  if (stored === "no repository")
    return wrong(check, `there is no repository ${repository} in ${region}, account ${account}`, remedy);
  if (stored === "no image")
    return wrong(
      check,
      `${image} is not there, so no runner can start: the repository holds no such image`,
      remedy,
    );
  const { pushedAt, bytes } = stored;
  const facts = [
    ...(pushedAt === undefined ? [] : [`pushed ${ageOf(now() - pushedAt)}`]),
    ...(bytes === undefined ? [] : [`${Math.round(bytes / 1e6)} MB to pull`]),
  ];
  return ok(check, [`${image} is there`, ...facts].join(", "));
}
