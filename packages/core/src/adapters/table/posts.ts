// Which Slack messages of a job were sent, and which boards are out of date.
import { randomUUID } from "node:crypto";
import { claimMs, drawerLeaseMs, retentionMs } from "../../limits.ts";
import type { Boards, Posts } from "../../ports/store.ts";
import { postSchema } from "../../schema.ts";
import type { Key, Table } from "./table.ts";

/** Claims and records of Slack messages. */
export function makePosts(table: Table): Posts {
  return {
    async claim(job, key, now) {
      const post = { job, key, firstAt: now, claimedUntil: now + claimMs };
      const expires = Math.floor((now + retentionMs) / 1000);
      if (await table.put({ ...postKey(job, key), ...post, expires }, "absent"))
        return { type: "first", post };
      const free = { equal: { ts: undefined }, below: { claimedUntil: now } };
      const claimed = await table.update(postKey(job, key), { claimedUntil: post.claimedUntil }, free);
      const known = postSchema.parse(await table.get(postKey(job, key)));
      return claimed ? { type: "again", post: known } : { type: "taken", ts: known.ts };
    },
    async release(job, key) {
      await table.update(postKey(job, key), { claimedUntil: 0 }, { equal: { ts: undefined, job } });
    },
    async record(job, key, known) {
      await table.update(postKey(job, key), known);
    },
  };
}

/** Stale boards of a team, and the lease of the one drawer a team has. */
export function makeBoards(table: Table): Boards {
  return {
    async markStale(job, now) {
      const board = await table.get(postKey(job, "board"));
      if (board?.ts === undefined) return undefined;
      const team = String(board.team);
      // Marked anew even where it is marked: a drawing under way must not take this mark away.
      const changes = { open: staleOf(team), openAt: board.openAt ?? now, mark: randomUUID() };
      await table.update(postKey(job, "board"), changes);
      return team;
    },
    async stale(team) {
      const items = await table.index("open", staleOf(team));
      return items.map((item) => ({
        job: String(item.job),
        since: Number(item.openAt),
        mark: String(item.mark),
      }));
    },
    async drawn(job, drawn, mark, now) {
      await table.update(postKey(job, "board"), { drawn, drawnAt: now });
      const unmarked = { open: undefined, openAt: undefined, mark: undefined };
      await table.update(postKey(job, "board"), unmarked, { equal: { mark } });
    },
    takeDrawer: (team, owner, now) =>
      table.update(drawerKey(team), { owner, until: now + drawerLeaseMs }, { below: { until: now } }),
    async giveDrawer(team, owner) {
      await table.update(drawerKey(team), { until: 0 }, { equal: { owner } });
    },
  };
}

function postKey(job: string, key: string): Key {
  return { pk: `JOB#${job}`, sk: `POST#${key}` };
}

function drawerKey(team: string): Key {
  return { pk: `TEAM#${team}`, sk: "DRAWER" };
}

function staleOf(team: string): string {
  return `BOARDS#${team}`;
}
