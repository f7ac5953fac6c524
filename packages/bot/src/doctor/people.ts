// People: whether they can link their accounts on GitHub, and who may start jobs.
import { accessRule, linkSettings } from "@cody/core/config.ts";
import { type Finding, ok, skipped, warning } from "./finding.ts";
import { given } from "./given.ts";
import type { Environment, Means } from "./means.ts";

const names = ["GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "LINK_KEY", "ACCESS"] as const;

export async function lookAtLinking({ env }: Means): Promise<Finding[]> {
  const check = "Linking";
  return [findingOf(check, env)];
}

function findingOf(name: string, env: Environment): Finding {
  const read = given(name, names, env);
  if ("without" in read) return read.without;
  const { config } = read;
  const rule =
    accessRule(config) === "linked"
      ? "jobs are started by people whose own account has the rights"
      : "every full member of the workspace may start jobs";
  if (linkSettings(config)) return ok(name, `people link their GitHub accounts; ${rule}`);
  const { GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, LINK_KEY } = env;
  if (GITHUB_CLIENT_ID || GITHUB_CLIENT_SECRET || LINK_KEY)
    return skipped(name, "not looked at: it is set up by half, as Variables says");
  return warning(
    name,
    `not set up: nobody approves or merges from Slack, and ${rule}`,
    "Set GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET and LINK_KEY, so that everybody has the rights of their own account.",
  );
}
