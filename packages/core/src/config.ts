// Configuration from environment variables: everything missing or wrong is named at once, with what it is for.
import * as z from "zod";
import { defaultMaxRuns } from "./limits.ts";
import { isPattern } from "./policy.ts";

const text = z.string().min(1);
const address = z.url({
  protocol: /^https?$/,
  error: "must be an address that begins with http:// or https://",
});

/** Every variable: its schema, and what it is, for the person who has to set it. */
const variables = {
  CODY_TABLE: { schema: text, is: "the name of the DynamoDB table" },
  LOG_LEVEL: {
    schema: z.enum(["debug", "info", "warn", "error"]).default("info"),
    is: "how much is logged: debug, info, warn or error",
  },
  SLACK_BOT_TOKEN: {
    schema: text.startsWith("xoxb-", { error: "must begin with xoxb-" }),
    is: "the bot token of the Slack app",
  },
  SLACK_SIGNING_SECRET: { schema: text, is: "the signing secret of the Slack app" },
  SLACK_API_URL: {
    schema: address.default("https://slack.com/api/"),
    is: "the address of Slack's Web API",
  },
  ALLOWED_REPOS: {
    schema: z
      .string()
      .default("")
      .transform((list) => list.split(/[\s,]+/).filter(Boolean))
      .refine((patterns) => patterns.every(isPattern), {
        error: "must be patterns like acme/* or acme/shop, with commas between them",
      }),
    is: "the repositories that Cody may work on; none if empty",
  },
  GITHUB_TOKEN: { schema: text, is: "the token of Cody's GitHub account" },
  GITHUB_API_URL: {
    schema: address.default("https://api.github.com"),
    is: "the address of GitHub's REST API",
  },
  BATCH_QUEUE: { schema: text, is: "the Batch job queue for runs" },
  BATCH_JOB_DEFINITION: { schema: text, is: "the Batch job definition of the runner" },
  MAX_RUNS: {
    schema: z.coerce
      .number({ error: "must be a whole number from 1 to 500" })
      .int()
      .min(1)
      .max(500)
      .default(defaultMaxRuns),
    is: "how many runs may be in Batch at once",
  },
  ANTHROPIC_API_KEY: { schema: text, is: "the key for Claude's API" },
  ANTHROPIC_BASE_URL: {
    schema: address.default("https://api.anthropic.com"),
    is: "the address of Claude's API",
  },
  CODY_JOB: {
    schema: z.string().regex(/^[a-z2-7]{10}$/, { error: "must be the id of a job" }),
    is: "the job",
  },
  CODY_RUN: { schema: z.coerce.number().int().min(1).max(99), is: "the number of the run" },
  AWS_BATCH_JOB_ID: { schema: text, is: "the id of the Batch job; Batch sets it" },
  AWS_BATCH_JOB_ATTEMPT: { schema: z.coerce.number().int().min(1), is: "the attempt; Batch sets it" },
  WORK_DIR: { schema: text.default("/job"), is: "the folder for clones" },
} as const;

type Name = keyof typeof variables;
export type Config<N extends Name> = { [K in N]: z.output<(typeof variables)[K]["schema"]> };

const slackNames = ["SLACK_BOT_TOKEN", "SLACK_API_URL"] as const;
const everywhere = ["CODY_TABLE", "LOG_LEVEL"] as const;
const githubNames = ["GITHUB_TOKEN", "GITHUB_API_URL"] as const;
const batchNames = ["BATCH_QUEUE", "BATCH_JOB_DEFINITION", "MAX_RUNS"] as const;

/** The variables that each program reads; nothing else of the environment is used. */
export const programs = {
  slack: [...everywhere, ...slackNames, "SLACK_SIGNING_SECRET", "ALLOWED_REPOS"],
  board: [...everywhere, ...slackNames],
  effects: [...everywhere, ...slackNames, ...githubNames, ...batchNames, "ALLOWED_REPOS"],
  watchdog: [...everywhere, ...slackNames, ...githubNames, ...batchNames, "ALLOWED_REPOS"],
  runner: [
    ...everywhere,
    ...githubNames,
    "ALLOWED_REPOS",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "CODY_JOB",
    "CODY_RUN",
    "AWS_BATCH_JOB_ID",
    "AWS_BATCH_JOB_ATTEMPT",
    "WORK_DIR",
  ],
} as const satisfies Record<string, readonly Name[]>;

export type Program = keyof typeof programs;
export type ConfigOf<P extends Program> = Config<(typeof programs)[P][number]>;

/** Thrown where variables are missing or wrong; the message names them all. */
export class ConfigError extends Error {
  readonly problems: string[];

  constructor(program: Program, problems: string[]) {
    super(`Cody's ${program} cannot start: ${problems.join("; ")}.`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/**
 * Reads what `program` needs from `env`. An empty value counts as missing.
 * Throws ConfigError, which names every missing or wrong variable; no value is ever part of the message.
 */
export function readConfig<P extends Program>(
  program: P,
  env: Record<string, string | undefined>,
): ConfigOf<P> {
  const config: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const name of programs[program]) {
    const { schema, is } = variables[name];
    const parsed = schema.safeParse(env[name] || undefined);
    if (parsed.success) config[name] = parsed.data;
    else if (!env[name]) problems.push(`${name} is missing (${is})`);
    else problems.push(`${name} ${parsed.error.issues[0]?.message} (${is})`);
  }
  if (problems.length > 0) throw new ConfigError(program, problems);
  return config as ConfigOf<P>;
}

/** The values that must never be shown, for the redactor. */
export function secretsIn(config: Partial<Record<Name, unknown>>): string[] {
  const names: Name[] = ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "GITHUB_TOKEN", "ANTHROPIC_API_KEY"];
  return names.flatMap((name) => (typeof config[name] === "string" ? [config[name]] : []));
}
