// The stream of the local table, delivered as Lambda's event source mappings deliver it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clientSettings } from "./client-settings.ts";
import { type LocalDynamoDB, startDynamoDB } from "./dynamodb.ts";
import { createExampleTable } from "./example-table.ts";
import { FunctionError } from "./lambda.ts";
import { type Stream, type StreamOptions, type StreamReader, startStream } from "./stream.ts";

let server: LocalDynamoDB;
let client: DynamoDBClient;
let tableName: string;
let tables = 0;
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  server = await startDynamoDB({ env: {} });
  client = new DynamoDBClient({ ...clientSettings, endpoint: server.endpoint });
});
beforeEach(async () => {
  tableName = `table-${++tables}`;
  await createExampleTable(server.endpoint, tableName);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

async function open(
  readers: Partial<StreamReader>[],
  options: Partial<StreamOptions> = {},
): Promise<{ stream: Stream; events: DynamoDBStreamEvent[][]; keys: (reader: number) => string[] }> {
  const events: DynamoDBStreamEvent[][] = readers.map(() => []);
  const stream = await startStream({
    endpoint: server.endpoint,
    tableName,
    pollMs: 5,
    duplicateShare: 0,
    ...options,
    readers: readers.map((reader, index) => ({
      name: `reader-${index}`,
      patterns: [],
      retryDelayMs: 1,
      ...reader,
      invoke: (event) => {
        events[index]?.push(event);
        return reader.invoke?.(event) ?? Promise.resolve();
      },
    })),
  });
  closers.push(stream.close);
  const keys = (reader: number) => events[reader]?.flatMap((event) => event.Records).map(keyOf) ?? [];
  return { stream, events, keys };
}

function keyOf(record: DynamoDBRecord): string {
  return `${record.dynamodb?.Keys?.pk?.S}/${record.dynamodb?.Keys?.sk?.S}`;
}

async function put(pk: string, sk = "JOB", value = "1"): Promise<void> {
  const Item = { pk: { S: pk }, sk: { S: sk }, value: { S: value }, set: { SS: ["a", "b"] } };
  await client.send(new PutItemCommand({ TableName: tableName, Item }));
}

describe("what a function sees", () => {
  test("keys only, in the form Lambda sends", async () => {
    await put("JOB#1");
    const { stream, events } = await open([{}]);
    await stream.settled();
    const arn = expect.stringMatching(
      new RegExp(`^arn:aws:dynamodb:us-east-1:000000000000:table/${tableName}/stream/`),
    );
    expect(events[0]).toEqual([
      {
        Records: [
          {
            eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
            eventName: "INSERT",
            eventVersion: "1.1",
            eventSource: "aws:dynamodb",
            awsRegion: "us-east-1",
            eventSourceARN: arn,
            dynamodb: {
              ApproximateCreationDateTime: expect.any(Number),
              Keys: { pk: { S: "JOB#1" }, sk: { S: "JOB" } },
              SequenceNumber: expect.stringMatching(/^\d{21,40}$/),
              SizeBytes: expect.any(Number),
              StreamViewType: "KEYS_ONLY",
            },
          },
        ],
      },
    ]);
    const seconds = events[0]?.[0]?.Records[0]?.dynamodb?.ApproximateCreationDateTime ?? 0;
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(60);
  });

  test("no record of writes that changed nothing", async () => {
    await put("JOB#1");
    await put("JOB#1");
    const Key = { pk: { S: "JOB#1" }, sk: { S: "JOB" } };
    const set = (values: string[]) =>
      client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key,
          UpdateExpression: "SET #set = :set",
          ExpressionAttributeNames: { "#set": "set" },
          ExpressionAttributeValues: { ":set": { SS: values } },
        }),
      );
    await set(["b", "a"]);
    await set(["c"]);
    await client.send(new DeleteItemCommand({ TableName: tableName, Key }));
    const { stream, events } = await open([{}]);
    await stream.settled();
    const names = events[0]?.flatMap((event) => event.Records.map((record) => record.eventName));
    expect(names).toEqual(["INSERT", "MODIFY", "REMOVE"]);
  });

  test("each reader sees what its own patterns let pass", async () => {
    for (const [pk, sk] of [
      ["JOB#1", "JOB"],
      ["JOB#1", "RUN#01"],
      ["JOB#1", "POST#a"],
      ["WORK#1", "JOB"],
    ] as const) {
      await put(pk, sk);
    }
    const keysOf = (sk: unknown[]) => ({
      dynamodb: { Keys: { pk: { S: [{ prefix: "JOB#" }] }, sk: { S: sk } } },
    });
    const { stream, keys } = await open([
      { patterns: [keysOf(["JOB", { prefix: "RUN#" }])] },
      { patterns: [keysOf([{ prefix: "POST#" }]), { dynamodb: { Keys: { pk: { S: ["WORK#1"] } } } }] },
    ]);
    await stream.settled();
    expect(keys(0)).toEqual(["JOB#1/JOB", "JOB#1/RUN#01"]);
    expect(keys(1).toSorted()).toEqual(["JOB#1/POST#a", "WORK#1/JOB"]);
  });
});

