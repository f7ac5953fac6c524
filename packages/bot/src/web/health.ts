// GET /health: whether what Cody stands on answers, looked at seldom, without a key and without a cost.
import type { Log } from "@cody/core/log.ts";
import { plainAnswer, type WebAnswer } from "./http.ts";
import type { Route } from "./router.ts";

/** Looks at one part. Throws, for the log, where it is not well; gives up when the signal says so. */
export type Probe = (signal: AbortSignal) => Promise<void>;

export type Part = "table" | "queue" | "github" | "claude";

/** All that is told to whoever asks. The reasons are in the log: the address is open to everybody. */
type State = "ok" | "failing" | "no answer";

interface HealthContext {
  probes: Readonly<Record<Part, Probe>>;
  now: () => number;
  log: Log;
  /** Of each probe; they run side by side. */
  timeoutMs?: number;
}

/** Well under the function's own ten seconds. */
const defaultTimeoutMs = 3_000;
/** However often somebody asks, one process looks once in this time; what is not well is looked at sooner. */
const freshMs = { ok: 60_000, failing: 10_000 };

/** Answers 200 where every part is well and 503 where one is not; never throws. */
export function healthRoute({ probes, now, log, timeoutMs = defaultTimeoutMs }: HealthContext): Route {
  let answer: Promise<WebAnswer> | undefined;
  let freshUntil = 0;

  async function look(): Promise<WebAnswer> {
    const names = Object.keys(probes) as Part[];
    const states = await Promise.all(
      names.map(async (part) => [part, await stateOf(part, probes[part], timeoutMs, log)] as const),
    );
    const isWell = states.every(([, state]) => state === "ok");
    freshUntil = now() + (isWell ? freshMs.ok : freshMs.failing);
    const told = { status: isWell ? "ok" : "failing", parts: Object.fromEntries(states) };
    const plain = plainAnswer(isWell ? 200 : 503, JSON.stringify(told));
    return { ...plain, headers: { ...plain.headers, "content-type": "application/json" } };
  }

  return () => {
    if (!answer || now() >= freshUntil) {
      // Whoever comes while it is looked waits for the same answer.
      freshUntil = Number.POSITIVE_INFINITY;
      answer = look();
    }
    return answer;
  };
}

async function stateOf(part: Part, probe: Probe, timeoutMs: number, log: Log): Promise<State> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<State>((resolve) => {
    timer = setTimeout(() => {
      resolve("no answer");
      late.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([stateAfter(part, () => probe(late.signal), log), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

async function stateAfter(part: Part, work: () => Promise<void>, log: Log): Promise<State> {
  try {
    await work();
    return "ok";
  } catch (error) {
    log.warn("a part is not well", { part, error });
    return "failing";
  }
}
