// What no order of events can break in the life of a run.
import { timeLeftMs } from "@cody/core/budget.ts";
import { isRefusal, type RunEvent, transition } from "@cody/core/job.ts";
import { maxAttempts, maxRoundMs } from "@cody/core/limits.ts";
import type { Run } from "@cody/core/schema.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exampleRun, start } from "./examples.ts";

const later = start + 60_000;
const goesOn = fc.constantFrom<RunEvent>(
  { type: "submit" },
  { type: "submitted", queueJob: "batch-1" },
  { type: "submitted", queueJob: "batch-2" },
  { type: "start" },
  { type: "progress", progress: { turns: 4, progress: "running the tests" } },
  { type: "stop", by: "U3" },
  { type: "pause", by: "U3" },
  { type: "wait", waiting: { for: "paused", since: later, by: "U3" } },
  { type: "wait", waiting: { for: "budget", since: later, reached: "$3.00", offerUsd: 3 } },
  { type: "resume", by: "U3", given: { kind: "resume" } },
  { type: "resume", by: "U3", given: { kind: "more" } },
  { type: "progress", progress: { workedMs: 20 * 60_000 } },
  { type: "progress", progress: { workedMs: 50 * 60_000 } },
  { type: "wait", waiting: { for: "spend-limit", since: later, reached: "It is reached." } },
  { type: "limit", limit: { since: later, reached: "It is reached." } },
  { type: "lift" },
  { type: "publish" },
);
const dies = fc
  .constantFrom("exit code 137", "Host EC2 terminated")
  .map((how): RunEvent => ({ type: "die", how }));
const ends = fc.constantFrom<RunEvent>(
  { type: "finish", outcome: "changed", result: { summary: "Done." } },
  { type: "finish", outcome: "unchanged", result: {} },
  { type: "finish", outcome: "cancelled", result: {} },
  { type: "fail", reason: { kind: "stuck", detail: "it went in circles" } },
);
const anyEvent = fc.oneof(
  { weight: 20, arbitrary: goesOn },
  { weight: 3, arbitrary: dies },
  { weight: 2, arbitrary: ends },
);
const anyLife = fc.array(anyEvent, { minLength: 10, maxLength: 60, size: "max" });

/** Every run of a life, with the event that led to it and whether it was taken. */
function live(life: RunEvent[]) {
  let run: Run = exampleRun();
  return life.map((event, index) => {
    const before = run;
    const result = transition(run, event, start + index);
    if (!isRefusal(result)) run = result;
    return { event, before, run, isTaken: !isRefusal(result) };
  });
}

test("a run never leaves done", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      for (const { before, run, isTaken } of live(life)) {
        if (before.state === "done") expect({ run, isTaken }).toEqual({ run: before, isTaken: false });
      }
    }),
  );
});

test("a stop that comes before publishing always wins", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      for (const { event, before, run, isTaken } of live(life)) {
        if (!before.stop) continue;
        expect(run.state).not.toBe("publishing");
        expect(["running", "done"]).toContain(run.state);
        if (run.state === "done") expect(["cancelled", "failed"]).toContain(run.outcome);
        if (event.type === "publish" || event.type === "submit") expect(isTaken).toBe(false);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("a stop that was taken is never forgotten, one that came too late leaves no trace", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      for (const { event, before, run, isTaken } of live(life)) {
        if (before.stop) expect(run.stop).toEqual(before.stop);
        if (event.type === "stop" && !isTaken) expect(run.stop).toEqual(before.stop);
        if (event.type === "stop" && isTaken) expect(run.stop).toBeDefined();
      }
    }),
  );
});

test("attempts only grow, one with each submission, and no further than runners died and people let it go on", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      let resumed = 0;
      for (const { event, before, run, isTaken } of live(life)) {
        if ((event.type === "resume" || event.type === "lift") && isTaken) resumed += 1;
        const deaths = run.death?.count ?? 0;
        expect(run.attempts - before.attempts).toBe(event.type === "submit" && isTaken ? 1 : 0);
        expect(deaths).toBeLessThan(maxAttempts);
        expect(run.attempts).toBeLessThanOrEqual(1 + deaths + resumed);
      }
    }),
    { numRuns: 500 },
  );
});

test("a run says what it waits for exactly while it waits", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      for (const { run } of live(life)) {
        expect(run.waiting !== undefined).toBe(run.state === "waiting");
        if (run.state === "waiting") expect([run.pause, run.stop]).toEqual([undefined, undefined]);
      }
    }),
    { numRuns: 500 },
  );
});

test("no machine is given more time than Batch leaves an attempt", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      for (const { run } of live(life)) {
        expect(timeLeftMs(run)).toBeGreaterThanOrEqual(0);
        expect(timeLeftMs(run)).toBeLessThanOrEqual(maxRoundMs);
      }
    }),
    { numRuns: 500 },
  );
});

test("a run that dies again and again ends", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: maxAttempts }), (turnsOfLives) => {
      let run: Run = exampleRun();
      for (const turns of turnsOfLives) {
        const life: RunEvent[] = [
          { type: "submit" },
          { type: "start" },
          { type: "progress", progress: { turns } },
          { type: "die", how: "exit code 137" },
        ];
        for (const event of life) {
          const next = transition(run, event, later);
          if (!isRefusal(next)) run = next;
        }
      }
      expect(run).toMatchObject({ state: "done", outcome: "failed", reason: { kind: "runner-died" } });
    }),
  );
});

test("a run has an outcome exactly when it is done, and a reason exactly when it failed", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      for (const { run } of live(life)) {
        expect(run.outcome !== undefined).toBe(run.state === "done");
        expect(run.endedAt !== undefined).toBe(run.state === "done");
        expect(run.reason !== undefined).toBe(run.outcome === "failed");
      }
    }),
  );
});
