// Before all tests of the infrastructure: SST's platform, and both deployments, which the tests share.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { type Evaluation, evaluate } from "./evaluation.ts";
import { preparePlatform } from "./platform.ts";
import { fullStage, type Stage, smallStage } from "./stages.ts";

declare module "vitest" {
  interface ProvidedContext {
    deployments: Record<"small" | "full", Stage & { deployment: Evaluation }>;
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  await preparePlatform();
  const work = await mkdtemp(path.join(tmpdir(), "cody-infra-"));
  const remove = () => rm(work, { recursive: true, force: true });
  const deployed = async (stage: Stage) => ({
    ...stage,
    deployment: await evaluate(stage, path.join(work, stage.stage)),
  });
  try {
    const [small, full] = await Promise.all([deployed(smallStage()), deployed(fullStage())]);
    provide("deployments", { small, full });
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}
