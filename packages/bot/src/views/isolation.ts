// What people are told of the isolation of a run's tools: where it is weak, and what was refused to them.
import type { Run } from "@cody/core/schema.ts";
import { clipped } from "./blocks.ts";
import { list } from "./words.ts";

/** More names say no more; the rest is counted. */
const maxHosts = 5;

/** Said beside the model where the tools of a run were not kept apart from the runner; nothing where they were. */
export function weakIsolation(runs: readonly Run[]): string[] {
  const weak = runs.find(({ isolation }) => isolation?.startsWith("none"))?.isolation;
  return weak ? [`tools not isolated (${clipped(weak, 100)})`] : [];
}

/** Which connections were refused to the tools, if any were. */
export function refusedConnections({ denied = [] }: Run): string[] {
  if (denied.length === 0) return [];
  const named = denied
    .slice(0, maxHosts)
    .map(({ host, count }) => (count > 1 ? `${host} (${count} times)` : host));
  const more = denied.length - named.length;
  return [
    `connections refused to its tools: ${list([...named, ...(more > 0 ? [`${more} more hosts`] : [])])}`,
  ];
}
