// Configuration from environment variables: everything missing or wrong is named at once, with what it is for.
import * as z from "zod";
import { pairsSchema } from "./by-repository.ts";
import { defaultMaxRuns } from "./limits.ts";
import { isPattern } from "./policy.ts";
import { rsaKeySchema, secretListSchema } from "./secret-schemas.ts";
import { isHostPattern, isNeverReached } from "./tool-hosts.ts";

/** Users under that belong to people and services of the machine. */
const firstFreeUser = 10_000;

const text = z.string().min(1);
const address = z.url({
  protocol: /^https?$/,
  error: "must be an address that begins with http:// or https://",
});

const flag = z
  .enum(["true", "false"], { error: "must be true or false" })
  .transform((value) => value === "true");

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
  SLACK_SIGNING_SECRET: {
    schema: secretListSchema,
    is: "the signing secret of the Slack app; while it is changed, the new one before the old one with a comma",
  },
  SLACK_API_URL: {
    schema: address.default("https://slack.com/api/"),
    is: "the address of Slack's Web API",
  },
  ALLOWED_REPOS: {
    schema: z
      .string()
      .default("")
      .transform(listed)
      .refine((patterns) => patterns.every(isPattern), {
        error: "must be patterns like acme/* or acme/shop, with commas between them",
      }),
    is: "the repositories that Cody may work on; none if empty",
  },
  GITHUB_TOKEN: { schema: text.optional(), is: "the token of Cody's GitHub account" },
  GITHUB_APP_ID: {
    schema: z.coerce.number({ error: "must be a number" }).int().min(1).optional(),
    is: "the number of Cody's GitHub App, from its settings page",
  },
  GITHUB_APP_PRIVATE_KEY: {
    schema: rsaKeySchema.optional(),
    is: "the private key of Cody's GitHub App",
  },
  GITHUB_API_URL: {
    schema: address.default("https://api.github.com"),
    is: "the address of GitHub's REST API",
  },
  GITHUB_URL: {
    schema: address.default("https://github.com"),
    is: "the address where people use GitHub in a browser",
  },
  GITHUB_CLIENT_ID: { schema: text.optional(), is: "the client id of the GitHub App, for linking people" },
  GITHUB_CLIENT_SECRET: { schema: text.optional(), is: "the client secret of the GitHub App" },
  GITHUB_WEBHOOK_SECRET: {
    schema: secretListSchema.optional(),
    is: "the secret of GitHub's webhook; without it Cody asks GitHub from time to time",
  },
  LINK_KEY: {
    schema: z
      .string()
      .transform(listed)
      .refine((keys) => keys.length > 0 && keys.every(isSealKey), {
        error:
          "must be 32 random bytes in base64, or several of them with commas between them, the newest first",
      })
      .optional(),
    is: "the key that people's GitHub tokens are encrypted with",
  },
  PUBLIC_URL: {
    schema: address.transform((url) => url.replace(/\/+$/, "")).optional(),
    is: "the public address of Cody's slack program, without a path; that program knows its own",
  },
  ACCESS: {
    schema: z.enum(["linked", "members"]).optional(),
    is: "who may use Cody: linked (people whose GitHub account has the rights) or members (everyone of the workspace)",
  },
  TWO_PERSON: {
    schema: flag.default(true),
    is: "whether who asked for a change cannot be the only one to approve it: true or false",
  },
  MIX_PUBLIC_AND_PRIVATE: {
    schema: flag.default(false),
    is: "whether one job may have public and private repositories: true or false",
  },
  BATCH_QUEUE: { schema: text, is: "the Batch job queue for runs" },
  BATCH_JOB_DEFINITION: { schema: text, is: "the Batch job definition of the runner" },
  BATCH_JOB_DEFINITIONS: {
    schema: pairsSchema("must be pairs like acme/legacy-*=cody-runner-legacy, with commas between them"),
    is: "the Batch job definitions of repositories that have a runner of their own",
  },
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
  TOOL_ISOLATION: {
    schema: z.enum(["user", "none"]).default("user"),
    is: "what keeps the tools from the runner's keys: user (another user; refused where that cannot be had) or none",
  },
  TOOL_USER: {
    schema: z.string().default("20001:20001").transform(toolUsers),
    is: "the user and group of the tools",
  },
  TOOL_COMMANDS: {
    schema: z.enum(["isolated", "always"]).default("isolated"),
    is: "whether commands run: isolated (only where the tools have a user of their own) or always",
  },
  TOOL_NETWORK: {
    schema: z.enum(["off", "registries", "open"]).default("registries"),
    is: "what the tools' proxy lets through: off, registries or open",
  },
  TOOL_HOSTS: {
    schema: z
      .string()
      .default("")
      .transform(listed)
      .refine((hosts) => hosts.every(isHostPattern), {
        error: "must be host names like npm.example.com or *.example.com, with commas between them",
      })
      .refine((hosts) => !hosts.some(isNeverReached), {
        error: "must not hold hosts of Claude, GitHub or Slack",
      }),
    is: "hosts that the tools may reach beside the registries",
  },
} as const;

