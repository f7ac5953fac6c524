// Keeping the prompt cache warm: when it is read again, how often, and that it ends with the work.
import { noUsage, type Usage } from "@cody/core/models.ts";
import type { ModelClient, ModelRequest } from "@cody/core/ports/model.ts";
import { expect, test } from "vitest";
import { keepingWarm } from "../../packages/runner/src/agent/keep-warm.ts";
import { VirtualClock } from "../bench/virtual-clock.ts";

const secondMs = 1_000;
const minuteMs = 60_000;

function begin({ works = true } = {}) {
  const clock = new VirtualClock();
  const from = clock.now();
  const readAt: number[] = [];
  const costs: Usage[] = [];
  const model: ModelClient = {
    nameOf: async () => "",
    answer: () => Promise.reject(new Error("nothing is asked here")),
    async warm() {
      readAt.push(clock.now() - from);
      return works ? { ...noUsage, cacheReadTokens: 1_000 } : undefined;
    },
  };
  const stopped = new AbortController();
  const request: ModelRequest = {
    model: "claude-sonnet-5-5",
    effort: "high",
    system: "",
    tools: [],
    messages: [],
    signal: stopped.signal,
  };
  const options = { model, request, onCost: (usage: Usage) => costs.push(usage), pause: clock.pause };
  return { clock, readAt, costs, stopped, options };
}

test("a short command costs nothing", async () => {
  const { clock, readAt, options } = begin();
  expect(await keepingWarm(options, () => clock.advance(269 * secondMs).then(() => "done"))).toBe("done");
  await clock.advance(60 * minuteMs);
  expect(readAt).toEqual([]);
});

test("a long one is read again every four and a half minutes, and each reading is billed", async () => {
  const { clock, readAt, costs, options } = begin();
  await keepingWarm(options, () => clock.advance(10 * minuteMs));
  expect(readAt).toEqual([270 * secondMs, 540 * secondMs]);
  expect(costs).toHaveLength(2);
  await clock.advance(60 * minuteMs);
  expect(readAt).toHaveLength(2);
});

test("it is given up where writing anew would be cheaper", async () => {
  const { clock, readAt, options } = begin();
  await keepingWarm(options, () => clock.advance(600 * minuteMs));
  expect(readAt).toHaveLength(11);
});

test("a reading that fails is tried at its next time", async () => {
  const { clock, readAt, costs, options } = begin({ works: false });
  await keepingWarm(options, () => clock.advance(10 * minuteMs));
  expect(readAt).toHaveLength(2);
  expect(costs).toEqual([]);
});

test("it ends with the round, and with work that fails", async () => {
  const { clock, readAt, stopped, options } = begin();
  const working = keepingWarm(options, async () => {
    await clock.advance(5 * minuteMs);
    stopped.abort(new Error("stopped"));
    await clock.advance(30 * minuteMs);
    throw new Error("the work failed");
  });
  await expect(working).rejects.toThrow("the work failed");
  expect(readAt).toHaveLength(1);
});
