// What rounds store, in a real table: one runner at a time, and every byte or nothing.
import { randomBytes } from "node:crypto";
import { DeleteCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { joinChunks, saveChunks } from "@cody/core/adapters/table/chunks.ts";
import { type Condition, type Item, patient, Table } from "@cody/core/adapters/table/table.ts";
import { leaseMs, maxChunkBytes, retentionMs } from "@cody/core/limits.ts";
import { noUsage } from "@cody/core/models.ts";
import type { Turn } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { atOnce, now, open, openTable, rawClient, serveTable, tableName } from "./table-server.ts";

serveTable();

const expires = Math.floor((now + retentionMs) / 1000);

describe("the lease", () => {
  test("has one owner of fifty that ask at once", async () => {
    const taken = await atOnce(50, (index) => open().work("lease22222", 1).takeLease(`runner-${index}`, now));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await open().work("lease22222", 2).takeLease("another", now)).toBe(true);
  });

  test("is its owner's until it runs out, and then whoever's comes first", async () => {
    const work = open().work("lease33333", 1);
    expect(await work.leaseUntil()).toBeUndefined();
    expect(await work.takeLease("one", now)).toBe(true);
    expect(await work.leaseUntil()).toBe(now + leaseMs);
    expect(await work.takeLease("two", now + leaseMs)).toBe(false);
    expect(await work.takeLease("two", now + leaseMs + 1)).toBe(true);
    expect(await work.renewLease("one", now + leaseMs + 2)).toBe(false);
  });

  test("lasts longer each time it is renewed, and may be taken again by its owner", async () => {
    const work = open().work("lease44444", 1);
    await work.takeLease("one", now);
    expect(await work.renewLease("one", now + 5_000)).toBe(true);
    expect(await work.leaseUntil()).toBe(now + 5_000 + leaseMs);
    expect(await work.takeLease("one", now + 6_000)).toBe(true);
    expect(await work.takeLease("two", now + leaseMs + 5_000)).toBe(false);
  });

  test("is free when its owner gives it back, and not when somebody else does", async () => {
    const work = open().work("lease55555", 1);
    await work.takeLease("one", now);
    await work.giveLease("two", now);
    expect(await work.takeLease("two", now)).toBe(false);
    await work.giveLease("one", now);
    expect(await work.leaseUntil()).toBeLessThan(now);
    expect(await work.takeLease("two", now)).toBe(true);
  });
});

describe("a patch", () => {
  test.each([0, 1, maxChunkBytes - 100, maxChunkBytes, maxChunkBytes + 1, 3 * maxChunkBytes + 7])(
    "of %i random bytes comes back byte for byte",
    async (length) => {
      const work = open().work(`bytes${length}`, 1);
      const patch = randomBytes(length);
      await work.savePatch(1, patch, now);
      expect((await work.patch(1))?.equals(patch)).toBe(true);
    },
  );

  test("of the size that is kept at most is stored in items that DynamoDB takes", async () => {
    const work = open().work("largest222", 1);
    const patch = randomBytes(20 * 1024 * 1024);
    await work.savePatch(1, patch, now);
    expect((await work.patch(1))?.equals(patch)).toBe(true);
  });

  test("is kept for each round and each run, and replaced as a whole", async () => {
    const { work } = open();
    await work("patch22222", 1).savePatch(1, randomBytes(2 * maxChunkBytes), now);
    await work("patch22222", 1).savePatch(1, Buffer.from("short"), now);
    await work("patch22222", 1).savePatch(2, Buffer.from("second round"), now);
    expect((await work("patch22222", 1).patch(1))?.toString()).toBe("short");
    expect((await work("patch22222", 1).patch(2))?.toString()).toBe("second round");
    expect(await work("patch22222", 1).patch(3)).toBeUndefined();
    expect(await work("patch22222", 2).patch(1)).toBeUndefined();
  });

  test("that compresses well takes one item", async () => {
    const work = open().work("small22222", 1);
    await work.savePatch(1, Buffer.alloc(5 * 1024 * 1024, "+ a line of a patch\n"), now);
    expect(await keysOf("WORK#small22222#01")).toEqual(["PATCH#01#00"]);
  });
});

describe("turns", () => {
  test("come back in order, as they were, of the round that was asked for", async () => {
    const work = open().work("turns22222", 1);
    for (const number of [10, 2, 1, 9]) await work.saveTurn(turn(number));
    await work.saveTurn(turn(1, { round: 2 }));
    expect(await work.turns(1)).toEqual([turn(1), turn(2), turn(9), turn(10)]);
    expect(await work.turns(2)).toEqual([turn(1, { round: 2 })]);
    expect(await work.turns(3)).toEqual([]);
  });

  test("over many items keep every letter, surrogates included", async () => {
    const work = open().work("letters222", 1);
    const letters = ["🙂", "é", "日", "𝒳", "\ud800", "\udc00", "\u0000", "\u2028", '"', "\\"];
    const text = Array.from(randomBytes(900_000), (byte) => `${letters[byte % letters.length]}${byte}`).join(
      "",
    );
    const long = turn(1, { messages: [{ role: "assistant", content: [{ type: "text", text }] }] });
    await work.saveTurn(long);
    expect((await keysOf("WORK#letters222#01")).length).toBeGreaterThan(1);
    expect(await work.turns(1)).toEqual([long]);
  });

  test("that are saved again are there once", async () => {
    const work = open().work("again22222", 1);
    await work.saveTurn(turn(1));
    await work.saveTurn(turn(1, { costUsd: null }));
    expect(await work.turns(1)).toEqual([turn(1, { costUsd: null })]);
  });

  test("that have expired are not read, though they are stored", async () => {
    const work = open().work("expired222", 1);
    await work.saveTurn(turn(1, { at: now - retentionMs - 1_000 }));
    await work.saveTurn(turn(2));
    expect(await work.turns(1)).toEqual([turn(2)]);
    expect(await keysOf("WORK#expired222#01")).toHaveLength(2);
  });
});

