// What the doctor asks of the outside; it never changes anything there.
import type { GitHubIdentity } from "@cody/core/config.ts";
import type { PrivateImage } from "@cody/core/private-image.ts";
import type { Repository } from "@cody/core/schema.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** In the service's own word. */
export interface Refused {
  refused: string;
}

export interface SlackSelf {
  team: string;
  user: string;
  scopes: string[];
  /** The id of the app; undefined where the token may not ask for it. */
  app: string | undefined;
}

export interface GitHubWebhook {
  url: string;
  /** `json`, or what Cody does not read. */
  contentType: string;
  isInsecure: boolean;
  /** Undefined where GitHub remembers none to this address. */
  newest: { at: number; status: number; outcome: string } | undefined;
}

export interface GitHubApp {
  slug: string;
  events: string[];
  webhook: GitHubWebhook | undefined;
  permissions: Record<string, string>;
  installations: {
    account: string;
    permissions: Record<string, string>;
    isSuspended: boolean;
    settingsUrl: string;
  }[];
}

export type GitHubClient = "good" | "unknown client" | "wrong secret" | { said: string };

export interface GitHubAccount {
  login: string;
  /** Undefined where GitHub does not tell. */
  scopes: string[] | undefined;
}

export type ClaudeModel = { name: string } | { refused: "key" | "model" };

export interface QueueStanding {
  isEnabled: boolean;
  /** `VALID`, or Batch's word and reason for what it is instead. */
  status: string;
  /** Whether it shares fairly; only then it takes the share that every job of Cody's names. */
  sharesFairly: boolean;
}

export interface DefinitionStanding {
  revision: number;
  image: string;
  attempts: number;
  retryRules: { onStatusReason?: string; onReason?: string; onExitCode?: string; action?: string }[];
  /** Of one attempt; undefined where nothing ends it. */
  timeoutMs: number | undefined;
  /** What everybody reads who may describe job definitions. */
  environment: Record<string, string>;
  /** Variables whose values Batch fetches from where secrets are kept. */
  secrets: string[];
}

export interface StoredImage {
  /** Milliseconds since 1970; undefined where the registry does not tell. */
  pushedAt: number | undefined;
  /** Compressed, as it is pulled. */
  bytes: number | undefined;
}

export interface HealthPage {
  status: number;
  /** By part, `ok` or not; undefined where it was not Cody that answered. */
  parts: Record<string, string> | undefined;
}

export interface Means {
  env: Environment;
  /** Whether there is anything on AWS to look at. */
  isDeployed: boolean;
  now(): number;
  slackSelf(token: string, apiUrl: string): Promise<SlackSelf | Refused>;
  slackManifest(configurationToken: string, apiUrl: string, app: string): Promise<object | Refused>;
  /** Undefined where GitHub knows no such App, account, or key of it. */
  gitHubApp(
    apiUrl: string,
    identity: Exclude<GitHubIdentity, { token: string }>,
  ): Promise<GitHubApp | undefined>;
  gitHubAccount(apiUrl: string, token: string): Promise<GitHubAccount | undefined>;
  /** Whether people can sign in by this client; `said`: what GitHub says instead of yes or no. */
  gitHubClient(client: { clientId: string; clientSecret: string; webUrl: string }): Promise<GitHubClient>;
  repositories(apiUrl: string, identity: GitHubIdentity): Promise<Repository[]>;
  claudeModel(key: string, baseUrl: string, model: string): Promise<ClaudeModel>;
  /** What is not as the programs expect it, a phrase each; undefined where there is no such table. */
  tableFaults(name: string): Promise<string[] | undefined>;
  queue(name: string): Promise<QueueStanding | undefined>;
  definition(name: string): Promise<DefinitionStanding | undefined>;
  /** How Cody answers what Slack asks of a new address, signed with this secret. */
  slackChallenge(publicUrl: string, signingSecret: string): Promise<"taken" | { status: number }>;
  storedImage(image: PrivateImage): Promise<StoredImage | "no repository" | "no image">;
  health(publicUrl: string): Promise<HealthPage>;
}