export type Name = keyof typeof variables;
export type Config<N extends Name> = { [K in N]: z.output<(typeof variables)[K]["schema"]> };

const slackNames = ["SLACK_BOT_TOKEN", "SLACK_API_URL"] as const;
const everywhere = ["CODY_TABLE", "LOG_LEVEL"] as const;
const githubIdentityNames = ["GITHUB_TOKEN", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"] as const;
const githubNames = [...githubIdentityNames, "GITHUB_API_URL"] as const;
const linkNames = ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "LINK_KEY"] as const;
const peopleNames = [
  ...linkNames,
  "PUBLIC_URL",
  "GITHUB_URL",
  "ACCESS",
  "TWO_PERSON",
  "MIX_PUBLIC_AND_PRIVATE",
] as const;
const batchNames = ["BATCH_QUEUE", "BATCH_JOB_DEFINITION", "BATCH_JOB_DEFINITIONS", "MAX_RUNS"] as const;

/** The variables that each program reads; nothing else of the environment is used. */
export const programs = {
  slack: [
    ...everywhere,
    ...slackNames,
    ...peopleNames,
    "SLACK_SIGNING_SECRET",
    "ALLOWED_REPOS",
    "GITHUB_API_URL",
    "GITHUB_WEBHOOK_SECRET",
    // Only to say whether they are well.
    "BATCH_QUEUE",
    "ANTHROPIC_BASE_URL",
  ],
  board: [...everywhere, ...slackNames],
  effects: [...everywhere, ...slackNames, ...githubNames, ...peopleNames, ...batchNames, "ALLOWED_REPOS"],
  watchdog: [...everywhere, ...slackNames, ...githubNames, ...peopleNames, ...batchNames, "ALLOWED_REPOS"],
  runner: [
    ...everywhere,
    ...githubNames,
    "ALLOWED_REPOS",
    "MIX_PUBLIC_AND_PRIVATE",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "CODY_JOB",
    "CODY_RUN",
    "AWS_BATCH_JOB_ID",
    "AWS_BATCH_JOB_ATTEMPT",
    "WORK_DIR",
    "TOOL_ISOLATION",
    "TOOL_USER",
    "TOOL_COMMANDS",
    "TOOL_NETWORK",
    "TOOL_HOSTS",
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
  const names: readonly Name[] = programs[program];
  const { config, problems } = readVariables(names, env);
  if (githubNames.every((name) => names.includes(name))) problems.push(...identityProblems(env));
  if (linkNames.every((name) => names.includes(name))) problems.push(...linkProblems(program, env));
  if (problems.length > 0) throw new ConfigError(program, problems);
  return config as ConfigOf<P>;
}

/** The same for a few variables by themselves. What is a problem is left out of the configuration. */
export function readVariables<N extends Name>(
  names: readonly N[],
  env: Record<string, string | undefined>,
): { config: Partial<Config<N>>; problems: string[] } {
  const config: Partial<Record<Name, unknown>> = {};
  const problems: string[] = [];
  for (const name of names) {
    const { schema, is } = variables[name];
    const parsed = schema.safeParse(env[name] || undefined);
    if (parsed.success) config[name] = parsed.data;
    else if (!env[name]) problems.push(`${name} is missing (${is})`);
    else problems.push(`${name} ${parsed.error.issues[0]?.message} (${is})`);
  }
  return { config: config as Partial<Config<N>>, problems };
}

/** What `readConfig` has against this environment, a sentence each; empty where the program can start. */
export function configProblems(program: Program, env: Record<string, string | undefined>): string[] {
  try {
    readConfig(program, env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** Who Cody is on GitHub: a service account, or an App. */
export type GitHubIdentity = { token: string } | { appId: number; privateKey: string };

/** The identity in a configuration that was read, which holds exactly one. */
export function githubIdentity(config: Config<(typeof githubIdentityNames)[number]>): GitHubIdentity {
  const { GITHUB_TOKEN: token, GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: privateKey } = config;
  if (token) return { token };
  if (appId && privateKey) return { appId, privateKey };
  throw new Error("the configuration was not read with readConfig");
}

/** Cody is either an account or an App, and never half of one. */
function identityProblems(env: Record<string, string | undefined>): string[] {
  const set = githubIdentityNames.filter((name) => env[name]);
  const described = (name: (typeof githubIdentityNames)[number]) =>
    `${name} is missing (${variables[name].is}`;
  if (set.length === 0)
    return [
      `${described("GITHUB_TOKEN")}; for a GitHub App, GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY instead)`,
    ];
  if (set[0] !== "GITHUB_TOKEN")
    return githubIdentityNames.slice(1).flatMap((name) => (env[name] ? [] : [`${described(name)})`]));
  if (set.length === 1) return [];
  return [`${set.join(" and ")} are set together (Cody is an account with a token or an App with a key)`];
}

/** Where people link their accounts, and what their tokens are sealed with. */
export interface LinkSettings {
  clientId: string;
  clientSecret: string;
  /** Newest first; the others only open what was sealed before. */
  keys: string[];
}

/** How people link their accounts; undefined where that is not set up. */
export function linkSettings(config: Config<(typeof linkNames)[number]>): LinkSettings | undefined {
  const { GITHUB_CLIENT_ID: clientId, GITHUB_CLIENT_SECRET: clientSecret, LINK_KEY: keys } = config;
  return clientId && clientSecret && keys ? { clientId, clientSecret, keys } : undefined;
}

/** Who may use Cody. Where nobody can link, being a member is all that can be asked for. */
export function accessRule(config: Config<(typeof linkNames)[number] | "ACCESS">): "linked" | "members" {
  return config.ACCESS ?? (linkSettings(config) ? "linked" : "members");
}

/** Linking is set up as a whole or not at all, and access that asks for links needs it. */
function linkProblems(program: Program, env: Record<string, string | undefined>): string[] {
  // A request tells the slack program where it was sent to; the others hear of no address.
  const names: Name[] = program === "slack" ? [...linkNames] : [...linkNames, "PUBLIC_URL"];
  const missing = names.filter((name) => !env[name]);
  if (missing.length === 0) return [];
  if (linkNames.some((name) => env[name]))
    return missing.map((name) => `${name} is missing (${variables[name].is}; linking needs all of it)`);
  return env.ACCESS === "linked"
    ? [`ACCESS is linked, but ${linkNames.join(", ")} are missing (people have to be able to link)`]
    : [];
}

function isSealKey(key: string): boolean {
  return Buffer.from(key, "base64").length === 32;
}

/** Users by number, from which each run takes one; one user where both are the same. */
export interface ToolUsers {
  first: number;
  last: number;
  group: number;
}

function toolUsers(given: string, context: z.RefinementCtx): ToolUsers {
  const [, from = "", to = from, group = ""] = /^(\d{1,9})(?:-(\d{1,9}))?:(\d{1,9})$/.exec(given) ?? [];
  const users = { first: Number(from), last: Number(to), group: Number(group) };
  const isFree = users.first >= firstFreeUser && users.group >= firstFreeUser && users.last >= users.first;
  if (isFree) return users;
  context.addIssue({
    code: "custom",
    message: `must be numbers from ${firstFreeUser} on that nobody else uses: 20001:20001, or 20001-60000:20001 where runs share a machine and each takes a user of its own`,
  });
  return z.NEVER;
}

function listed(list: string): string[] {
  return list.split(/[\s,]+/).filter(Boolean);
}

/** The values that must never be shown, for the redactor. */
export function secretsIn(config: Partial<Record<Name, unknown>>): string[] {
  const names: Name[] = [
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "GITHUB_TOKEN",
    "GITHUB_CLIENT_SECRET",
    "GITHUB_WEBHOOK_SECRET",
    "ANTHROPIC_API_KEY",
    "LINK_KEY",
  ];
  const key = config.GITHUB_APP_PRIVATE_KEY;
  return [
    ...names.flatMap((name) => config[name] ?? []).filter((value) => typeof value === "string"),
    // Each line by itself, for line ends are written in more than one way.
    ...(typeof key === "string" ? key.split(/\s+/).filter((line) => /^[\w+/=]{16,}$/.test(line)) : []),
  ];
}
