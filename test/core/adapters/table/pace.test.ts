// The count of changes that make content, in a real table: all runs together take no more than GitHub allows.
import { maxContentPerHour, maxContentPerMinute } from "@cody/core/limits.ts";
import { expect, test } from "vitest";
import { atOnce, open, serveTable } from "./table-server.ts";

serveTable();

const minuteMs = 60_000;
/** In the middle of a minute, in the middle of an hour. */
const at = Date.UTC(2026, 10, 20, 12, 30, 30);
const nextMinute = Date.UTC(2026, 10, 20, 12, 31);

test("a minute has room for as many as GitHub allows, and then says when the next begins", async () => {
  const { pace } = open();
  const asked = await atOnce(maxContentPerMinute + 20, () => pace.take("minute", at));
  expect(asked.filter(({ ok }) => ok)).toHaveLength(maxContentPerMinute);
  expect(asked.find(({ ok }) => !ok)).toEqual({ ok: false, until: nextMinute });
  expect(await pace.take("minute", nextMinute)).toEqual({ ok: true });
});

test("an hour has room for as many as GitHub allows, over all its minutes", async () => {
  const { pace } = open();
  const inAMinute = maxContentPerMinute - 10;
  let taken = 0;
  for (let minute = 0; taken < maxContentPerHour; minute += 1) {
    const wanted = Math.min(inAMinute, maxContentPerHour - taken);
    const asked = await atOnce(wanted, () => pace.take("hour", at + minute * minuteMs));
    expect(asked.every(({ ok }) => ok)).toBe(true);
    taken += wanted;
  }
  expect(await pace.take("hour", at + 20 * minuteMs)).toEqual({
    ok: false,
    until: Date.UTC(2026, 10, 20, 13),
  });
  expect(await pace.take("hour", Date.UTC(2026, 10, 20, 13))).toEqual({ ok: true });
});

test("accounts do not share their room", async () => {
  const { pace } = open();
  await atOnce(maxContentPerMinute, () => pace.take("one", at));
  expect((await pace.take("one", at)).ok).toBe(false);
  expect(await pace.take("other", at)).toEqual({ ok: true });
});
