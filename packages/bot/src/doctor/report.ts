// The doctor's findings as a person reads them: a line each, and at the end what to do.
import { type Finding, listed } from "./finding.ts";

const signs: Record<Finding["state"], string> = { ok: "✔", warning: "!", wrong: "✘", skipped: "–" };

export function reportOf(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.map(({ name, state, words }) => `${signs[state]} ${name.padEnd(width)}  ${words}`);
  // What helps several lines is said once.
  const helped = new Map<string, Set<string>>();
  for (const { name, remedy } of findings.toSorted(wrongFirst))
    if (remedy) helped.set(remedy, (helped.get(remedy) ?? new Set()).add(name));
  const steps = [...helped].map(([remedy, names], index) => `${index + 1}. ${listed([...names])}: ${remedy}`);
  return [...lines, "", verdictOf(findings), ...steps, ""].join("\n");
}

/** Whether Cody can work as it is. */
export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== "wrong");
}

function verdictOf(findings: readonly Finding[]): string {
  const count = (wanted: Finding["state"]) => findings.filter(({ state }) => state === wanted).length;
  const [wrong, warnings] = [count("wrong"), count("warning")];
  if (wrong === 0 && warnings === 0) return "Everything that was looked at is in order.";
  const parts = [
    ...(wrong > 0 ? [`${wrong} ${wrong === 1 ? "thing is" : "things are"} wrong`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? "thing" : "things"} could be better`] : []),
  ];
  return `${parts.join(", ")}. What to do:`;
}

function wrongFirst(one: Finding, other: Finding): number {
  return Number(other.state === "wrong") - Number(one.state === "wrong");
}
