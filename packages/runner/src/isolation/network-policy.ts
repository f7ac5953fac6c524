// Decides which hosts the tools' proxy lets through; pure, so that the list can be read and tested by itself.
import { isHostPattern, isNeverReached, meansHost } from "@cody/core/tool-hosts.ts";

export type Network = "off" | "registries" | "open";

/** Public registries by ecosystem. Plain names, for what lies below them can be anybody's. */
const registries = {
  npm: ["registry.npmjs.org", "registry.yarnpkg.com", "repo.yarnpkg.com"],
  maven: ["repo.maven.apache.org", "repo1.maven.org"],
  gradle: [
    "plugins.gradle.org",
    "plugins-artifacts.gradle.org",
    "services.gradle.org",
    "downloads.gradle.org",
    "repo.gradle.org",
  ],
  python: ["pypi.org", "files.pythonhosted.org"],
  rust: ["crates.io", "index.crates.io", "static.crates.io"],
  go: ["proxy.golang.org", "sum.golang.org"],
  ruby: ["rubygems.org", "index.rubygems.org"],
  debian: ["deb.debian.org", "security.debian.org"],
};

export interface NetworkPolicy {
  network: Network;
  /** Patterns of hosts beside the registries. */
  hosts: readonly string[];
  /** Hosts that are never reached beside those that nobody's tools reach: where the runner's own keys are good. */
  never: readonly string[];
}

/** Why a host is refused, for whoever asked for it; undefined where it is not. `host` in lower case. */
export function refusalOf(
  { network, hosts, never }: NetworkPolicy,
  host: string,
  port: number,
): string | undefined {
  // An address says nothing of whom it belongs to.
  if (!isHostPattern(host) || host.startsWith("*")) return "only hosts with a name can be reached";
  if (isNeverReached(host) || never.includes(host)) return "tools do not reach this host";
  if (network === "off") return "the network is off";
  if (network === "open") return undefined;
  const allowed = [...Object.values(registries).flat(), ...hosts];
  if (!meansHost(allowed, host)) return "it is no package registry, and TOOL_HOSTS does not name it";
  return port === 443 || port === 80 ? undefined : "only ports 443 and 80 can be reached";
}
