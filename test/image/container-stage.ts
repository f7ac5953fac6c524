// Everything around the runner as a container of the image: the far ends on this machine, one job, and its environment.
import { chmod, mkdir, mkdtemp } from "node:fs/promises";
import path from "node:path";
import { openStore } from "@cody/core/adapters/table/store.ts";
import type { Run, Turn } from "@cody/core/schema.ts";
import { onTestFinished } from "vitest";
import { start } from "../../packages/runner/image/stages.ts";
import { openOutside } from "../runner/outside.ts";
import { openTable } from "../runner/stage.ts";
import { containerEnvironment, newJob, submitRun, tableName } from "../runner/submitted-run.ts";
import type { Script } from "../world/claude/script.ts";
import type { GitHub } from "../world/github/github.ts";
import { type Container, type ContainerOptions, startContainer } from "./container.ts";

interface ContainerStage {
  github: GitHub;
  /** Starts the image as Batch would, with empty volumes. */
  start(
    env?: Record<string, string>,
    more?: Pick<ContainerOptions, "isReadOnly" | "without">,
  ): Promise<Container>;
  run(): Promise<Run | undefined>;
  turns(): Promise<Turn[]>;
}

/** What the job definition says of the tools. */
const settings = { WORK_DIR: start.workDir, TOOL_ISOLATION: "user", TOOL_USER: "20001:20001" };

/** Sets everything up, and ends it with the test. `root` is the image's file system. */
export async function openContainerStage(root: string, script: Script): Promise<ContainerStage> {
  const outside = await openOutside({ script });
  onTestFinished(outside.close);
  onTestFinished(await openTable());
  const store = openStore(tableName);
  const job = newJob();
  await submitRun(store.jobs, job);
  // The search path is the image's.
  const { PATH: _, ...given } = containerEnvironment(outside, job);
  return {
    github: outside.github,
    async start(env, more) {
      const volumes = await emptyVolumes(outside.folder);
      const options = { root, argv: start.entrypoint, volumes, env: { ...given, ...settings, ...env } };
      const container = startContainer({ ...options, ...more });
      onTestFinished(container.end);
      return container;
    },
    run: () => store.jobs.readRun(job.id, 1),
    turns: () => store.work(job.id, 1).turns(1),
  };
}

/**
 * As Fargate makes them where it does not take over what the image's folders are like: root's, with 0755. It takes it
 * over where they are volumes of the image.
 */
async function emptyVolumes(folder: string): Promise<Record<string, string>> {
  const place = await mkdtemp(path.join(folder, "volumes-"));
  const made = start.volumes.map((name) => [name, path.join(place, name)] as const);
  for (const [, each] of made) {
    await mkdir(each);
    await chmod(each, 0o755);
  }
  return Object.fromEntries(made);
}
