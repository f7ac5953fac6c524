// The runner's image: built from the Dockerfile on the newest Debian, and pushed to where the stage looks for it.
import { type Outside, Stopped } from "./outside.ts";

const dockerfile = "packages/runner/Dockerfile";
const debian = "debian:trixie-slim";

/** The tag that the job definition names. */
const tag = "runner";

/** `images`: the repository, `<account>.dkr.ecr.<region>.amazonaws.com/<name>`. */
export async function pushImage(outside: Outside, images: string): Promise<void> {
  const { env, run, say } = outside;
  const [registry = "", region = ""] = /^\d+\.dkr\.ecr\.([\w-]+)\.amazonaws\.com/.exec(images) ?? [];
  if (!registry)
    throw new Stopped(
      `${images} is no repository of images on AWS.`,
      "Look at `images` in .sst/outputs.json.",
    );
  const base = env.BASE_IMAGE ?? (await newestDebian(outside));
  const image = `${images}:${tag}`;
  const npm = env.NPM_REGISTRY ?? (await registryOfNpm(outside));
  const system = env.IMAGE_SYSTEM ? ["--build-arg", `SYSTEM=${env.IMAGE_SYSTEM}`] : [];
  say(`On ${base}`);
  await run({
    program: "docker",
    args: [
      "build",
      ...["--file", dockerfile, "--platform", "linux/amd64", "--build-arg", `BASE_IMAGE=${base}`],
      ...["--build-arg", `NPM_REGISTRY=${npm}`],
      ...system,
      ...["--tag", image, "."],
    ],
    isShown: true,
  });
  const logIn = ["ecr", "get-login-password", "--region", region];
  const password = await run({ program: "aws", args: logIn, isPrivate: true });
  const login = ["login", "--username", "AWS", "--password-stdin", registry];
  await run({ program: "docker", args: login, input: password.trim() });
  await run({ program: "docker", args: ["push", image], isShown: true });
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
