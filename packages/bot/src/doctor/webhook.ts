// GitHub's webhook: whether GitHub tells Cody what happened, or Cody has to ask from time to time.
import { catalogueEvents, pullEvents } from "../github-events.ts";
import { ageOf } from "./age.ts";
import { type Finding, listed, ok, skipped, warning, wrong } from "./finding.ts";
import { readIdentity } from "./github.ts";
import type { Environment, GitHubApp, GitHubWebhook, Means } from "./means.ts";

/** Those that have to be chosen; GitHub tells an App of its installations in any case. */
const chosen = [...pullEvents, ...catalogueEvents].filter((event) => !event.startsWith("installation"));

export async function lookAtWebhook({ env, gitHubApp, now }: Means): Promise<Finding[]> {
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
  const { webhook } = app;
  if (!webhook) return [wrong(check, "the App has no webhook", `Set its address and its secret. ${where}`)];
  const finding = appFinding(check, app, webhook, env);
  // What went to a wrong address says nothing.
  return finding.state === "wrong" ? [finding] : [finding, deliveryFinding("Webhook secret", webhook, now())];
}

const where = "Webhook and events are on the App's settings page on GitHub.";

function appFinding(
  name: string,
  { events }: GitHubApp,
  { url, contentType, isInsecure }: GitHubWebhook,
  { PUBLIC_URL }: Environment,
): Finding {
  const right = PUBLIC_URL && `${PUBLIC_URL.replace(/\/+$/, "")}/github/webhook`;
  if (right && url !== right)
    return wrong(name, `GitHub calls ${url}, and Cody is at ${right}`, `Correct the address. ${where}`);
  if (contentType !== "json")
    return wrong(
      name,
      `GitHub sends the content type ${contentType}, and Cody reads json alone`,
      `Set the content type to application/json. ${where}`,
    );
  if (isInsecure)
    return warning(
      name,
      "GitHub does not look at the certificate of Cody's address, so somebody else could listen",
      `Enable SSL verification. ${where}`,
    );
  const missing = chosen.filter((event) => !events.includes(event));
  if (missing.length > 0)
    return warning(name, `the App is not told of ${listed(missing)}`, `Subscribe to these events. ${where}`);
  return ok(name, `GitHub tells of everything that Cody listens to, at ${url}`);
}

/** GitHub shows the secret to nobody. What it tells is how Cody answered, and Cody answers 401 to a wrong signature. */
function deliveryFinding(name: string, { newest }: GitHubWebhook, now: number): Finding {
  if (!newest)
    return skipped(name, "not known yet: GitHub has delivered nothing to this address in the last days");
  const { at, status, outcome } = newest;
  const age = ageOf(now - at);
  if (status >= 200 && status < 300)
    return ok(name, `GitHub and the deployed Cody have the same: the newest delivery was taken, ${age}`);
  if (status === 401) {
    const says = `GitHub has another than the deployed Cody: the newest delivery was refused, ${age}`;
    const remedy =
      "Set one value in both places, as GITHUB_WEBHOOK_SECRET and on the App's settings page on GitHub, and deploy; then redeliver one there, under Advanced.";
    return wrong(name, says, remedy);
  }
  if (status === 404) {
    const says = `the deployed Cody has none, or something else answers there: the newest delivery was answered with HTTP 404, ${age}`;
    return wrong(name, says, "Deploy with GITHUB_WEBHOOK_SECRET set; then redeliver one, under Advanced.");
  }
  return warning(
    name,
    `not known: the newest delivery failed, ${age} (${outcome})`,
    "See whether Cody answers at its address; then redeliver one on the App's page on GitHub, under Advanced.",
  );
}
