// DynamoDB write units of a turn: everything that a turn of 10 KB writes, by the sizes of the items in the table.
import { openStore } from "@cody/core/adapters/table/store.ts";
import type { RunEvent } from "@cody/core/job.ts";
import { noUsage } from "@cody/core/models.ts";
import type { Turn } from "@cody/core/schema.ts";
import { newJob, submitRun, tableName, write } from "../runner/submitted-run.ts";
import { sourceText } from "./source-text.ts";
import { type Written, watchTable } from "./written.ts";

const turnChars = 10_000;
const early = 5;
const late = 200;
/** Turns on either side of the one that is meant count as well: one text compresses a little better than another. */
const beside = 4;

export interface Writes {
  /** Units of turn 200 to those of turn 5. */
  growth: number;
  /** Units of one turn: the turn itself, the run as the board shows it (its index included), the lease. */
  perTurn: number;
  byItem: Record<string, number>;
}

/**
 * A turn that takes five seconds or longer writes each of its items once; shorter ones share the lease and the run.
 * The environment must be that of the far ends.
 */
export async function measureWrites(): Promise<Writes> {
  const direct = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? "";
  const watch = await watchTable(direct, tableName);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = watch.endpoint;
  try {
    const oneTurn = await beginRun();
    const series: Units[] = [];
    for (let turn = 1; turn <= late + beside; turn += 1)
      series.push(summed(await watch.during(() => oneTurn(turn))));
    const around = (turn: number) => series.slice(turn - 1 - beside, turn + beside);
    const perTurn = mean(around(late));
    const byItem = series[late - 1]?.byItem ?? {};
    return { growth: perTurn / mean(around(early)), perTurn, byItem };
  } finally {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = direct;
    await watch.close();
  }
}

/** A run at work; returns what writes one turn of it. */
async function beginRun(): Promise<(turn: number) => Promise<void>> {
  const store = openStore(tableName);
  const job = newJob();
  await submitRun(store.jobs, job, { queueJob: "11111111-2222-3333-4444-555555555555" });
  const change = (event: RunEvent) => write(store.jobs, job, event);
  await change({ type: "start" });
  const work = store.work(job.id, 1);
  await work.takeLease("bench", Date.now());
  return async (turn) => {
    await work.saveTurn(exampleTurn(turn));
    const usage = { ...noUsage, cacheReadTokens: turn * 50_000, cacheWriteTokens: turn * 2_600 };
    const progress = `reading src/billing/rates/part-${turn}.ts`;
    await change({
      type: "progress",
      progress: { ...known, progress, turns: turn, usage, costUsd: turn / 100 },
    });
    await work.renewLease("bench", Date.now());
  };
}

interface Units {
  total: number;
  byItem: Record<string, number>;
}

function mean(series: Units[]): number {
  return series.reduce((sum, { total }) => sum + total, 0) / series.length;
}

function summed(written: Written[]): Units {
  const byItem: Record<string, number> = {};
  for (const { sk, units } of written) {
    const kind = sk.split("#")[0]?.toLowerCase() ?? sk;
    byItem[kind] = (byItem[kind] ?? 0) + units;
  }
  return { byItem, total: Object.values(byItem).reduce((sum, units) => sum + units, 0) };
}

/** What a run knows of itself by then. */
const known = {
  modelName: "Claude Sonnet 5.5",
  baseSha: "0123456789abcdef0123456789abcdef01234567",
  plan: ["Find every rate", "Read how they are used", "Change them", "Change the tests", "Run the tests"].map(
    (step, index) => ({ step, status: index === 0 ? ("doing" as const) : ("open" as const) }),
  ),
};

/** One call and its result, 10 KB in all. */
function exampleTurn(turn: number): Turn {
  const id = `toolu_${turn}`;
  const call = { type: "tool_use", id, name: "read_file", input: { path: `src/part-${turn}.ts` } };
  const result = { type: "tool_result", tool_use_id: id, content: sourceText(turn, turnChars) };
  return {
    turn,
    round: 1,
    at: Date.now(),
    messages: [
      { role: "assistant", content: [call] },
      { role: "user", content: [result] },
    ],
    usage: noUsage,
    costUsd: 0.01,
  };
}
