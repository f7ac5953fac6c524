// Scenarios in which a person decides while no machine waits: each ends by itself with exit code 0.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const start = path.join(import.meta.dirname, "start.ts");

test.each([
  { scenario: "question", turns: 6 },
  { scenario: "budget", turns: 10 },
])("$scenario", { timeout: 120_000 }, async ({ scenario, turns }) => {
  const { stdout } = await run(process.execPath, [start, "--once", "--json", "--scenario", scenario]);
  const report = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  // Two machines, and no turn twice.
  expect(report).toMatchObject({
    status: "done",
    repeatedTurns: 0,
    runs: [{ outcome: "changed", pullRequest: { number: 1 }, attempts: 2, turns }],
  });
});
