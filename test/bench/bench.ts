// `npm run bench`: measures, and prints the figures; with --json as one object on the last line.
import { measureAcknowledge } from "./acknowledge.ts";
import { measureColdStart } from "./cold-start.ts";
import { startFarEnds } from "./far-ends.ts";
import { rounded } from "./figures.ts";

const farEnds = await startFarEnds();
try {
  const ack = rounded(await measureAcknowledge(200));
  const coldStart = rounded(await measureColdStart(farEnds, 15));
  if (process.argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify({ ack, coldStart })}\n`);
  } else {
    const { medianMs } = coldStart;
    const lines = [
      `Answer to Slack, warm: 95 % within ${ack.p95Ms} ms`,
      ...Object.entries(ack.byKind).map(
        ([kind, at]) => `  ${kind}: median ${at.medianMs} ms, 95 % ${at.p95Ms} ms`,
      ),
      `Cold start to the first /cody: ${medianMs.cody} ms`,
      `  × ${coldStart.ratio} of a handler by hand with one table call (${medianMs.byHand} ms)`,
      `  × ${coldStart.toBolt} of Bolt as it comes with the same call (${medianMs.plainBolt} ms)`,
      `  × ${coldStart.toHello} of an empty handler (${medianMs.hello} ms)`,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  }
} finally {
  await farEnds.close();
}
