// A schedule: at once, at its rate, one call at a time, and no call after its end.
import { setTimeout as sleep } from "node:timers/promises";
import type { ScheduledEvent } from "aws-lambda";
import { expect, test } from "vitest";
import { startSchedule } from "./schedule.ts";

test("it calls at once and then at its rate, and goes on after a failure", async () => {
  const events: ScheduledEvent[] = [];
  const errors: unknown[] = [];
  const schedule = startSchedule({
    name: "watchdog",
    everyMs: 20,
    invoke: async (event) => {
      events.push(event);
      if (events.length === 2) throw new Error("the second");
    },
    onError: (error) => errors.push(error),
  });
  expect(events.length).toBe(1);
  await expect.poll(() => events.length, { interval: 5 }).toBe(3);
  await schedule.close();
  await sleep(50);
  expect(events.length).toBe(3);
  expect(errors).toEqual([new Error("the second")]);
  expect(events[0]).toMatchObject({ "detail-type": "Scheduled Event", source: "aws.events", detail: {} });
  expect(new Set(events.map((event) => event.id)).size).toBe(3);
});

test("a slow call is waited for, at its rate and at the end", async () => {
  let running = 0;
  let most = 0;
  let ended = 0;
  const schedule = startSchedule({
    name: "watchdog",
    everyMs: 1,
    invoke: async () => {
      most = Math.max(most, ++running);
      await sleep(20);
      running--;
      ended++;
    },
  });
  await expect.poll(() => ended, { interval: 5 }).toBeGreaterThanOrEqual(2);
  await schedule.close();
  expect(running).toBe(0);
  expect(most).toBe(1);
});
