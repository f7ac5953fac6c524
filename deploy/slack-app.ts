// The Slack app of a stage: made where there is none, and kept at the address of the deployment.
import { isDeepStrictEqual } from "node:util";
import manifest from "../packages/bot/src/slack-manifest.json" with { type: "json" };
import { type Outside, Stopped } from "./outside.ts";
import { howToSet, type Secrets, setSecret } from "./stage.ts";

/** Stands in the manifest for Cody's address. */
const placeholder = "https://REQUEST-URL";
/** Until there is one: nobody can ever own a name that ends like this. */
const noAddress = "https://not-deployed-yet.invalid";

/** The manifest for Cody at this address, without a path. */
export function manifestAt(address: string): object {
  return JSON.parse(JSON.stringify(manifest).replaceAll(placeholder, address));
}

/** Opens Slack's page for a new app with everything filled in. */
function newAppUrl(address: string): string {
  return `https://api.slack.com/apps?new_app=1&manifest_json=${encodeURIComponent(JSON.stringify(manifestAt(address)))}`;
}

/** Where a person installs it. The address that Slack returns for that needs an app that takes people back. */
function installPage(app: string): string {
  return `https://api.slack.com/apps/${app}/install-on-team`;
}

/**
 * Cody cannot be deployed without a Slack app, and the app's address is known only after that: so the app comes first,
 * without an address. Throws with what a person has to do, where somebody has to.
 */
export async function ensureSlackApp(outside: Outside, stage: string, secrets: Secrets): Promise<void> {
  const { say, slackApps } = outside;
  if (secrets.SLACK_BOT_TOKEN) return say("There is one.");
  const setToken = howToSet("SLACK_BOT_TOKEN", stage);
  const install = `install it in the workspace, and set the bot token that its page shows then under OAuth & Permissions: ${setToken}`;
  if (secrets.SLACK_SIGNING_SECRET)
    throw new Stopped("The Slack app is not installed yet.", `On its page at api.slack.com/apps, ${install}`);
  if (!slackApps) {
    throw new Stopped(
      "There is no Slack app yet.",
      [
        `Make it here: ${newAppUrl(noAddress)}`,
        `Then ${install}`,
        `Its signing secret is on its page, under Basic Information: ${howToSet("SLACK_SIGNING_SECRET", stage)}`,
      ].join("\n"),
    );
  }
  const { id, signingSecret } = await slackApps.create(manifestAt(noAddress));
  await setSecret(outside, stage, "SLACK_SIGNING_SECRET", signingSecret);
  throw new Stopped(
    `The Slack app ${id} was made, and its signing secret is set.`,
    `At ${installPage(id)} ${install}`,
  );
}

/** Gives the app the address of the deployment, where it has another one or another manifest. */
export async function updateSlackApp(outside: Outside, address: string, secrets: Secrets): Promise<void> {
  const { say, slackApps, appOf } = outside;
  if (!slackApps || !secrets.SLACK_BOT_TOKEN) {
    say("No SLACK_CONFIG_TOKEN is set, so this is for you, unless it is there already: on the app's page at");
    say(
      "api.slack.com/apps, under App Manifest, put this in place of what is there and save it. Slack says if it",
    );
    say("wants an address verified or the app installed again.");
    return say(JSON.stringify(manifestAt(address), null, 2));
  }
  const app = await appOf(secrets.SLACK_BOT_TOKEN);
  const wanted = manifestAt(address);
  if (isDeepStrictEqual(await slackApps.manifest(app), wanted))
    return say(`The app ${app} is as it should be.`);
  const isChanged = await slackApps.update(app, wanted);
  say(`The app ${app} has the address ${address} now.`);
  say(
    `If no events come: look whether Slack wants it verified, at https://api.slack.com/apps/${app}/event-subscriptions`,
  );
  if (isChanged) say(`Its scopes changed: install it again at ${installPage(app)}`);
}