describe("order and lanes", () => {
  test("four lanes work side by side, and the records of one key never change their order", async () => {
    for (let value = 0; value < 2; value++) {
      await Promise.all(Array.from({ length: 30 }, (_, job) => put(`JOB#${job}`, "JOB", String(value))));
    }
    let running = 0;
    let most = 0;
    const busy = new Set<string>();
    const { stream, events } = await open([
      {
        batchSize: 3,
        invoke: async ({ Records }) => {
          const keys = new Set(Records.map(keyOf));
          for (const key of keys) expect(busy.has(key)).toBe(false);
          for (const key of keys) busy.add(key);
          most = Math.max(most, ++running);
          await sleep(3);
          running--;
          for (const key of keys) busy.delete(key);
        },
      },
    ]);
    await stream.settled();
    expect(most).toBe(4);
    expect(stream.deadLetters).toEqual([]);
    const records = events[0]?.flatMap((event) => event.Records) ?? [];
    expect(records.length).toBe(60);
    for (const [, ofKey] of Map.groupBy(records, keyOf)) {
      const numbers = ofKey.map((record) => record.dynamodb?.SequenceNumber ?? "");
      expect(numbers).toEqual(numbers.toSorted());
    }
  });

  test("a batching window lets an incomplete batch wait, and a full one not", async () => {
    for (let index = 0; index < 6; index++) await put("JOB#1", `RUN#${index}`);
    const began = Date.now();
    const { stream, events } = await open([{ batchSize: 4, batchingWindowMs: 150, parallelization: 1 }]);
    await stream.settled();
    expect(events[0]?.map((event) => event.Records.length)).toEqual([4, 2]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(145);
  });

  test("a batch that fills up does not wait for its window to end", async () => {
    const { stream, events } = await open([{ batchSize: 2, batchingWindowMs: 60_000, parallelization: 1 }]);
    for (let index = 0; index < 2; index++) await put("JOB#1", `RUN#${index}`);
    await stream.settled();
    expect(events[0]?.map((event) => event.Records.length)).toEqual([2]);
  });

  test("settled waits for records that the functions cause themselves", async () => {
    const { stream, keys } = await open([
      {
        invoke: async ({ Records }) =>
          keyOf(Records[0]!) === "JOB#1/JOB" ? put("JOB#1", "RUN#01") : undefined,
      },
    ]);
    await put("JOB#1");
    await stream.settled();
    expect(keys(0)).toEqual(["JOB#1/JOB", "JOB#1/RUN#01"]);
  });
});

describe("failures", () => {
  const poisoned = (record: DynamoDBRecord) => keyOf(record).endsWith("RUN#2");

  test("a failed batch is split until the bad record is alone, which is retried and then given up", async () => {
    for (let index = 0; index < 5; index++) await put("JOB#1", `RUN#${index}`);
    const { stream, events } = await open([
      {
        maxRetries: 2,
        invoke: async ({ Records }) => {
          if (Records.some(poisoned)) throw new Error("cannot read RUN#2");
        },
      },
    ]);
    await stream.settled();
    const batches = events[0]?.map((event) => event.Records.map((record) => keyOf(record).at(-1)).join(""));
    expect(batches).toEqual(["01234", "012", "01", "2", "2", "2", "34"]);
    expect(stream.deadLetters).toMatchObject([
      {
        reader: "reader-0",
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 5,
        error: "cannot read RUN#2",
      },
    ]);
    expect(stream.deadLetters[0]?.records.map(keyOf)).toEqual(["JOB#1/RUN#2"]);
  });

  test("batchItemFailures: delivery goes on at the lowest number named", async () => {
    for (let index = 0; index < 5; index++) await put("JOB#1", `RUN#${index}`);
    let failures = 0;
    const { stream, events } = await open([
      {
        invoke: async ({ Records }) => {
          const bad = Records.filter((record) => /[13]$/.test(keyOf(record)));
          if (failures++ > 0) return { batchItemFailures: [] };
          return {
            batchItemFailures: bad.toReversed().map((record) => ({
              itemIdentifier: record.dynamodb?.SequenceNumber,
            })),
          };
        },
      },
    ]);
    await stream.settled();
    expect(events[0]?.map((event) => event.Records.length)).toEqual([5, 4]);
    expect(stream.deadLetters).toEqual([]);
  });

  test.each([
    ["an unknown number", { batchItemFailures: [{ itemIdentifier: "1" }] }],
    ["an empty number", { batchItemFailures: [{ itemIdentifier: "" }] }],
    ["another field name", { batchItemFailures: [{ sequenceNumber: "1" }] }],
  ])("%s fails the whole batch", async (_, answer) => {
    await put("JOB#1");
    const { stream } = await open([{ maxRetries: 0, invoke: async () => answer }]);
    await stream.settled();
    expect(stream.deadLetters.length).toBe(1);
  });

  test.each([undefined, null, {}, { batchItemFailures: null }, "text"])("%j is a success", async (answer) => {
    await put("JOB#1");
    const { stream, events } = await open([{ invoke: async () => answer }]);
    await stream.settled();
    expect(stream.deadLetters).toEqual([]);
    expect(events[0]?.length).toBe(1);
  });

  test("batchItemFailures mean nothing to a mapping that does not report them", async () => {
    await put("JOB#1");
    const invoke = async () => ({ batchItemFailures: [{ itemIdentifier: "" }] });
    const { stream, events } = await open([{ reportBatchItemFailures: false, invoke }]);
    await stream.settled();
    expect(events[0]?.length).toBe(1);
  });
});

test("a throttled function is called again until it has room, and neither splits nor gives up", async () => {
  for (let index = 0; index < 3; index++) await put("JOB#1", `RUN#${index}`);
  let throttles = 6;
  const { stream, events } = await open([
    {
      maxRetries: 0,
      invoke: async () => {
        if (throttles-- > 0) {
          throw new FunctionError({ errorType: "TooManyRequestsException", errorMessage: "Rate Exceeded." });
        }
      },
    },
  ]);
  await stream.settled();
  expect(events[0]?.map((event) => event.Records.length)).toEqual([3, 3, 3, 3, 3, 3, 3]);
  expect(stream.deadLetters).toEqual([]);
});

describe("at least once", () => {
  test("a seeded share of batches comes twice, in order", async () => {
    for (let index = 0; index < 20; index++) await put(`JOB#${index}`);
    const counts = async () => {
      const { stream, keys } = await open([{ batchSize: 1 }], { duplicateShare: 0.3, seed: 7 });
      await stream.settled();
      await stream.close();
      return Object.entries(Object.groupBy(keys(0), (key) => key)).map(([, all]) => all?.length);
    };
    const first = await counts();
    expect(first.length).toBe(20);
    expect(first).toContain(2);
    expect(first).toContain(1);
    expect((await counts()).filter((count) => count === 2).length).toBe(
      first.filter((count) => count === 2).length,
    );
  });

  test("a restart goes on behind what was delivered, and loses nothing that was not", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "stream-"));
    closers.push(() => rmSync(folder, { recursive: true }));
    const positionFile = path.join(folder, "position.json");
    for (let index = 0; index < 3; index++) await put("JOB#1", `RUN#${index}`);
    const reached = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const first = await open(
      [
        {
          batchSize: 1,
          invoke: async ({ Records }) => {
            if (!keyOf(Records[0]!).endsWith("RUN#1")) return;
            reached.resolve();
            await release.promise;
            throw new Error("killed in the middle");
          },
        },
      ],
      { positionFile },
    );
    await reached.promise;
    const closed = first.stream.close();
    release.resolve();
    await closed;
    const second = await open([{}], { positionFile });
    await second.stream.settled();
    expect(second.keys(0)).toEqual(["JOB#1/RUN#1", "JOB#1/RUN#2"]);
    await second.stream.close();
    const third = await open([{}], { positionFile });
    await third.stream.settled();
    expect(third.keys(0)).toEqual([]);
  });
});

describe("refusals", () => {
  test("a table without a stream of images says how to make it", async () => {
    await createExampleTable(server.endpoint, "keys-only", "KEYS_ONLY");
    await expect(open([{}], { tableName: "keys-only" })).rejects.toThrow(
      /create the local one with NEW_AND_OLD/,
    );
    await expect(open([{}], { tableName: "nowhere" })).rejects.toThrow(/nowhere has no stream|not found/i);
  });

  test("three readers are too many, as is a factor of eleven", async () => {
    await expect(open([{}, {}, {}])).rejects.toThrow("serves 2 readers, not 3");
    await expect(open([{ parallelization: 11 }])).rejects.toThrow("1 to 10, not 11");
  });

  test("settled rejects while the table cannot be reached, and once the stream is closed", async () => {
    const other = await startDynamoDB({ env: {} });
    await createExampleTable(other.endpoint, tableName);
    const errors: unknown[] = [];
    const { stream } = await open([{}], { endpoint: other.endpoint, onError: (error) => errors.push(error) });
    await other.close();
    await expect(stream.settled()).rejects.toThrow();
    expect(errors.length).toBeGreaterThan(0);
    await stream.close();
    await expect(stream.settled()).rejects.toThrow("closed");
  });
});
