// Calls a function as an EventBridge schedule does, at once and then at a fixed rate.
import { randomUUID } from "node:crypto";
import type { ScheduledEvent } from "aws-lambda";
import { accountId, region } from "./client-settings.ts";
import { pause } from "./pause.ts";

export interface Schedule {
  /** Waits for the call under way. */
  close(): Promise<void>;
}

/** Never two calls at a time: one that lasts longer than the rate delays the next. A failed call is told and over. */
export function startSchedule(options: {
  /** Of the rule, as events and complaints name it. */
  name?: string;
  everyMs: number;
  invoke: (event: ScheduledEvent) => Promise<unknown>;
  onError?: (error: unknown) => void;
}): Schedule {
  const {
    name = "schedule",
    everyMs,
    onError = (error) => process.stderr.write(`${name}: ${String(error)}\n`),
  } = options;
  const closing = new AbortController();

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const began = Date.now();
      await options.invoke(scheduledEvent(name)).catch(onError);
      await pause(Math.max(0, began + everyMs - Date.now()), closing.signal);
    }
  }

  const work = run();
  return {
    async close() {
      closing.abort();
      await work;
    },
  };
}

function scheduledEvent(name: string): ScheduledEvent {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: accountId,
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region,
    resources: [`arn:aws:events:${region}:${accountId}:rule/${name}`],
    detail: {},
  };
}
