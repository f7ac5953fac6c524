// Two deployments that differ in everything that can differ: as little as possible, and everything.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { type SecretVariable, secretName } from "../../infra/variables.ts";
import type { Question } from "./evaluation.ts";

export interface Stage extends Question {
  /** Values that nobody may see. */
  secrets: string[];
}

function secretsOf(values: Partial<Record<SecretVariable, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([variable, value]) => [
      `SST_SECRET_${secretName(variable as SecretVariable)}`,
      value,
    ]),
  );
}

function stageOf(stage: string, settings: Record<string, string>, secrets: Record<string, string>): Stage {
  return { stage, env: { ...settings, ...secrets }, secrets: Object.values(secrets) };
}

/** A stage to try things in, by an account with a token, with nothing set that can be left out. */
export function smallStage(): Stage {
  const secrets = secretsOf({
    SLACK_BOT_TOKEN: `xoxb-${random()}`,
    SLACK_SIGNING_SECRET: random(),
    GITHUB_TOKEN: `ghp_${random()}`,
    ANTHROPIC_API_KEY: `sk-ant-${random()}`,
  });
  return stageOf("dev", {}, secrets);
}

/** The stage that a team works with, by a GitHub App, with everything set. A token is the one thing that it has not. */
export function fullStage(): Stage {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const secrets = secretsOf({
    SLACK_BOT_TOKEN: `xoxb-${random()}`,
    SLACK_SIGNING_SECRET: random(),
    GITHUB_APP_PRIVATE_KEY: privateKey,
    GITHUB_CLIENT_SECRET: random(),
    GITHUB_WEBHOOK_SECRET: random(),
    LINK_KEY: randomBytes(32).toString("base64"),
    ANTHROPIC_API_KEY: `sk-ant-${random()}`,
  });
  const registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
  const usual = `${registry}/cody-production-runner@sha256:${"0".repeat(64)}`;
  const java8 = `210987654321.dkr.ecr.eu-central-1.amazonaws.com/team/java-8@sha256:${"1".repeat(64)}`;
  const settings = {
    ALLOWED_REPOS: "acme/*",
    LOG_LEVEL: "debug",
    SLACK_API_URL: "https://slack.example/api/",
    GITHUB_APP_ID: "123456",
    GITHUB_API_URL: "https://github.example/api/v3",
    GITHUB_URL: "https://github.example",
    GITHUB_CLIENT_ID: "Iv1.0123456789abcdef",
    ACCESS: "linked",
    TWO_PERSON: "false",
    MIX_PUBLIC_AND_PRIVATE: "true",
    MAX_RUNS: "25",
    ANTHROPIC_BASE_URL: "https://claude.example",
    TOOL_NETWORK: "open",
    TOOL_HOSTS: "npm.example.com",
    RUNNER_IMAGE: usual,
    RUNNER_IMAGES: [
      `acme/legacy-shop=${usual}`,
      `acme/legacy-*=${java8}`,
      `acme/site=ghcr.io/acme/site@sha256:${"2".repeat(64)}`,
      `acme/old=${java8}`,
    ].join(", "),
    ALARM_EMAILS: "cody@example.com, ops@example.com",
    ALARM_SLACK_CHANNEL: "T0123456789/C0123456789",
    MONTHLY_BUDGET_USD: "200",
  };
  return stageOf("production", settings, secrets);
}

function random(): string {
  return randomBytes(18).toString("hex");
}
