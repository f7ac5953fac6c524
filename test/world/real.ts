// From pretend to real: which far ends of the local world are real ones, by what the environment says of them.
import { doctorMeans } from "../../packages/bot/src/adapters/doctor-means.ts";
import { lookAtClaude } from "../../packages/bot/src/doctor/claude.ts";
import type { Finding } from "../../packages/bot/src/doctor/finding.ts";
import { lookAtGitHub, lookAtRepositories } from "../../packages/bot/src/doctor/github.ts";
import { lookAtSlack } from "../../packages/bot/src/doctor/slack.ts";
import manifest from "../../packages/bot/src/slack-manifest.json" with { type: "json" };

const realEnds = ["claude", "github", "slack"] as const;
export type RealEnd = (typeof realEnds)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** What the programs are configured with instead of what the world would give them; undefined takes away. */
export type RealSettings = Record<string, string | undefined>;

const names: Record<RealEnd, string> = { claude: "Claude", github: "GitHub", slack: "Slack" };

/** What is missing to have these ends real, a sentence each. */
export function missingFor(ends: readonly RealEnd[], env: Environment): string[] {
  return ends.flatMap((end) => missingOf[end](env));
}

const missingOf: Record<RealEnd, (env: Environment) => string[]> = {
  claude: (env) =>
    env.ANTHROPIC_API_KEY ? [] : ["--claude needs ANTHROPIC_API_KEY: a key from Claude's console."],
  github: (env) => [
    ...(env.GITHUB_TOKEN || (env.GITHUB_APP_ID && env.GITHUB_APP_PRIVATE_KEY)
      ? []
      : ["--github needs GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY: who Cody is on GitHub."]),
    ...(env.ALLOWED_REPOS
      ? []
      : ["--github needs ALLOWED_REPOS: the repositories that Cody may change, such as acme/playground."]),
  ],
  slack: (env) => [
    ...(env.SLACK_BOT_TOKEN?.startsWith("xoxb-")
      ? []
      : [
          `--slack needs SLACK_BOT_TOKEN (xoxb-…) of an app of its own. Make the app here: ${socketAppUrl()}`,
        ]),
    ...(env.SLACK_APP_TOKEN?.startsWith("xapp-")
      ? []
      : [
          "--slack needs SLACK_APP_TOKEN (xapp-…) with the scope connections:write: under Basic Information, App-Level Tokens.",
        ]),
  ],
};

/** Slack's page for a new app whose events come through a connection that it opens itself. */
function socketAppUrl(): string {
  const { settings, features, ...rest } = manifest;
  const { request_url: _events, ...events } = settings.event_subscriptions;
  const filled = {
    ...rest,
    features: {
      ...features,
      slash_commands: features.slash_commands.map(({ url: _url, ...command }) => command),
    },
    settings: {
      ...settings,
      event_subscriptions: events,
      interactivity: { is_enabled: true },
      socket_mode_enabled: true,
    },
  };
  return `https://api.slack.com/apps?new_app=1&manifest_json=${encodeURIComponent(JSON.stringify(filled))}`;
}

/** Settings under which the programs reach the real ends. Nothing may be missing. */
export function settingsFor(ends: readonly RealEnd[], env: Environment): RealSettings {
  return Object.assign({}, ...ends.map((end) => settingsOf[end](env)));
}

const take = (env: Environment, ...wanted: string[]): RealSettings =>
  Object.fromEntries(wanted.map((name) => [name, env[name] || undefined]));

const settingsOf: Record<RealEnd, (env: Environment) => RealSettings> = {
  claude: (env) => ({
    ...take(env, "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"),
    // Nobody knows beforehand what the real one will run.
    TOOL_COMMANDS: "isolated",
  }),
  github: (env) => ({
    ...take(env, "GITHUB_TOKEN", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"),
    ...take(env, "GITHUB_API_URL", "GITHUB_URL", "ALLOWED_REPOS"),
    // GitHub reaches nothing on this machine, so it is asked.
    GITHUB_WEBHOOK_SECRET: undefined,
    ...take(env, "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"),
    ...(env.GITHUB_CLIENT_ID ? {} : { LINK_KEY: undefined }),
  }),
  slack: (env) => take(env, "SLACK_BOT_TOKEN", "SLACK_API_URL"),
};

/** What is wrong with the real ends, as they answer by themselves. */
export async function troubleWith(ends: readonly RealEnd[], settings: RealSettings): Promise<Finding[]> {
  const looks = {
    claude: [lookAtClaude],
    github: [lookAtGitHub, lookAtRepositories],
    slack: [lookAtSlack],
  };
  const means = doctorMeans(settings, false);
  const found = await Promise.all(ends.flatMap((end) => looks[end]).map((look) => look(means)));
  return found.flat().filter(({ state }) => state === "wrong");
}

/** What is real in this world and what is played, in one line. */
export function whatIsReal(ends: readonly RealEnd[]): string {
  const played = realEnds.filter((end) => !ends.includes(end)).map((end) => names[end]);
  return `Real: ${ends.map((end) => names[end]).join(", ")}. Played on this machine: ${["AWS", ...played].join(", ")}.`;
}
