// Cody's own time in a turn of 10 KB, early and late in a long conversation: the loop, the client and the table.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { redactor } from "@cody/core/redact.ts";
import type { Turn } from "@cody/core/schema.ts";
import { median } from "./figures.ts";
import { clientOf, firstTurn, runLoop } from "./scripted-round.ts";
import { sourceText } from "./source-text.ts";

const turnChars = 10_000;
const early = 5;
const late = 200;
/** Turns on either side of the one that is meant count as well. */
const beside = 4;
/** Turns that a conversation is gone on with before it is measured: its messages are written for the first time then. */
const lead = 3;

export interface TurnTime {
  /** Own time of turn 200 to that of turn 5. */
  growth: number;
  /** Own time of turn 200, without the time for which the model had the request; the tools take none. */
  ms: number;
}

/**
 * Plays turns 1 to 9 of new conversations and turns 196 to 204 of a long one by turns, `rounds` times, so that a
 * drifting machine hits both alike. The environment must be that of the far ends.
 */
export async function measureTurn(rounds: number): Promise<TurnTime> {
  const model = await startModel();
  try {
    const { stored } = await playTurns(model, { name: "warm-up", count: late - beside - lead - 1 });
    const times = { early: [] as number[], late: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      const begun = await playTurns(model, { name: `early${round}`, count: early + beside });
      times.early.push(...begun.times.slice(1));
      const goneOn = await playTurns(model, { name: `late${round}`, count: 2 * beside + 1 + lead, stored });
      times.late.push(...goneOn.times.slice(lead));
    }
    const ms = median(times.late);
    return { growth: ms / median(times.early), ms };
  } finally {
    await model.close();
  }
}

interface Turns {
  /** Of the run whose turns are stored. */
  name: string;
  count: number;
  stored?: Turn[];
}

/** Own milliseconds of each turn, from one stored turn to the next. */
async function playTurns({ url, busyMs }: Model, { name, count, stored }: Turns) {
  const work = openStore("cody").work(name, 1);
  const redact = redactor(["a-secret-that-stands-nowhere"]);
  const times: number[] = [];
  const turns: Turn[] = stored ? [...stored] : [firstTurn];
  const over = new Error("enough turns");
  const answersBefore = busyMs.length;
  let from = performance.now();
  await runLoop({
    client: clientOf(url),
    redact,
    stored,
    tool: async () => sourceText(turns.length, turnChars),
    async save(turn) {
      await work.saveTurn({ ...turn, at: Date.now() });
      const now = performance.now();
      times.push(now - from);
      from = now;
      turns.push(turn);
      if (times.length >= count) throw over;
    },
  }).catch((error: unknown) => {
    if (error !== over) throw error;
  });
  // What the model printed last may still be on its way.
  while (busyMs.length < answersBefore + times.length) await sleep(1);
  return { times: times.map((ms, turn) => ms - (busyMs[answersBefore + turn] ?? 0)), stored: turns };
}

interface Model {
  url: string;
  /** Of each answer, how long it took. */
  busyMs: number[];
  close(): Promise<void>;
}

async function startModel(): Promise<Model> {
  const program = path.join(import.meta.dirname, "yardsticks/instant-model.ts");
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [port] = await once(lines, "line");
  const busyMs: number[] = [];
  lines.on("line", (line) => busyMs.push(Number(line)));
  return {
    url: `http://127.0.0.1:${port}`,
    busyMs,
    async close() {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}
