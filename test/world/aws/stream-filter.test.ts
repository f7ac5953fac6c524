// Filter patterns: what passes on a stream of keys, and which patterns are refused.
import type { DynamoDBRecord } from "aws-lambda";
import { expect, test } from "vitest";
import { compileFilter } from "./stream-filter.ts";

function record(
  pk: string,
  sk: string,
  eventName: "INSERT" | "MODIFY" | "REMOVE" = "INSERT",
): DynamoDBRecord {
  return { eventName, dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } } };
}

const jobs = { pk: { S: [{ prefix: "JOB#" }] } };

test("all fields of a pattern must match, and one rule of each is enough", () => {
  const passes = compileFilter([
    {
      eventName: ["INSERT", "MODIFY"],
      dynamodb: { Keys: { ...jobs, sk: { S: ["JOB", { prefix: "RUN#" }] } } },
    },
  ]);
  expect(passes(record("JOB#1", "JOB"))).toBe(true);
  expect(passes(record("JOB#1", "RUN#01", "MODIFY"))).toBe(true);
  expect(passes(record("JOB#1", "RUN#01", "REMOVE"))).toBe(false);
  expect(passes(record("JOB#1", "JOBS"))).toBe(false);
  expect(passes(record("WORK#1", "JOB"))).toBe(false);
  expect(passes({ eventName: "INSERT", dynamodb: { Keys: { pk: { S: "JOB#1" } } } })).toBe(false);
});

test("one of several patterns is enough, and without a pattern everything passes", () => {
  const passes = compileFilter([{ dynamodb: { Keys: jobs } }, { eventName: ["REMOVE"] }]);
  expect(passes(record("JOB#1", "POST#a"))).toBe(true);
  expect(passes(record("TEAM#1", "REPOS#1", "REMOVE"))).toBe(true);
  expect(passes(record("TEAM#1", "REPOS#1"))).toBe(false);
  expect(compileFilter([])(record("TEAM#1", "REPOS#1"))).toBe(true);
});

test.each([
  [{}],
  [{ eventName: [] }],
  [{ eventName: "INSERT" }],
  [{ eventName: [{ "anything-but": ["REMOVE"] }] }],
  [{ dynamodb: { NewImage: { state: { S: ["queued"] } } } }],
  [{ dynamodb: { Keys: { pk: { N: ["1"] } } } }],
  [{ dynamodb: { Keys: { pk: { S: [{ prefix: "A", suffix: "B" }] } } } }],
  [{ dynamodb: { Keys: { pk: { S: { prefix: "A" } } } } }],
  [{ $or: [{ eventName: ["INSERT"] }] }],
])("the pattern %j is refused", (pattern) => {
  expect(() => compileFilter([pattern])).toThrow(/^Invalid filter pattern definition\./);
});

test("six patterns are too many", () => {
  expect(() => compileFilter(Array.from({ length: 6 }, () => ({ eventName: ["INSERT"] })))).toThrow("5");
});
