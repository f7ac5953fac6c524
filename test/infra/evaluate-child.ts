// Evaluates the configuration under Pulumi's mocks. A process of its own, for Pulumi keeps what it does in globals.
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Paths, readApp, readProgram } from "./configuration.ts";
import type { Evaluation, Question } from "./evaluation.ts";
import { makeMocks } from "./pulumi-mocks.ts";
import { startSstServer } from "./sst-server.ts";

interface PulumiRuntime {
  setMocks(mocks: object, project: string, stack: string, preview: boolean): Promise<void>;
  runInPulumiStack(program: () => Promise<unknown>): Promise<Record<string, unknown>>;
  disconnect(): Promise<void>;
}

export interface Task {
  question: Question;
  paths: Paths;
}

/** Long enough for whatever follows from a resource that was just made. */
const settledMs = 20;

async function evaluate({ question, paths }: Task): Promise<Evaluation> {
  Object.assign(process.env, question.env);
  await mkdir(paths.work, { recursive: true });
  const app = await readApp(question, paths);
  const program = await readProgram(app, question, paths);
  const ofPlatform = createRequire(path.join(paths.platform, "package.json"));
  const { runtime } = ofPlatform("@pulumi/pulumi") as { runtime: PulumiRuntime };
  const mocks = makeMocks();
  await runtime.setMocks(mocks, app.name, question.stage, false);
  const server = await startSstServer();
  process.env.SST_SERVER = server.url;
  const outputs = await runtime.runInPulumiStack(program);
  // Resources are made in answers to other resources, and nobody tells when the last one was.
  let before = -1;
  while (before !== mocks.resources.length) {
    before = mocks.resources.length;
    await runtime.disconnect();
    await sleep(settledMs);
  }
  server.close();
  return { app, resources: mocks.resources, bundles: server.bundles, outputs };
}

process.once("message", (task: Task) => {
  const answer = (message: object) => process.send?.(message, () => process.exit(0));
  const fail = (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) });
  // What goes wrong in an output reaches nobody else.
  process.on("unhandledRejection", fail);
  evaluate(task)
    .then((evaluation) => answer({ evaluation }), fail)
    .catch(fail);
});
