// The programs of this repository, deployed into the local world: which environment each gets, and nothing else.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { secretReference } from "@cody/core/adapters/secrets.ts";
import { tableDefinition } from "@cody/core/adapters/table/table.ts";
import { type Program, programs } from "@cody/core/config.ts";
import { build } from "esbuild";
import { variablesFrom } from "../../infra/variables.ts";
import { bundleOptions } from "../../packages/bot/bundle.ts";
import { type Access, openAccess } from "./aws/access.ts";
import {
  accountId,
  type Credentials,
  clientEnvironment,
  environmentWith,
  region,
} from "./aws/client-settings.ts";
import type { KnownTable } from "./aws/dynamodb-asked.ts";
import type { Asked } from "./aws/permission.ts";
import { githubApp } from "./people.ts";

const packages = path.join(import.meta.dirname, "../../packages");

/** Absolute paths of the programs' entry points. */
export const entries = {
  slack: path.join(packages, "bot/src/slack.ts"),
  effects: path.join(packages, "bot/src/effects.ts"),
  board: path.join(packages, "bot/src/board.ts"),
  watchdog: path.join(packages, "bot/src/watchdog.ts"),
  runner: path.join(packages, "runner/src/main.ts"),
} satisfies Record<Program, string>;

/** Bundles the bot's programs as a deployment does, into this folder: `slack.mjs` and so on. */
export async function bundleFunctions(folder: string): Promise<void> {
  const { runner: _runner, ...functions } = entries;
  await build({ ...bundleOptions(Object.values(functions), folder), logLevel: "warning" });
}

/** Secrets of one world, made anew for each, long enough to be recognised wherever they should not be. */
export interface Secrets {
  slackToken: string;
  signingSecret: string;
  githubToken: string;
  claudeKey: string;
  /** Of the program by which people sign in on GitHub. */
  clientSecret: string;
  webhookSecret: string;
  /** What people's tokens are sealed with: 32 bytes in base64. */
  linkKey: string;
  /** Of the GitHub App, where Cody is one; GitHub makes it when it starts. */
  githubKey?: string;
}

export function newSecrets(): Secrets {
  const random = () => randomBytes(18).toString("hex");
  return {
    slackToken: `xoxb-${random()}`,
    signingSecret: random(),
    githubToken: `ghp_${random()}`,
    claudeKey: `sk-ant-api03-${random()}`,
    clientSecret: random(),
    webhookSecret: random(),
    linkKey: randomBytes(32).toString("base64"),
  };
}

export interface Addresses {
  dynamoDb: string;
  batch: string;
  ecr: string;
  slackApi: string;
  /** Where people use GitHub. */
  github: string;
  githubApi: string;
  claude: string;
  /** Of Cody itself, without a path. */
  cody: string;
}

export const tableName = "cody";
export const queueName = "cody-runs";
export const jobDefinitionName = "cody-runner";
/** What the job definition says that it starts; processes of this machine run in its place. */
export const runnerImage = {
  repository: "cody-runner",
  tag: "runner",
  name: `${accountId}.dkr.ecr.${region}.amazonaws.com/cody-runner:runner`,
};
/** By which GitHub knows the program that people sign in to: a GitHub App, or an OAuth App beside an account. */
export const clientIds = { app: "Iv23c0dyc0dyc0dyc0dy", token: "Ov23c0dyc0dyc0dyc0dy" };

/**
 * A range, for the world runs several runners on this one machine, and another for each world: the same sample job has
 * the same id in all of them, and a runner ends whatever runs as its tools' user.
 */
const firstToolUser = 100_000 * (1 + (process.pid % 9_000));
const toolUsers = `${firstToolUser}-${firstToolUser + 99_999}:20001`;

/** Whether tools can have a user of their own here, as they have in the container: for root on Linux, with setpriv. */
export function canIsolate(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const rights = [
    "--reuid=20001",
    "--regid=20001",
    "--clear-groups",
    "--no-new-privs",
    "--bounding-set=-all",
  ];
  // Root's own folders may be closed to others, and this repository may lie in one.
  const program = ["sh", "-c", 'test -x "$0" && test -r "$1"', process.execPath, entries.runner];
  return spawnSync("setpriv", [...rights, ...program], { stdio: "ignore" }).status === 0;
}

/** How the runner's tools are isolated here. Elsewhere than in the container it may have to be not at all. */
export function toolSettings(): Record<string, string> {
  if (canIsolate()) return { TOOL_ISOLATION: "user", TOOL_USER: toolUsers };
  // What the scripted model does is written in this repository.
  return { TOOL_ISOLATION: "none", TOOL_COMMANDS: "always" };
}

/** Undefined takes a variable away. */
type Variables = Record<string, string | undefined>;

/** Everything that any program is configured with. A program gets only the names that its configuration lists. */
function settings(secrets: Secrets, addresses: Partial<Addresses>, more: Variables) {
  return {
    CODY_TABLE: tableName,
    SLACK_BOT_TOKEN: secrets.slackToken,
    SLACK_SIGNING_SECRET: secrets.signingSecret,
    SLACK_API_URL: addresses.slackApi,
    ...gitHubIdentity(secrets),
    GITHUB_API_URL: addresses.githubApi,
    GITHUB_URL: addresses.github,
    GITHUB_CLIENT_ID: clientIds[secrets.githubKey === undefined ? "token" : "app"],
    GITHUB_CLIENT_SECRET: secrets.clientSecret,
    GITHUB_WEBHOOK_SECRET: secrets.webhookSecret,
    LINK_KEY: secrets.linkKey,
    PUBLIC_URL: addresses.cody,
    ANTHROPIC_API_KEY: secrets.claudeKey,
    ANTHROPIC_BASE_URL: addresses.claude,
    BATCH_QUEUE: queueName,
    BATCH_JOB_DEFINITION: jobDefinitionName,
    ...more,
  } as Variables;
}

