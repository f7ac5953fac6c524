// Slack: the token, the scopes beside those of the manifest, and the addresses that Slack calls.
import manifest from "../slack-manifest.json" with { type: "json" };
import { type Finding, listed, ok, skipped, warning, wrong } from "./finding.ts";
import { given } from "./given.ts";
import type { Means } from "./means.ts";

const wanted = manifest.oauth_config.scopes.bot;
const reinstall =
  "Give the app the manifest packages/bot/src/slack-manifest.json on its page at api.slack.com/apps, and install it again.";

export async function lookAtSlack(means: Means): Promise<Finding[]> {
  const check = "Slack";
  const read = given(check, ["SLACK_BOT_TOKEN", "SLACK_API_URL"], means.env);
  if ("without" in read) return [read.without];
  const { SLACK_BOT_TOKEN: token, SLACK_API_URL: apiUrl } = read.config;
  const self = await means.slackSelf(token, apiUrl);
  if ("refused" in self) {
    const says = `Slack does not take SLACK_BOT_TOKEN: ${self.refused}`;
    return [wrong(check, says, "Install the app in the workspace and set the bot token that it shows.")];
  }
  return [
    ok(check, `Cody is @${self.user} in the workspace ${self.team}`),
    scopesFinding(self.scopes),
    await addressesFinding(means, apiUrl, self.app),
  ];
}

function scopesFinding(scopes: readonly string[]): Finding {
  const name = "Slack scopes";
  const missing = wanted.filter((scope) => !scopes.includes(scope));
  const more = scopes.filter((scope) => !wanted.includes(scope));
  if (missing.length > 0) return wrong(name, `${listed(missing)} missing`, reinstall);
  if (more.length > 0) return warning(name, `more than Cody uses: ${listed(more)}`, reinstall);
  return ok(name, `the ${wanted.length} that Cody uses, and no more`);
}

/** Where Slack sends commands, events and presses. It tells this to whoever may change the app, and to nobody else. */
async function addressesFinding(means: Means, apiUrl: string, app: string | undefined): Promise<Finding> {
  const name = "Slack addresses";
  const { SLACK_CONFIG_TOKEN: token, PUBLIC_URL: address } = means.env;
  if (!token || !app) return skipped(name, "not looked at: Slack tells them to a SLACK_CONFIG_TOKEN only");
  if (!address) return skipped(name, "not looked at: PUBLIC_URL does not say what they should be");
  const found = await means.slackManifest(token, apiUrl, app);
  if ("refused" in found) {
    const says = `Slack does not tell them to SLACK_CONFIG_TOKEN: ${found.refused}`;
    return warning(name, says, "Make a new configuration token; one is good for twelve hours.");
  }
  const right = `${address.replace(/\/+$/, "")}/slack/events`;
  const others = [...new Set(addressesIn(found))].filter((each) => each !== right);
  if (others.length > 0) {
    const says = `Slack calls ${listed(others)}, and Cody is at ${right}`;
    return wrong(name, says, "Put Cody's address into the app's manifest; `npm run deploy` does it.");
  }
  const count = addressesIn(found).length;
  if (count < addressesIn(manifest).length) return wrong(name, "some are not set", reinstall);
  return ok(name, `all lead to ${right}`);
}

/** Every address in a manifest, wherever it stands. */
function addressesIn(value: unknown): string[] {
  if (typeof value === "string") return /^https?:\/\//.test(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(addressesIn);
}
