// Tells of job state changes as EventBridge does: at least once, now and then twice, in no certain order.
import { randomUUID } from "node:crypto";
import type { EventBridgeEvent } from "aws-lambda";
import type { Detail } from "./batch-job.ts";
import { accountId, region } from "./client-settings.ts";
import { isThrottled } from "./lambda.ts";
import { pause } from "./pause.ts";

export type JobStateChange = EventBridgeEvent<"Batch Job State Change", Detail>;

export interface EventOptions {
  deliver: (event: JobStateChange) => Promise<void>;
  /** Share of events that come twice, 0 to 1. */
  duplicateShare: number;
  /** Each delivery is late by a random part of this, so that one event can overtake another. */
  maxDelayMs: number;
  random: () => number;
}

export interface Events {
  publish(detail: Detail): void;
  /** Drops what is not delivered yet and waits for the deliveries under way. */
  close(): Promise<void>;
}

/** A function called by an event is tried twice more when it fails, and as long as it takes when it is throttled. */
const MAX_RETRIES = 2;
const RETRY_DELAY_MS = 50;

export function openEvents(options: EventOptions): Events {
  const closing = new AbortController();
  const under = new Set<Promise<void>>();

  async function deliver(event: JobStateChange): Promise<void> {
    await pause(options.random() * options.maxDelayMs, closing.signal);
    let failures = 0;
    while (!closing.signal.aborted) {
      try {
        return await options.deliver(structuredClone(event));
      } catch (error) {
        if (!isThrottled(error)) failures++;
        if (failures > MAX_RETRIES) {
          process.stderr.write(`batch: gave up an event of job ${event.detail.jobId}: ${String(error)}\n`);
          return;
        }
        await pause(RETRY_DELAY_MS * 2 ** failures, closing.signal);
      }
    }
  }

  return {
    publish(detail) {
      const event: JobStateChange = {
        version: "0",
        id: randomUUID(),
        "detail-type": "Batch Job State Change",
        source: "aws.batch",
        account: accountId,
        time: `${new Date().toISOString().slice(0, 19)}Z`,
        region,
        resources: [detail.jobArn],
        detail: structuredClone(detail),
      };
      const copies = options.random() < options.duplicateShare ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        const delivery = deliver(event).finally(() => under.delete(delivery));
        under.add(delivery);
      }
    },
    async close() {
      closing.abort();
      await Promise.all(under);
    },
  };
}
