// Who Cody is in Slack, what it may do there, and how its app is set up, as Slack tells it.
import { WebAPIPlatformError, WebClient } from "@slack/web-api";
import type { Refused, SlackSelf } from "../doctor/means.ts";

const timeoutMs = 10_000;

/** Slack's word where it refuses the token. */
export async function slackSelf(token: string, apiUrl: string): Promise<SlackSelf | Refused> {
  const client = clientOf(token, apiUrl);
  return orRefused(async () => {
    const { team = "", user = "", bot_id: bot, response_metadata: about } = await client.auth.test();
    return { team, user, scopes: about?.scopes ?? [], app: bot && (await appOf(client, bot)) };
  });
}

/** The app's manifest as it is now. `token` is a configuration token of somebody who may change the app. */
export async function slackManifest(token: string, apiUrl: string, app: string): Promise<object | Refused> {
  return orRefused(async () => {
    const { manifest } = await clientOf(token, apiUrl).apps.manifest.export({ app_id: app });
    return manifest ?? {};
  });
}

/** Undefined where the token may not ask. */
async function appOf(client: WebClient, bot: string): Promise<string | undefined> {
  const found = await orRefused(() => client.bots.info({ bot }));
  return "refused" in found ? undefined : found.bot?.app_id;
}

function clientOf(token: string, slackApiUrl: string): WebClient {
  const logger = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {} };
  return new WebClient(token, {
    slackApiUrl,
    retryConfig: { retries: 1 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    logger: { ...logger, getLevel: () => "error" as never },
  });
}

async function orRefused<T extends object>(work: () => Promise<T>): Promise<T | Refused> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WebAPIPlatformError) return { refused: error.data.error };
    throw error;
  }
}
