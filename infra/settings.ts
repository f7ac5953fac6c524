// What whoever deploys decides: settings from the environment or a .env file and secrets from SST, checked before anything is made.
import type { ForRepositories } from "@cody/core/by-repository.ts";
import { configProblems, type Program, programs, readConfig } from "@cody/core/config.ts";
import * as z from "zod";
import { imageSchema, imagesSchema } from "./runner-images.ts";
import {
  type DeploymentVariable,
  type JobVariable,
  type SecretVariable,
  type SettingVariable,
  secretName,
  variablesFrom,
} from "./variables.ts";

type Environment = Record<string, string | undefined>;

/** What the deployment itself reads, and no program. */
const ownSchema = z.object({
  RUNNER_IMAGE: imageSchema.optional(),
  RUNNER_IMAGES: imagesSchema,
  ALARM_EMAILS: z
    .string()
    .default("")
    .transform((list) => list.split(/[\s,]+/).filter(Boolean))
    .pipe(z.array(z.email({ error: "must be mail addresses with commas between them" }))),
  ALARM_SLACK_CHANNEL: z
    .string()
    .regex(/^T[A-Z0-9]+\/[CG][A-Z0-9]+$/, {
      error: "must be a workspace's and a channel's id, such as T0123456789/C0123456789",
    })
    .optional(),
  MONTHLY_BUDGET_USD: z.coerce
    .number({ error: "must be a number of dollars" })
    .positive({ error: "must be more than nothing" })
    .default(50),
});

export interface Settings {
  /** The runner's image with its digest; undefined until there is one. */
  image: string | undefined;
  /** Images of repositories that have one of their own, with their digests; the first that matches counts. */
  images: ForRepositories[];
  /** Who gets alarms by mail. */
  alarmEmails: string[];
  /** The channel in Slack that gets them, by ids. */
  alarmChannel: { workspace: string; channel: string } | undefined;
  /** What the account's bill may come to in a month before somebody is told; Claude is not on it. */
  monthlyBudgetUsd: number;
  /** How many runs may be in Batch at once. */
  maxRuns: number;
  /** Variables of the programs, only those that are set. */
  values: Partial<Record<SettingVariable, string>>;
  secrets: SecretVariable[];
}

/**
 * Reads the settings, and tries every program's own configuration with them. Throws one sentence for each thing that is
 * missing or wrong; no value is part of any.
 */
export function readSettings(env: Environment): Settings {
  const secretOf = (variable: SecretVariable) => env[`SST_SECRET_${secretName(variable)}`];
  const values = Object.fromEntries(
    variablesFrom("setting").flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const secrets = variablesFrom("secret").filter(secretOf);
  const all: Environment = {
    ...placeholders,
    ...values,
    ...Object.fromEntries(secrets.map((name) => [name, secretOf(name)])),
  };
  const own = readOwnSettings(env);
  const problems = [
    ...own.problems,
    ...(isTooLong(values, own.data?.RUNNER_IMAGES ?? [])
      ? ["The settings are too long for a function, whose variables hold 4 KB: use broader patterns"]
      : []),
    ...(values.LOG_LEVEL === "error" ? ["LOG_LEVEL must not be error: alarms count warnings"] : []),
    ...(Object.keys(programs) as Program[]).flatMap((program) => configProblems(program, all)),
  ];
  if (!own.data || problems.length > 0) throw new Error(sentenceOf(problems));
  return {
    image: own.data.RUNNER_IMAGE,
    images: own.data.RUNNER_IMAGES,
    alarmEmails: own.data.ALARM_EMAILS,
    alarmChannel: channelOf(own.data.ALARM_SLACK_CHANNEL),
    monthlyBudgetUsd: own.data.MONTHLY_BUDGET_USD,
    maxRuns: readConfig("effects", all).MAX_RUNS,
    values,
    secrets,
  };
}

/** Of the 4 KB that Lambda has for a function's variables, what is left beside names and references. */
const maxSettingsBytes = 2_500;

/** Whether settings and patterns, each pattern with the name of a job definition, fill a function's variables. */
function isTooLong(values: Settings["values"], images: readonly ForRepositories[]): boolean {
  const patterns = images.map(({ pattern }) => `${pattern}=cody-${"n".repeat(60)}`);
  return Buffer.byteLength([...Object.values(values), ...patterns].join(",")) > maxSettingsBytes;
}

function channelOf(given: string | undefined): Settings["alarmChannel"] {
  const [workspace, channel] = given?.split("/") ?? [];
  return workspace && channel ? { workspace, channel } : undefined;
}

/** The settings that no program reads, or what is wrong with them, a sentence each. */
export function readOwnSettings(env: Environment): {
  data: z.output<typeof ownSchema> | undefined;
  problems: string[];
} {
  const { data, error } = ownSchema.safeParse(withoutEmpty(env));
  return {
    data,
    problems: (error?.issues ?? []).map(({ path, message }) => `${String(path[0])} ${message}`),
  };
}

/** The names of those settings. */
export const ownSettings: readonly string[] = Object.keys(ownSchema.shape);

/** In place of what is only known once it is made, or once a job runs; of the right form, and never used. */
const placeholders: Record<DeploymentVariable | JobVariable, string> = {
  CODY_TABLE: "table",
  PUBLIC_URL: "https://cody.invalid",
  BATCH_QUEUE: "queue",
  BATCH_JOB_DEFINITION: "definition",
  BATCH_JOB_DEFINITIONS: "",
  WORK_DIR: "/job",
  TOOL_ISOLATION: "user",
  TOOL_USER: "20001:20001",
  TOOL_COMMANDS: "isolated",
  CODY_JOB: "abcdefgh23",
  CODY_RUN: "1",
  AWS_BATCH_JOB_ID: "job",
  AWS_BATCH_JOB_ATTEMPT: "1",
};

/** An empty value counts as missing, as it does for the programs. */
function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value));
}

function sentenceOf(problems: string[]): string {
  const secrets = variablesFrom("secret").map((name) => `${name} as ${secretName(name)}`);
  return [
    "Cody cannot be deployed like this:",
    ...[...new Set(problems)].map((problem) => `- ${problem}`),
    "Settings stand in the environment or in .env. Secrets do not; they are set for a stage: npm run sst -- secret set NAME --stage STAGE",
    ...secrets.map((one) => `- ${one}`),
  ].join("\n");
}
