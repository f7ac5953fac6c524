// People: whether they can link their accounts on GitHub, and who may start jobs.
import { accessRule, linkSettings } from "@cody/core/config.ts";
import { type Finding, ok, skipped, warning, wrong } from "./finding.ts";
import { given } from "./given.ts";
import type { Environment, GitHubClient, Means } from "./means.ts";

const names = ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "LINK_KEY", "ACCESS", "GITHUB_URL"] as const;

export async function lookAtLinking({ env }: Means): Promise<Finding[]> {
  const check = "Linking";
  const read = given(check, names, env);
  if ("without" in read) return [read.without];
  const { config } = read;
  const rule =
    accessRule(config) === "linked"
      ? "jobs are started by people whose own account has the rights"
      : "every full member of the workspace may start jobs";
  if (linkSettings(config)) return [ok(check, `people link their GitHub accounts; ${rule}`)];
  const { GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, LINK_KEY } = env;
  if (GITHUB_CLIENT_ID || GITHUB_CLIENT_SECRET || LINK_KEY)
    return [skipped(check, "not looked at: it is set up by half, as Variables says")];
  return [
    warning(
      check,
      `not set up: nobody approves or merges from Slack, and ${rule}`,
      "Set GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET and LINK_KEY, so that everybody has the rights of their own account.",
    ),
  ];
}

/** Nothing where linking is not set up. */
export async function lookAtLinkingClient(means: Means): Promise<Finding[]> {
  const check = "Linking client";
  const read = given(check, names, means.env);
  if ("without" in read) return [read.without];
  const settings = linkSettings(read.config);
  if (!settings) return [];
  const { clientId, clientSecret } = settings;
  const webUrl = read.config.GITHUB_URL.replace(/\/+$/, "");
  return [clientFinding(check, await means.gitHubClient({ clientId, clientSecret, webUrl }), means.env)];
}

function clientFinding(name: string, standing: GitHubClient, env: Environment): Finding {
  const where = "the App's settings page on GitHub";
  if (standing === "unknown client")
    return wrong(
      name,
      "GitHub knows no App with the id GITHUB_CLIENT_ID",
      `Copy the client id from ${where}; the App's number is another.`,
    );
  if (standing === "wrong secret")
    return wrong(
      name,
      "GitHub does not take GITHUB_CLIENT_SECRET for this GITHUB_CLIENT_ID, so nobody can link",
      `Make a new client secret on ${where}, set it and deploy.`,
    );
  if (standing !== "good")
    return warning(name, `GitHub says of the client: ${standing.said}`, `Look at ${where}.`);
  const callback = env.PUBLIC_URL
    ? `is ${env.PUBLIC_URL.replace(/\/+$/, "")}/github/callback`
    : "ends with /github/callback";
  return ok(
    name,
    `GitHub takes the client id and its secret; it does not tell the callback address: see on the App's page that it ${callback}`,
  );
}
