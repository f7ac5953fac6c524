// Evaluates the configuration for a stage: every resource as it would be asked of AWS, and the code of the functions.
import { fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { preparePlatform, repository } from "./platform.ts";

export interface Question {
  stage: string;
  /** The whole environment of the configuration, SST's secrets among it. */
  env: Record<string, string>;
  /** Changes to the configuration's own files, to see that a fault is found. Each `from` has to be there, once. */
  edits?: Edit[];
}

export interface Edit {
  /** Relative to the repository. */
  file: string;
  from: string;
  to: string;
}

/** A resource that Pulumi would make, with its inputs as they would be sent. Secrets are marked and not hidden. */
export interface Resource {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

/** A function's code, as it would be zipped. */
export interface Bundle {
  /** The function in SST. */
  name: string;
  /** The folder that becomes the zip file. */
  folder: string;
  handler: string;
}

export interface Evaluation {
  /** What `app()` answered: how the stage is protected and removed. */
  app: { name: string; home: string; protect?: boolean; removal?: string };
  resources: Resource[];
  bundles: Bundle[];
  outputs: Record<string, unknown>;
}

/** An evaluation takes a few seconds; one that hangs never ends. */
const evaluationMs = 60_000;

/**
 * Evaluates it with SST's real components in a process of its own, which knows nothing but the given environment. The
 * bundles stay where `keep` says until the caller removes them. Throws what the configuration throws.
 */
export async function evaluate(question: Question, keep?: string): Promise<Evaluation> {
  const { folder: platform } = await preparePlatform();
  const work = keep ?? (await mkdtemp(path.join(tmpdir(), "cody-evaluation-")));
  const child = fork(path.join(import.meta.dirname, "evaluate-child.ts"), [], {
    cwd: repository,
    env: { PATH: process.env.PATH, HOME: work, AWS_EC2_METADATA_DISABLED: "true" },
    execArgv: [],
    // What SST and Pulumi print along the way says nothing here.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    timeout: evaluationMs,
  });
  try {
    const answer = await new Promise<{ evaluation?: Evaluation; error?: string }>((resolve, reject) => {
      child.once("message", resolve);
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`The evaluation ended with ${code} and no answer.`)));
      child.send({ question, paths: { root: repository, platform, work } });
    });
    if (!answer.evaluation) throw new Error(answer.error);
    return answer.evaluation;
  } finally {
    child.kill();
    if (!keep) await rm(work, { recursive: true, force: true });
  }
}
