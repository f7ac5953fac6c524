// The figures of the measurements in sentences, for people.
import type { Acknowledge } from "./acknowledge.ts";
import type { CacheCost } from "./cache.ts";
import type { Clone } from "./clone.ts";
import type { ColdStart } from "./cold-start.ts";
import type { Peak } from "./peak.ts";
import type { Search } from "./search.ts";
import type { TurnTime } from "./turn.ts";
import type { Writes } from "./writes.ts";

export interface Figures {
  ack: Acknowledge;
  coldStart: ColdStart;
  cache: CacheCost;
  search: Search;
  turn: TurnTime;
  writes: Writes;
  clone: Clone;
  runner: Peak;
}

/** Ratios repeat from machine to machine; milliseconds do not. */
export function linesOf({ ack, coldStart, cache, search, turn, writes, clone, runner }: Figures): string[] {
  const { medianMs } = coldStart;
  const otherwise = cache.longCommandsOtherwise;
  return [
    `Answer to Slack, warm: 95 % within ${ack.p95Ms} ms`,
    ...Object.entries(ack.byKind).map(
      ([kind, at]) => `  ${kind}: median ${at.medianMs} ms, 95 % ${at.p95Ms} ms`,
    ),
    `Cold start to the first /cody: ${medianMs.cody} ms`,
    `  × ${coldStart.ratio} of a handler by hand with one table call (${medianMs.byHand} ms)`,
    `  × ${coldStart.toBolt} of Bolt as it comes with the same call (${medianMs.plainBolt} ms)`,
    `  × ${coldStart.toHello} of an empty handler (${medianMs.hello} ms)`,
    `  × ${coldStart.withSecrets} with its secrets in the Parameter Store (${medianMs.deployed} ms)`,
    `Input of a conversation of 60 turns, at worst: × ${cache.toIdeal} of an ideal cache`,
    `  × ${cache.toUncached} of the same without a cache; system prompt and tools are ${cache.fixedTokens} tokens`,
    ...Object.entries(cache.byCase).map(([name, ratio]) => `  ${name}: × ${ratio} of the ideal`),
    `  six commands of six minutes, written for an hour: × ${otherwise.hourToIdeal}; forgotten: × ${otherwise.expiredToIdeal}`,
    `  160 turns, beginning anew where it is long: × ${cache.longToIdeal} of an ideal cache that never does`,
    `Searching 20,000 files: × ${search.ratio} of ripgrep by itself`,
    `Own time in turn 200: ${turn.ms} ms, × ${turn.growth} of turn 5`,
    `Write units of a turn of 10 KB: ${writes.perTurn}, in turn 200 × ${writes.growth} of turn 5`,
    `Clone of a repository with 5,000 commits and 2,000 files, to a plain one of depth 1:`,
    `  × ${clone.bytes} of its bytes, × ${clone.seconds} of its time`,
    `Most memory of a runner: ${runner.peakMb} MB`,
  ];
}
