// `npm run bench`: measures, and prints the figures; with --json as one object on the last line.
import { measureAcknowledge } from "./acknowledge.ts";
import { measureCache } from "./cache.ts";
import { measureClone } from "./clone.ts";
import { measureColdStart } from "./cold-start.ts";
import { startFarEnds } from "./far-ends.ts";
import { rounded } from "./figures.ts";
import { measurePeak } from "./peak.ts";
import { linesOf } from "./report.ts";
import { measureSearch } from "./search.ts";
import { measureTurn } from "./turn.ts";
import { measureWrites } from "./writes.ts";

const farEnds = await startFarEnds();
try {
  // One after the other: whatever ran beside a measurement would be part of it.
  const figures = rounded({
    ack: await measureAcknowledge(200),
    coldStart: await measureColdStart(farEnds, 15),
    cache: await measureCache(),
    search: await measureSearch(4),
    turn: await measureTurn(4),
    writes: await measureWrites(),
    clone: await measureClone(4),
    runner: await measurePeak(),
  });
  const isJson = process.argv.includes("--json");
  process.stdout.write(isJson ? `${JSON.stringify(figures)}\n` : `${linesOf(figures).join("\n")}\n`);
} finally {
  await farEnds.close();
}
