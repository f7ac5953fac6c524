// Counts changes that make content on GitHub: one number for each minute and each hour of an account.
import { maxContentPerHour, maxContentPerMinute } from "../../limits.ts";
import type { Pace } from "../../ports/store.ts";
import type { Table } from "./table.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export function makePace(table: Table): Pace {
  return {
    async take(account, now) {
      // The minute first: what it takes of one is over soon where the hour has no room.
      for (const [ms, max] of [
        [minuteMs, maxContentPerMinute],
        [hourMs, maxContentPerHour],
      ] as const) {
        const from = Math.floor(now / ms) * ms;
        const until = from + ms;
        const sk = `${ms === minuteMs ? "MINUTE" : "HOUR"}#${new Date(from).toISOString()}`;
        const expires = Math.ceil((until + hourMs) / 1000);
        if (!(await table.count({ pk: `PACE#${account}`, sk }, "taken", { max, expires })))
          return { ok: false, until };
      }
      return { ok: true };
    },
  };
}
