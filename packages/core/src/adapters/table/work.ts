// What one run's rounds store: the lease of its runner, every turn and what it changed, the patch.
import { twoDigits } from "../../ids.ts";
import { leaseMs, retentionMs } from "../../limits.ts";
import type { Work } from "../../ports/store.ts";
import { turnSchema } from "../../schema.ts";
import { joinChunks, saveChunks } from "./chunks.ts";
import type { Table } from "./table.ts";

/** The work of one run. Turns are stored exactly as they were sent and received. */
export function makeWork(table: Table, job: string, run: number): Work {
  const pk = `WORK#${job}#${twoDigits(run)}`;
  const lease = { pk, sk: "LEASE" };
  /** When the lease was taken here: who takes it next does so later, whatever the clocks of the machines show. */
  let term = 0;
  return {
    async takeLease(owner, now) {
      const changes = { owner, until: now + leaseMs, expires: expiry(now) };
      const isTaken =
        (await table.update(lease, changes, { below: { until: now } })) ||
        (await table.update(lease, changes, { equal: { owner } }));
      if (isTaken) term = now;
      return isTaken;
    },
    renewLease: (owner, now) => table.update(lease, { until: now + leaseMs }, { equal: { owner } }),
    async giveLease(owner, now) {
      // Not 0: since when nobody holds it tells a silent container from one that has only just begun.
      await table.update(lease, { until: now - 1 }, { equal: { owner } });
    },
    async leaseUntil() {
      const item = await table.get(lease);
      return item?.until === undefined ? undefined : Number(item.until);
    },
    async saveTurn(turn) {
      const value = Buffer.from(JSON.stringify(turn));
      const prefix = `${turnsOf(turn.round)}${fourDigits(turn.turn)}`;
      await saveChunks(table, { pk, prefix, expires: expiry(turn.at), term }, value);
    },
    async turns(round) {
      const values = joinChunks(await table.partition(pk, turnsOf(round)));
      return values.map((value) => turnSchema.parse(JSON.parse(value.toString())));
    },
    async saveTree({ round, turn }, patch, now) {
      const prefix = `${treesOf(round)}${fourDigits(turn)}`;
      await saveChunks(table, { pk, prefix, expires: expiry(now), term }, patch);
    },
    async trees(round, lastTurn) {
      const end = `${treesOf(round)}${fourDigits(lastTurn + 1)}`;
      const items = await table.partition(pk, treesOf(round));
      return joinChunks(items.filter((item) => item.sk < end));
    },
    async savePatch(round, patch, now) {
      const prefix = `PATCH#${twoDigits(round)}`;
      await saveChunks(table, { pk, prefix, expires: expiry(now), term }, patch);
    },
    async patch(round) {
      return joinChunks(await table.partition(pk, `PATCH#${twoDigits(round)}#`))[0];
    },
  };
}

function turnsOf(round: number): string {
  return `TURN#${twoDigits(round)}#`;
}

function treesOf(round: number): string {
  return `TREE#${twoDigits(round)}#`;
}

function fourDigits(turn: number): string {
  return String(turn).padStart(4, "0");
}

function expiry(from: number): number {
  return Math.floor((from + retentionMs) / 1000);
}
