// Images of the runner as whoever deploys names them: by their digest, for all repositories or for some.
import { createHash } from "node:crypto";
import { type ForRepositories, pairsSchema } from "@cody/core/by-repository.ts";
import * as z from "zod";

/** A tag can be given to another image every day; a digest cannot. */
const digest = /@sha256:[0-9a-f]{64}$/;

const whole = "@sha256: and 64 digits";

/**
 * Of what is deployed, in Cody's own repository. `npm run deploy` moves it and no push does, and images with a tag are
 * never deleted by themselves.
 */
export const deployedTag = "deployed";

/** An image with its digest. */
export const imageSchema = z.string().regex(digest, { error: `must end in the image's digest: ${whole}` });

/** Pairs of a pattern and an image, as in `acme/legacy-*=registry.example.com/java-8@sha256:…`. */
export const imagesSchema = pairsSchema(
  "must be pairs like acme/legacy-*=<image>@sha256:<digest>, a pattern and an image, with commas between them",
).refine((pairs) => pairs.every(({ value }) => digest.test(value)), {
  error: `must name each image by its digest: ${whole}`,
});

/** The different images of these pairs, but for the one that everybody else has. */
export function otherImages(pairs: readonly ForRepositories[], usual: string | undefined): string[] {
  return [...new Set(pairs.map(({ value }) => value))].filter((image) => image !== usual);
}

/** A name for what is made of an image, the same in whatever order images are named: `java-8-1a2b3c4d`. */
export function imageTitle(image: string): string {
  const [repository = ""] = image.split("@");
  const [last = ""] = repository.split("/").slice(-1);
  const word = last.replace(/:.*$/, "").replace(/[^A-Za-z0-9]+/g, "-");
  return `${word.slice(0, 40)}-${createHash("sha256").update(image).digest("hex").slice(0, 8)}`;
}
