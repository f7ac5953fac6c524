// GitHub's webhook: whether GitHub tells Cody what happened, or Cody has to ask from time to time.
import { catalogueEvents, pullEvents } from "../github-events.ts";
import { type Finding, listed, ok, warning, wrong } from "./finding.ts";
import { readIdentity } from "./github.ts";
import type { Environment, GitHubApp, Means } from "./means.ts";

/** Those that have to be chosen; GitHub tells an App of its installations in any case. */
const chosen = [...pullEvents, ...catalogueEvents].filter((event) => !event.startsWith("installation"));

export async function lookAtWebhook({ env, gitHubApp }: Means): Promise<Finding[]> {
  const check = "Webhook";
  if (!env.GITHUB_WEBHOOK_SECRET) {
    const says = "not set up: Cody asks GitHub from time to time, and hears of things minutes late";
    const remedy = "Make a webhook on GitHub that leads to /github/webhook, and set GITHUB_WEBHOOK_SECRET.";
    return [warning(check, says, remedy)];
  }
  const read = readIdentity(check, env);
  if ("without" in read) return [read.without];
  const { identity, apiUrl } = read;
  // An account's webhooks belong to repositories and organizations, whose owners alone may see them.
  if ("token" in identity)
    return [ok(check, "a secret is set; whether GitHub has the same, it tells nobody")];
  const app = await gitHubApp(apiUrl, identity);
  if (!app) return [];
  return [appFinding(check, app, env)];
}

function appFinding(name: string, { webhookUrl, events }: GitHubApp, { PUBLIC_URL }: Environment): Finding {
  const where = "Webhook and events are on the App's settings page on GitHub.";
  const right = PUBLIC_URL && `${PUBLIC_URL.replace(/\/+$/, "")}/github/webhook`;
  if (webhookUrl === "")
    return wrong(name, "the App has no webhook", `Set its address and its secret. ${where}`);
  if (right && webhookUrl !== right)
    return wrong(
      name,
      `GitHub calls ${webhookUrl}, and Cody is at ${right}`,
      `Correct the address. ${where}`,
    );
  const missing = chosen.filter((event) => !events.includes(event));
  if (missing.length > 0)
    return warning(name, `the App is not told of ${listed(missing)}`, `Subscribe to these events. ${where}`);
  return ok(name, `GitHub tells of everything that Cody listens to, at ${webhookUrl}`);
}