/** An App's key with its line ends written out, as an environment file has it. */
function gitHubIdentity({ githubToken, githubKey }: Secrets): Record<string, string> {
  if (githubKey === undefined) return { GITHUB_TOKEN: githubToken };
  return {
    GITHUB_APP_ID: String(githubApp.id),
    GITHUB_APP_PRIVATE_KEY: githubKey.replaceAll("\n", "\\n"),
  };
}

/** The environment of one program: what its configuration lists, and where the AWS client finds AWS. */
export function environmentOf(
  program: Program,
  secrets: Secrets,
  addresses: Partial<Addresses>,
  more: Variables,
): Record<string, string> {
  const tools = program === "runner" ? toolSettings() : {};
  const all = settings(secrets, addresses, { ...tools, ...more });
  const env: Record<string, string> = {};
  for (const name of programs[program]) {
    const value = all[name];
    if (value !== undefined) env[name] = value;
  }
  if (addresses.dynamoDb) env.AWS_ENDPOINT_URL_DYNAMODB = addresses.dynamoDb;
  if (addresses.batch) env.AWS_ENDPOINT_URL_BATCH = addresses.batch;
  return env;
}

/** An environment in the two parts that a job definition has of it: secrets are only named there. */
export function inContainer(env: Record<string, string>) {
  const entries = Object.entries(env);
  return {
    environment: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
    secrets: Object.fromEntries(entries.filter(isSecret)),
  };
}

/** The environment of a function, which has a reference in place of each secret, and the address of their store. */
export function inFunction(env: Record<string, string>, parameterStore: string): Record<string, string> {
  const secrets = Object.keys(inContainer(env).secrets);
  const references = secrets.map((name) => [name, secretReference(parameterOf(name), 1)]);
  return { ...env, ...Object.fromEntries(references), AWS_ENDPOINT_URL_SSM: parameterStore };
}

/** What the Parameter Store holds: the secrets of all programs, in their first version. */
export function parametersFrom(environments: readonly Record<string, string>[]): Record<string, string[]> {
  const { secrets } = inContainer(Object.assign({}, ...environments));
  return Object.fromEntries(Object.entries(secrets).map(([name, value]) => [parameterOf(name), [value]]));
}

const secretVariables: readonly string[] = variablesFrom("secret");

function isSecret([name]: [string, string]): boolean {
  return secretVariables.includes(name);
}

const parameterFolder = "/cody/local/";

function parameterOf(variable: string): string {
  return `${parameterFolder}${variable}`;
}

/** What reading these parameters asks for. */
export function askedOfParameters(parameters: readonly string[]): Asked[] {
  return parameters.map((name) => ({
    action: "ssm:GetParameters",
    resource: `secret ${name.replace(parameterFolder, "")}`,
    arn: `arn:aws:ssm:${region}:${accountId}:parameter${name}`,
    keys: [],
  }));
}

/** The environment of the doctor, who looks at all programs: everything that any of them is configured with. */
export function wholeEnvironment(
  secrets: Secrets,
  addresses: Partial<Addresses>,
  more: Variables,
): Record<string, string> {
  const all = (Object.keys(programs) as Program[]).map((program) =>
    environmentOf(program, secrets, addresses, more),
  );
  const ecr = addresses.ecr === undefined ? {} : { AWS_ENDPOINT_URL_ECR: addresses.ecr };
  return { ...Object.assign({}, ...all), ...ecr, ...clientEnvironment };
}

/** What the role of a program signs with: dummies that no service outside would take. */
export function credentialsOf(program: Program): Credentials {
  return { accessKeyId: `local-${program}`, secretAccessKey: "local" };
}

/** What its role gives the runner's container. */
export const containerCredentials = environmentWith(credentialsOf("runner"));

/** The role of each program in the deployment. */
const roles = {
  slack: "SlackRole",
  effects: "EffectsRole",
  board: "BoardRole",
  watchdog: "WatchdogRole",
  runner: "RunnerRole",
} satisfies Record<Program, string>;

/** What the programs may do: by role, in the words of test/infra/allowed.ts. */
export type Permissions = Readonly<Record<string, readonly string[]>>;

/** `permissions` of a deployment where Cody is an App; the token of an account takes the place of its key. */
export function accessOf(permissions: Permissions, identity: "app" | "token"): Access {
  const ofIdentity = (words: string) =>
    identity === "app" ? words : words.replace(" GITHUB_APP_PRIVATE_KEY", " GITHUB_TOKEN");
  const entries = (Object.keys(roles) as Program[]).map((program) => {
    const allowed = (permissions[roles[program]] ?? []).map(ofIdentity);
    const role = { name: roles[program], session: program, allowed };
    return [credentialsOf(program).accessKeyId, role];
  });
  return openAccess(Object.fromEntries(entries));
}

/** The table as permissions know it. */
export const knownTable: KnownTable = {
  name: tableName,
  partitionKey: tableDefinition.keys.hash,
  indexKeys: Object.fromEntries(
    Object.entries(tableDefinition.indexes).map(([name, { hash }]) => [name, hash]),
  ),
};
