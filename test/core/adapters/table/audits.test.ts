// Audit entries in a real table: added once, in the order of time, and never to expire.
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { Audit } from "@cody/core/team-schema.ts";
import { expect, test } from "vitest";
import { atOnce, open, rawClient, serveTable, tableName } from "./table-server.ts";

serveTable();

const noon = Date.UTC(2026, 10, 20, 12);

test("entries of a day are oldest first, and of that day alone", async () => {
  const { audits } = open();
  const later = entry("later", { at: noon + 1_000, decision: "refused" });
  const sooner = entry("sooner", { at: noon });
  const nextDay = entry("next day", { at: noon + 12 * 60 * 60_000 });
  for (const one of [later, nextDay, sooner]) await audits.append(one);
  expect(await audits.ofDay("2026-11-20")).toEqual([sooner, later]);
  expect(await audits.ofDay("2026-11-21")).toEqual([nextDay]);
  expect(await audits.ofDay("2026-11-22")).toEqual([]);
});

test("the same id is added once, however often and whenever it is added", async () => {
  const at = (index: number) => noon + index * 24 * 60 * 60_000;
  await atOnce(10, (index) => open().audits.append(entry("once", { at: at(index + 10), words: `${index}` })));
  const days = await Promise.all(
    Array.from({ length: 10 }, (_none, index) =>
      open().audits.ofDay(new Date(at(index + 10)).toISOString().slice(0, 10)),
    ),
  );
  expect(days.flat()).toHaveLength(1);
});

test("an entry has no end", async () => {
  await open().audits.append(entry("for ever", { at: Date.UTC(2020, 0, 1) }));
  const stored = await rawClient().send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": "AUDIT#2020-01-01" },
    }),
  );
  expect(stored.Items).toHaveLength(1);
  expect(stored.Items?.[0]).not.toHaveProperty("expires");
});

function entry(id: string, differences: Partial<Audit> = {}): Audit {
  return {
    id,
    at: noon,
    team: "T1",
    job: "abcdefgh23",
    by: "UANN",
    account: { id: 7, login: "ann" },
    action: "approve",
    repository: "acme/shop",
    pull: 12,
    sha: "f00",
    decision: "done",
    words: "Approved.",
    ...differences,
  };
}