describe("trees", () => {
  test("come back in order up to a turn", async () => {
    const work = open().work("trees22222", 1);
    for (const number of [1, 3, 2, 12]) {
      await work.saveTree({ round: 1, turn: number }, Buffer.from(`tree ${number}`), now);
    }
    await work.saveTree({ round: 2, turn: 1 }, Buffer.from("another round"), now);
    const upTo = async (last: number) => (await work.trees(1, last)).map(String);
    expect(await upTo(0)).toEqual([]);
    expect(await upTo(2)).toEqual(["tree 1", "tree 2"]);
    expect(await upTo(11)).toEqual(["tree 1", "tree 2", "tree 3"]);
    expect(await upTo(12)).toEqual(["tree 1", "tree 2", "tree 3", "tree 12"]);
  });
});

describe("a value of which a part is missing", () => {
  test.each([0, 1, 2])("its chunk %i, is not read, and the others are", async (chunk) => {
    const job = `missing22${chunk}`;
    const work = open().work(job, 1);
    await work.saveTree({ round: 1, turn: 1 }, Buffer.from("before"), now);
    await work.saveTree({ round: 1, turn: 2 }, randomBytes(2 * maxChunkBytes + 10), now);
    await work.saveTree({ round: 1, turn: 3 }, Buffer.from("after"), now);
    await rawClient().send(
      new DeleteCommand({
        TableName: tableName,
        Key: { pk: `WORK#${job}#01`, sk: `TREE#01#0002#0${chunk}` },
      }),
    );
    expect((await work.trees(1, 3)).map(String)).toEqual(["before", "after"]);
  });

  test.each([0, 1, 2])("because its writer died after %i of 3 chunks, is not read", async (puts) => {
    const pk = `WORK#dying22222#0${puts}`;
    await expect(save(new DyingTable(puts), pk, randomBytes(2 * maxChunkBytes + 10))).rejects.toThrow(
      "killed",
    );
    expect(joinChunks(await openTable().partition(pk))).toEqual([]);
  });

  test.each([1, 2])(
    "because the writer of another in its place died after %i of 3 chunks, is no mixture of both",
    async (puts) => {
      const pk = `WORK#mixture222#0${puts}`;
      await save(openTable(), pk, randomBytes(2 * maxChunkBytes + 10));
      await expect(save(new DyingTable(puts), pk, randomBytes(2 * maxChunkBytes + 10))).rejects.toThrow(
        "killed",
      );
      expect(joinChunks(await openTable().partition(pk))).toEqual([]);
      const last = randomBytes(2 * maxChunkBytes + 10);
      await save(openTable(), pk, last);
      expect(joinChunks(await openTable().partition(pk))).toEqual([last]);
    },
  );
});

test("whether an item has expired is read from the clock that the table is given", async () => {
  const key = { pk: "CLOCK", sk: "1" };
  await openTable().put({ ...key, expires: Math.floor(now / 1000) + 60 });
  expect(await openTable(() => now).get(key)).toBeDefined();
  expect(await openTable(() => now + 61_000).get(key)).toBeUndefined();
});

/** A table whose program is killed after some writes. */
class DyingTable extends Table {
  #left: number;

  constructor(puts: number) {
    super(tableName, patient);
    this.#left = puts;
  }

  override async put(item: Item, condition?: Condition): Promise<boolean> {
    if (this.#left === 0) throw new Error("killed");
    this.#left -= 1;
    return super.put(item, condition);
  }
}

function save(table: Table, pk: string, value: Buffer): Promise<void> {
  return saveChunks(table, { pk, prefix: "PATCH#01", expires }, value);
}

function turn(number: number, differences: Partial<Turn> = {}): Turn {
  const call = { type: "tool_use", id: `toolu_${number}`, name: "read_file", input: { path: "pom.xml" } };
  return {
    turn: number,
    round: 1,
    at: now,
    messages: [{ role: "assistant", content: [call] }],
    usage: noUsage,
    costUsd: 0.01,
    ...differences,
  };
}

async function keysOf(pk: string): Promise<string[]> {
  const { Items = [] } = await rawClient().send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ProjectionExpression: "sk",
    }),
  );
  return Items.map(({ sk }) => String(sk));
}
