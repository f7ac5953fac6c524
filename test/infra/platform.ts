// SST's platform, unpacked once into a cache outside of the repository: its components, its types and what they need.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const repository = path.join(import.meta.dirname, "../..");
const manifests = ["package.json", "package-lock.json"];

/** Scripts of packages are not run, and a registry that is not there is given up on after some seconds. */
const ciArguments = [
  "ci",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-maxtimeout=5000",
];

export interface Platform {
  /** SST's own sources, as they lie in a project's `.sst/platform`, and the packages that they need. */
  folder: string;
}

/**
 * The platform of the SST that `infra/sst` locks, from the cache if it is there. Filling the cache takes about 330 MB
 * from the npm registry and a minute or two; after that nothing is fetched.
 */
export async function preparePlatform(): Promise<Platform> {
  const locked = await Promise.all(
    manifests.map((name) => readFile(path.join(repository, "infra/sst", name), "utf8")),
  );
  const key = createHash("sha256").update(locked.join("\0")).update(`${process.platform}-${process.arch}`);
  const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "cody");
  const folder = path.join(cache, `sst-${key.digest("hex").slice(0, 16)}`);
  if (!(await isThere(folder))) await fill(cache, folder);
  return { folder: path.join(folder, ".sst/platform") };
}

/** Under another name first: whoever finds the folder finds it whole. */
async function fill(cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(path.join(cache, "draft-"));
  try {
    for (const name of manifests)
      await copyFile(path.join(repository, "infra/sst", name), path.join(draft, name));
    await run("npm", ciArguments, { cwd: draft }).catch(refuse);
    await unpack(draft);
    await rename(draft, folder).catch(async (error: unknown) => {
      // Another run was faster.
      if (!(await isThere(folder))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Has SST write its platform. It would install that platform's packages itself, which are there already. */
async function unpack(draft: string): Promise<void> {
  const absent = path.join(draft, "absent");
  await mkdir(absent);
  await writeFile(path.join(absent, "npm"), "#!/bin/sh\nexit 0\n");
  await chmod(path.join(absent, "npm"), 0o755);
  const app = 'app: () => ({ name: "cody", home: "aws", providers: { aws: { version: "7.20.0" } } })';
  await writeFile(path.join(draft, "sst.config.ts"), `export default $config({ ${app}, async run() {} });\n`);
  const sst = path.join(draft, `node_modules/sst-${process.platform}-${process.arch}/bin/sst`);
  const env = {
    HOME: draft,
    PATH: `${absent}:${process.env.PATH}`,
    // Pulumi and bun are for deploying, and come from elsewhere than npm.
    SST_SKIP_DEPENDENCY_CHECK: "1",
    SST_NO_BUN: "1",
    DO_NOT_TRACK: "1",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  await run(sst, ["install", "--stage", "test"], { cwd: draft, env });
  await rename(path.join(draft, "node_modules"), path.join(draft, ".sst/platform/node_modules"));
}

/** The first lines say what is wrong; what follows is npm's advice. */
function refuse(error: { stderr?: string; message: string }): never {
  const said = (error.stderr || error.message).split("\n").filter((line) => line.startsWith("npm error"));
  throw new Error(
    "test:infra needs SST and the packages of its platform, once: about 330 MB from the npm registry, which it keeps " +
      `in ~/.cache/cody. npm could not fetch them:\n${said.slice(0, 3).join("\n") || error.message}`,
  );
}

async function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  );
}
