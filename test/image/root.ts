// Builds the image's root file system from the list of stages, as a build of the Dockerfile would, without Docker.
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import path from "node:path";
import { commandOf, readLock } from "../../packages/runner/image/dockerfile.ts";
import { home, type Stage, type Step, stagesOf } from "../../packages/runner/image/stages.ts";
import { runContained } from "./container.ts";
import { makeDebian } from "./debian.ts";
import { cacheFolder, npmRegistry, run } from "./machine.ts";

const repository = path.join(import.meta.dirname, "../..");
const certificates = "etc/ssl/certs/ca-certificates.crt";

/** Debian mends its packages that often. */
const freshMs = 7 * 24 * 60 * 60_000;
/** Of each stage, for two checkouts of the project may differ. Together under 1.5 GB. */
const keptRoots = 2;

/** Debian comes from its packages, so there is no image that a digest could be of. */
const buildArguments = { BASE_IMAGE: "packages@sha256:", SYSTEM: "slim" };

interface Surroundings {
  env?: Record<string, string>;
  /** Roots of earlier stages by name. */
  stages?: Record<string, string>;
}

/** Makes the slim image in `folder`, which must not exist yet, with the sources as they are now. */
export async function makeRunnerRoot(folder: string): Promise<void> {
  const stages = new Map(stagesOf(readLock()).map((stage) => [stage.name, stage]));
  const stage = (name: string) => {
    const found = stages.get(name);
    if (!found) throw new Error(`the image has no stage ${name}`);
    return found;
  };
  const slim = await cached(stage("slim"), [], (root) => performSlim(stage("slim"), root));
  const inputs = await contentOf(stage("dependencies"));
  const dependencies = await cached(stage("dependencies"), [stage("slim"), inputs], async (root) => {
    await copy(slim, root);
    await borrowNetwork(root);
    await perform(stage("dependencies"), root, { env: networkEnvironment() });
    await keepOnly(path.join(root, home), root);
  });
  const sources = `${folder}-sources`;
  try {
    await copy(slim, sources);
    await perform(stage("sources"), sources, {});
    await copy(slim, folder);
    await perform(stage("runner"), folder, { stages: { dependencies, sources } });
  } finally {
    await rm(sources, { recursive: true, force: true });
  }
}

/** Debian and its packages come at once; what comes before them in the list is about the base image. */
async function performSlim(slim: Stage, root: string): Promise<void> {
  const at = slim.steps.findIndex((step) => "install" in step);
  const [first, ...others] = slim.steps.slice(at);
  if (!first || !("install" in first)) throw new Error("the slim stage installs nothing");
  await makeDebian(root, first.install);
  await perform({ ...slim, steps: [...slim.steps.slice(0, at), ...others] }, root, {});
}

async function perform(stage: Stage, root: string, { env = {}, stages = {} }: Surroundings): Promise<void> {
  for (const step of stage.steps) await performStep(step, root, { stages, env });
}

async function performStep(step: Step, root: string, { stages = {}, env = {} }: Surroundings): Promise<void> {
  if ("copy" in step) {
    for (const each of step.copy) await copy(path.join(repository, each), path.join(root, home, each));
  } else if ("take" in step) {
    await copy(path.join(stages[step.from] ?? "", step.take), path.join(root, step.take));
  } else {
    const argv = ["/bin/sh", "-c", commandOf(step) ?? ""];
    await runContained({ root, argv, env: { ...buildArguments, ...env } });
  }
}

/** The way of this machine to npm's registry. */
function networkEnvironment(): Record<string, string> {
  const proxies = Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name));
  return {
    ...(Object.fromEntries(proxies) as Record<string, string>),
    NPM_REGISTRY: npmRegistry(),
    NODE_EXTRA_CA_CERTS: `/${certificates}`,
  };
}

/** For a stage of which only Cody's folder is taken. */
async function borrowNetwork(root: string): Promise<void> {
  for (const each of ["etc/resolv.conf", "etc/hosts", certificates])
    if (existsSync(`/${each}`)) await copyFile(`/${each}`, path.join(root, each));
}

/** Removes from a root what does not lead to a folder in it. */
async function keepOnly(folder: string, root: string): Promise<void> {
  const [first = ""] = path.relative(root, folder).split(path.sep);
  for (const name of await readdir(root))
    if (name !== first) await rm(path.join(root, name), { recursive: true, force: true });
}

/** With owners and modes, and without what is shared between the two. */
async function copy(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await run("cp", ["--archive", "--reflink=auto", "--no-target-directory", from, to]);
  if (from.startsWith(repository)) await run("chown", ["--recursive", "root:root", to]);
}

/** The texts of all files that a stage copies. */
async function contentOf({ steps }: Stage): Promise<string[]> {
  const files = steps.flatMap((step) => ("copy" in step ? step.copy : []));
  return Promise.all(files.map((file) => readFile(path.join(repository, file), "utf8")));
}

/** The root of a stage that changes seldom: made once, and again when what it is made from changes, or is old. */
async function cached(
  stage: Stage,
  inputs: unknown[],
  make: (root: string) => Promise<void>,
): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([stage, inputs]))
    .digest("hex")
    .slice(0, 16);
  const roots = path.join(cacheFolder, stage.name);
  const root = path.join(roots, key);
  if (existsSync(root) && Date.now() - (await stat(root)).mtimeMs < freshMs) return root;
  await mkdir(roots, { recursive: true });
  const unfinished = path.join(roots, `unfinished-${randomUUID()}`);
  try {
    await make(unfinished);
    // Archives bring the time of their folder with them.
    await utimes(unfinished, new Date(), new Date());
    await rm(root, { recursive: true, force: true });
    await rename(unfinished, root);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  await keepNewest(roots);
  return root;
}

async function keepNewest(roots: string): Promise<void> {
  const all = (await readdir(roots)).map((name) => path.join(roots, name));
  const aged = await Promise.all(all.map(async (root) => ({ root, at: (await stat(root)).mtimeMs })));
  const old = aged.toSorted((one, other) => other.at - one.at).slice(keptRoots);
  for (const { root } of old) await rm(root, { recursive: true, force: true });
}
