// Slack's date tokens, read in whatever time zone and language the test runs.
import { expect, test } from "vitest";
import { formatSlackDate } from "./slack-date.ts";

const now = new Date(2026, 10, 20, 10, 32, 5);
const day = 86_400_000;
const at = (format: string, date = now) => formatSlackDate(format, date, now);

test("writes numbers and words of the date, and leaves what is no token", () => {
  expect(at("{date_num} {nothing} {time}")).toMatch(/^2026-11-20 \{nothing\} .*10.32/);
});

test("says yesterday, today and tomorrow where the token does", () => {
  const days = [-1, 0, 1].map((days) => new Date(now.getTime() + days * day));
  expect(days.map((date) => at("{date_short_pretty}", date))).toEqual(["yesterday", "today", "tomorrow"]);
  expect(at("{date_pretty}", new Date(now.getTime() - 5 * day))).toContain("15");
});

test("says how long ago", () => {
  expect(at("{ago}", new Date(now.getTime() - 3 * 60_000))).toContain("3");
});
