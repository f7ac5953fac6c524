// The programs of this repository, deployed into the local world: which environment each gets, and nothing else.
import { randomBytes } from "node:crypto";
import path from "node:path";
import { type Program, programs } from "@cody/core/config.ts";
import { clientEnvironment } from "./aws/client-settings.ts";

const packages = path.join(import.meta.dirname, "../../packages");

/** Absolute paths of the programs' entry points. */
export const entries = {
  slack: path.join(packages, "bot/src/slack.ts"),
  effects: path.join(packages, "bot/src/effects.ts"),
  board: path.join(packages, "bot/src/board.ts"),
  watchdog: path.join(packages, "bot/src/watchdog.ts"),
  runner: path.join(packages, "runner/src/main.ts"),
} satisfies Record<Program, string>;

/** Secrets of one world, made anew for each, long enough to be recognised wherever they should not be. */
export interface Secrets {
  slackToken: string;
  signingSecret: string;
  githubToken: string;
  claudeKey: string;
}

export function newSecrets(): Secrets {
  const random = () => randomBytes(18).toString("hex");
  return {
    slackToken: `xoxb-${random()}`,
    signingSecret: random(),
    githubToken: `ghp_${random()}`,
    claudeKey: `sk-ant-api03-${random()}`,
  };
}

export interface Addresses {
  dynamoDb: string;
  batch: string;
  slackApi: string;
  githubApi: string;
  claude: string;
}

export const tableName = "cody";
export const queueName = "cody-runs";
export const jobDefinitionName = "cody-runner";

/** Everything that any program is configured with. A program gets only the names that its configuration lists. */
function settings(secrets: Secrets, addresses: Partial<Addresses>, more: Record<string, string>) {
  return {
    CODY_TABLE: tableName,
    SLACK_BOT_TOKEN: secrets.slackToken,
    SLACK_SIGNING_SECRET: secrets.signingSecret,
    SLACK_API_URL: addresses.slackApi,
    GITHUB_TOKEN: secrets.githubToken,
    GITHUB_API_URL: addresses.githubApi,
    ANTHROPIC_API_KEY: secrets.claudeKey,
    ANTHROPIC_BASE_URL: addresses.claude,
    BATCH_QUEUE: queueName,
    BATCH_JOB_DEFINITION: jobDefinitionName,
    ...more,
  } as Record<string, string | undefined>;
}

/** The environment of one program: what its configuration lists, and where the AWS client finds AWS. */
export function environmentOf(
  program: Program,
  secrets: Secrets,
  addresses: Partial<Addresses>,
  more: Record<string, string>,
): Record<string, string> {
  const all = settings(secrets, addresses, more);
  const env: Record<string, string> = {};
  for (const name of programs[program]) {
    const value = all[name];
    if (value !== undefined) env[name] = value;
  }
  if (addresses.dynamoDb) env.AWS_ENDPOINT_URL_DYNAMODB = addresses.dynamoDb;
  if (addresses.batch) env.AWS_ENDPOINT_URL_BATCH = addresses.batch;
  return env;
}

/** What a container's role gives it on AWS, and Lambda's to a function; dummies that no service outside would take. */
export const containerCredentials = clientEnvironment;
