// The spend limit of the key in a real table: who meets it first names it, and nobody brings back one that was lifted.

import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, test } from "vitest";
import { atOnce, now, open, rawClient, serveTable, tableName } from "./table-server.ts";

serveTable();

const limit = { since: now, reached: "The limit is reached." };

beforeEach(async () => {
  const Key = { pk: "KEY", sk: "SPEND-LIMIT" };
  await rawClient().send(new DeleteCommand({ TableName: tableName, Key }));
});

describe("the spend limit", () => {
  test("is none until a run meets it", async () => {
    expect(await open().spendLimit.read()).toBeUndefined();
    expect(await open().spendLimit.reach(limit)).toEqual(limit);
    expect(await open().spendLimit.read()).toEqual(limit);
  });

  test("that twenty runs meet at once is one for all of them", async () => {
    const met = await atOnce(20, (index) =>
      open().spendLimit.reach({ since: now + index, reached: `by ${index}` }),
    );
    expect(new Set(met.map(({ since }) => since)).size).toBe(1);
    expect(await open().spendLimit.read()).toEqual(met[0]);
  });

  test("is lifted by whoever answers to it, once", async () => {
    await open().spendLimit.reach(limit);
    expect(await open().spendLimit.lift({ since: now - 1 }, now + 5)).toBe(false);
    const lifted = await atOnce(5, () => open().spendLimit.lift(limit, now + 5));
    expect(lifted.filter(Boolean)).toHaveLength(1);
    expect(await open().spendLimit.read()).toBeUndefined();
  });

  test("that was lifted is not brought back by who heard of it late, and is set by who meets it anew", async () => {
    await open().spendLimit.reach(limit);
    await open().spendLimit.lift(limit, now + 5);
    expect(await open().spendLimit.reach(limit)).toEqual(limit);
    expect(await open().spendLimit.read()).toBeUndefined();
    const again = { since: now + 6, reached: "It is reached again." };
    expect(await open().spendLimit.reach(again)).toEqual(again);
    expect(await open().spendLimit.read()).toEqual(again);
  });
});
