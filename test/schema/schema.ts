// Checks what the local GitHub answers to Cody against GitHub's own description of its API; needs the network once.
import { conformance } from "./conformance.ts";
import { fetchDescription } from "./description.ts";
import { recordCalls } from "./flow.ts";

const description = await fetchDescription().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
const calls = await recordCalls();
const { operations, faults, unknown } = conformance(description, calls);
for (const [operation, count] of operations) process.stdout.write(`  ${operation} × ${count}\n`);
for (const call of unknown) process.stdout.write(`✖ GitHub describes no such operation or status: ${call}\n`);
for (const fault of faults) process.stdout.write(`✖ ${fault}\n`);
process.stdout.write(
  `${calls.length} answers to ${operations.size} operations, ${faults.length + unknown.length} faults\n`,
);
process.exitCode = faults.length + unknown.length === 0 && operations.size > 0 ? 0 : 1;
