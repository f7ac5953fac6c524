// Which hosts tools may be let reach by name: how a list of them is written, and what can never be on it.

/** Where Cody's own keys are good for something. Whoever reaches them with a key of their own can carry data out. */
const never = [
  "anthropic.com",
  "claude.ai",
  "claude.com",
  "github.com",
  "github.dev",
  "github.io",
  "githubapp.com",
  "githubusercontent.com",
  "ghcr.io",
  "slack.com",
  "slack-edge.com",
  "slack-files.com",
  "slack-redir.net",
];

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const pattern = new RegExp(`^(\\*\\.)?(${label}\\.)+[a-z]([a-z0-9-]*[a-z0-9])?$`, "i");

/** Whether this is a host's name, or `*.` and a domain for all names below it. Addresses are neither. */
export function isHostPattern(text: string): boolean {
  return text.length <= 253 && pattern.test(text);
}

/** Whether one of the patterns means this host. */
export function meansHost(patterns: readonly string[], host: string): boolean {
  return patterns.some((each) => {
    const wanted = each.toLowerCase();
    return wanted.startsWith("*.") ? host.endsWith(wanted.slice(1)) : host === wanted;
  });
}

/** Whether a host, or what a pattern means, belongs to Claude, GitHub or Slack. */
export function isNeverReached(host: string): boolean {
  const name = host.toLowerCase().replace(/^\*\./, "");
  return never.some((domain) => name === domain || name.endsWith(`.${domain}`));
}
