// The runner's image: built from the Dockerfile on the newest Debian, and pushed to the stage's repository.
import { privateImage } from "@cody/core/private-image.ts";
import { pushedImage, pushedTag } from "./images.ts";
import { type Outside, Stopped } from "./outside.ts";

const dockerfile = "packages/runner/Dockerfile";
const debian = "debian:trixie-slim";

/**
 * `images`: the repository, `<account>.dkr.ecr.<region>.amazonaws.com/<name>`. Returns the image by its digest, which no
 * later push can change.
 */
export async function pushImage(outside: Outside, images: string): Promise<string> {
  const { env, run, say } = outside;
  const { registry, region } = privateImage(images) ?? {};
  if (!registry || !region)
    throw new Stopped(
      `${images} is no repository of images on AWS.`,
      "Look at `images` in .sst/outputs.json.",
    );
  const base = env.BASE_IMAGE ?? (await newestDebian(outside));
  const image = `${images}:${pushedTag}`;
  const npm = env.NPM_REGISTRY ?? (await registryOfNpm(outside));
  const system = env.IMAGE_SYSTEM ? ["--build-arg", `SYSTEM=${env.IMAGE_SYSTEM}`] : [];
  say(`On ${base}`);
  await run({
    program: "docker",
    args: [
      "build",
      // Some builders keep what they built to themselves; an older image of that tag would be pushed then.
      "--load",
      ...["--file", dockerfile, "--platform", "linux/amd64", "--build-arg", `BASE_IMAGE=${base}`],
      ...["--build-arg", `NPM_REGISTRY=${npm}`],
      ...system,
      ...["--tag", image, "."],
    ],
    // A description of how it was built would be one image more, and counts as one where they are kept.
    env: { BUILDX_NO_DEFAULT_ATTESTATIONS: "1" },
    isShown: true,
  });
  const logIn = ["ecr", "get-login-password", "--region", region];
  const password = await run({ program: "aws", args: logIn, isPrivate: true });
  const login = ["login", "--username", "AWS", "--password-stdin", registry];
  // Where Amazon's credential helper is set up it logs in by itself, and fails at being handed a password.
  const helper = { AWS_ECR_IGNORE_CREDS_STORAGE: "true" };
  await run({ program: "docker", args: login, input: password.trim(), env: helper });
  await run({ program: "docker", args: ["push", image], isShown: true });
  return pushedImage(outside, images);
}

/** Where npm fetches packages from on this machine: the image gets them from the same place. */
async function registryOfNpm({ run }: Outside): Promise<string> {
  const told = await run({ program: "npm", args: ["config", "get", "registry"] });
  return told.trim().replace(/\/+$/, "");
}

/** With its digest: a tag is another image every few weeks, and what was built has to be known. */
async function newestDebian({ run }: Outside): Promise<string> {
  const format = ["--format", "{{.Manifest.Digest}}"];
  const told = await run({ program: "docker", args: ["buildx", "imagetools", "inspect", debian, ...format] });
  const digest = told.trim();
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new Stopped(
      `Docker did not tell the digest of ${debian}.`,
      "Set BASE_IMAGE to it, with its digest.",
    );
  return `${debian}@${digest}`;
}
