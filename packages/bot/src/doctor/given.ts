// The few variables that a check needs, where all of them are there and right.
import { type Config, type Name, readVariables } from "@cody/core/config.ts";
import { type Finding, listed, skipped } from "./finding.ts";
import type { Environment } from "./means.ts";

/** The values, or the line that says which of them the check could not do without. */
export function given<N extends Name>(
  check: string,
  names: readonly N[],
  env: Environment,
): { config: Config<N> } | { without: Finding } {
  const { config, problems } = readVariables(names, env);
  if (problems.length === 0) return { config: config as Config<N> };
  const missing = listed(problems.map((problem) => problem.split(" ")[0] ?? ""));
  const are = problems.length === 1 ? "is" : "are";
  return { without: skipped(check, `not looked at: ${missing} ${are} missing or wrong`) };
}
