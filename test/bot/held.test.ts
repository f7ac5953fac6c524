// The reply that says that Claude keeps runs waiting.
import { expect, test } from "vitest";
import { heldReply } from "../../packages/bot/src/views/held.ts";
import { exampleRun, start } from "../core/examples.ts";
import { lines } from "./shown.ts";

const minuteMs = 60_000;
const held = { since: start, why: "Claude is overloaded", until: start + 15 * minuteMs };

test("says since when, and when the last of them gives up, in everybody's own time", () => {
  const second = { since: start + 2 * minuteMs, why: "Claude is in trouble", until: start + 17 * minuteMs };
  const { text, blocks } = heldReply([exampleRun({ held: second }), exampleRun({ held }), exampleRun()]);
  expect(text).toBe(
    "Claude is overloaded, since <!date^1795170600^{time}|10:30 UTC>. The work goes on by itself as soon as it answers, or stops at <!date^1795171620^{time}|10:47 UTC>.",
  );
  expect(lines(blocks)).toBe(text);
});

test("shows what Claude said as it is, and never so much that the times are cut off", () => {
  const { text } = heldReply([exampleRun({ held: { ...held, why: `<!channel> ${"x".repeat(5_000)}` } })]);
  expect(text).toMatch(/^&lt;!channel&gt; x+…, since <!date/);
  expect(text.length).toBeLessThan(600);
});

test("that no run is kept waiting is a mistake of ours", () => {
  expect(() => heldReply([exampleRun()])).toThrow("no run is kept waiting");
});
