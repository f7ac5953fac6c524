// Judges a measured isolation: what is missing for the configured level, and how it is called for people. Pure.
import { maxToolFileBytes, maxToolThreads } from "@cody/core/limits.ts";
import type { Measured } from "../tools/measure.ts";
import type { ToolUser } from "./launch.ts";
import type { Network } from "./network-policy.ts";

/** What is not as it has to be under a user of its own, each as a part of a sentence; empty where all is well. */
export function shortcomings(measured: Measured, wanted: ToolUser): string[] {
  const { user, group, groups, readable, unusable } = measured;
  const isUser = user === wanted.uid && group === wanted.gid && groups.every((each) => each === wanted.gid);
  return [
    ...(isUser ? [] : [`the tools ran as user ${user} with groups ${[group, ...groups].join(", ")}`]),
    ...(measured.noNewPrivileges ? [] : ["a program could give them more privileges"]),
    ...(measured.capabilities === "0" ? [] : [`they kept capabilities (${measured.capabilities})`]),
    ...readable.map((path) => `they could read ${path}`),
    ...(measured.maySignalRunner ? ["they could send the runner a signal"] : []),
    ...(isWithin(measured.maxThreads, maxToolThreads) ? [] : ["their number of processes is not limited"]),
    ...(isWithin(measured.maxFileBytes, maxToolFileBytes) ? [] : ["the size of their files is not limited"]),
    ...unusable.map((path) => `they cannot work in ${path}`),
  ];
}

function isWithin(limit: number | null, most: number): boolean {
  return limit !== null && limit <= most;
}

/** The isolation in a few words, for the run and the board. `measured` undefined: the tools are the runner's own user. */
export function isolationWords({
  measured,
  commands,
  network,
}: {
  measured?: Measured;
  commands: boolean;
  network: Network;
}): string {
  // The proxy cannot hold what does not want to be held; only a process that can open no connection is.
  const isEnforced = measured?.mayConnect === false;
  const net = `network ${network} (${isEnforced ? "enforced" : "advisory"})`;
  if (measured) return `user, no-new-privs, ${net}`;
  return `none, commands ${commands ? "on" : "off"}, ${net}`;
}
