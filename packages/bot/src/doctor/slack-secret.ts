// The signing secret: whether the deployed program has the one that is set here. Slack's own, Slack tells nobody.
import { type Finding, ok, skipped, wrong } from "./finding.ts";
import { given } from "./given.ts";
import type { Means } from "./means.ts";

export async function lookAtSlackSecret({ env, health, slackChallenge }: Means): Promise<Finding[]> {
  const check = "Slack signing secret";
  const read = given(check, ["SLACK_SIGNING_SECRET", "PUBLIC_URL"], env);
  if ("without" in read) return [read.without];
  const { SLACK_SIGNING_SECRET: secrets, PUBLIC_URL: url } = read.config;
  if (!url) return [skipped(check, "not looked at: PUBLIC_URL is not set")];
  // Whoever else answers there, or that nobody does, is said with the address.
  const page = await health(url).catch(() => undefined);
  if (!page?.parts) return [skipped(check, `not looked at: Cody does not answer at ${url}`)];
  // While one takes the place of another there are two.
  const answers = await Promise.all(secrets.map((secret) => slackChallenge(url, secret)));
  const refused = answers.find((answer) => answer !== "taken");
  if (!refused)
    return [
      ok(check, "the deployed Cody has the one that is set here; whether Slack does, Slack tells nobody"),
    ];
  if (refused.status !== 401)
    return [skipped(check, `not looked at: HTTP ${refused.status} at ${url}/slack/events`)];
  const remedy =
    "Copy it from the Slack app's page, under Basic Information, set it and deploy; see also that this machine's clock is right.";
  return [
    wrong(check, "the deployed Cody does not take what is signed with the one that is set here", remedy),
  ];
}
