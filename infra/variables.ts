// Where the value of each variable of the programs comes from.
import type { Program, programs } from "@cody/core/config.ts";

/** A variable of any program. */
export type Variable = (typeof programs)[Program][number];

/**
 * `setting`: whoever deploys, who may leave it out. `secret`: whoever deploys, by way of SST's secrets. `deployment`:
 * what is made here. `job`: Batch, and whoever submits the job.
 */
type Source = "setting" | "secret" | "deployment" | "job";

const sources = {
  CODY_TABLE: "deployment",
  LOG_LEVEL: "setting",
  SLACK_BOT_TOKEN: "secret",
  SLACK_SIGNING_SECRET: "secret",
  SLACK_API_URL: "setting",
  ALLOWED_REPOS: "setting",
  GITHUB_TOKEN: "secret",
  GITHUB_APP_ID: "setting",
  GITHUB_APP_PRIVATE_KEY: "secret",
  GITHUB_API_URL: "setting",
  GITHUB_URL: "setting",
  GITHUB_CLIENT_ID: "setting",
  GITHUB_CLIENT_SECRET: "secret",
  GITHUB_WEBHOOK_SECRET: "secret",
  LINK_KEY: "secret",
  PUBLIC_URL: "deployment",
  ACCESS: "setting",
  TWO_PERSON: "setting",
  MIX_PUBLIC_AND_PRIVATE: "setting",
  BATCH_QUEUE: "deployment",
  BATCH_JOB_DEFINITION: "deployment",
  BATCH_JOB_DEFINITIONS: "deployment",
  MAX_RUNS: "setting",
  ANTHROPIC_API_KEY: "secret",
  ANTHROPIC_BASE_URL: "setting",
  CODY_JOB: "job",
  CODY_RUN: "job",
  AWS_BATCH_JOB_ID: "job",
  AWS_BATCH_JOB_ATTEMPT: "job",
  WORK_DIR: "deployment",
  TOOL_ISOLATION: "deployment",
  TOOL_USER: "deployment",
  TOOL_COMMANDS: "deployment",
  TOOL_NETWORK: "setting",
  TOOL_HOSTS: "setting",
} as const satisfies Record<Variable, Source>;

type From<S extends Source> = { [V in Variable]: (typeof sources)[V] extends S ? V : never }[Variable];
export type SettingVariable = From<"setting">;
export type SecretVariable = From<"secret">;
export type DeploymentVariable = From<"deployment">;
export type JobVariable = From<"job">;

/** The variables that come from there. */
export function variablesFrom<S extends Source>(source: S): From<S>[] {
  return (Object.keys(sources) as Variable[]).filter((name): name is From<S> => sources[name] === source);
}

/** The name of a variable's secret in SST: SLACK_BOT_TOKEN is SlackBotToken. */
export function secretName(variable: SecretVariable): string {
  return variable
    .split("_")
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join("");
}
