// The runner's tools: what keeps them from the keys, and what they reach over the network.
import type { Config } from "@cody/core/config.ts";
import { type Finding, ok, shown, skipped, warning } from "./finding.ts";
import { given } from "./given.ts";
import type { Means } from "./means.ts";

const names = ["TOOL_ISOLATION", "TOOL_USER", "TOOL_COMMANDS", "TOOL_NETWORK", "TOOL_HOSTS"] as const;

export async function lookAtTools({ env, isDeployed, definition }: Means): Promise<Finding[]> {
  const check = "Isolation";
  // What runners are started with counts, and the environment only where that is not to be seen.
  const started =
    isDeployed && env.BATCH_JOB_DEFINITION ? await definition(env.BATCH_JOB_DEFINITION) : undefined;
  const read = given(check, names, started?.environment ?? env);
  if ("without" in read) return [read.without, skipped("Network", read.without.words)];
  return [isolationFinding(check, read.config), networkFinding("Network", read.config)];
}

function isolationFinding(name: string, config: Config<(typeof names)[number]>): Finding {
  if (config.TOOL_ISOLATION === "user")
    return ok(
      name,
      "tools run as a user of their own, who cannot read the runner's keys; a runner that cannot do that does not start",
    );
  const commands = config.TOOL_COMMANDS === "always" ? ", and commands run all the same" : "";
  return warning(
    name,
    `none: whoever misleads Cody reads the runner's keys${commands}`,
    "Set TOOL_ISOLATION to user, and start the container as root.",
  );
}

function networkFinding(name: string, config: Config<(typeof names)[number]>): Finding {
  const { TOOL_NETWORK: network, TOOL_HOSTS: hosts } = config;
  const reached =
    hosts.length > 0 ? `the usual package registries, and ${shown(hosts)}` : "the usual package registries";
  if (network === "off") return ok(name, "off: tools open no connection");
  if (network === "registries")
    return ok(name, `registries: tools reach ${reached}, by a proxy that they can avoid`);
  return warning(
    name,
    "open: tools reach everything public, and can carry out what they read",
    "Set TOOL_NETWORK to registries, and TOOL_HOSTS to what builds need beside them.",
  );
}
