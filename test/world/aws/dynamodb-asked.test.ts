// Which actions, tables, indexes and leading keys the gate reads out of a request to DynamoDB.
import { expect, test } from "vitest";
import { askedOfDynamoDB } from "./dynamodb-asked.ts";

const table = { name: "cody", partitionKey: "pk", indexKeys: { open: "open" } };
const arn = "arn:aws:dynamodb:us-east-1:000000000000:table/cody";
const TableName = "cody";
const Key = { pk: { S: "JOB#a" }, sk: { S: "JOB" } };

function asked(operation: string, body: object, service = "DynamoDB_20120810") {
  return askedOfDynamoDB(`${service}.${operation}`, body as Record<string, unknown>, table);
}

/** One action on the table. */
function one(action: string, keys: string[] | undefined) {
  return { action: `dynamodb:${action}`, resource: "table", arn, keys };
}

test.each(["GetItem", "UpdateItem", "DeleteItem"])("%s is about its key", (operation) => {
  expect(asked(operation, { TableName, Key })).toEqual([one(operation, ["JOB#a"])]);
});

test("PutItem is about the key in its item", () => {
  expect(asked("PutItem", { TableName, Item: { ...Key, more: { S: "x" } } })).toEqual([
    one("PutItem", ["JOB#a"]),
  ]);
});

test.each([
  ["by a name", { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": { S: "JOB#a" } } }],
  [
    "by a stand-in for the name, beside a condition on the other key",
    {
      KeyConditionExpression: "begins_with(#sk, :sk) AND (#p=:p)",
      ExpressionAttributeNames: { "#p": "pk", "#sk": "sk" },
      ExpressionAttributeValues: { ":p": { S: "JOB#a" }, ":sk": { S: "RUN#" } },
    },
  ],
  [
    "beside an equal other key",
    {
      KeyConditionExpression: "sk = :sk AND pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "JOB#a" }, ":sk": { S: "TEAM#T1" } },
    },
  ],
  [
    "in the older form",
    { KeyConditions: { pk: { ComparisonOperator: "EQ", AttributeValueList: [{ S: "JOB#a" }] } } },
  ],
])("Query is about the partition that it names %s", (_how, body) => {
  expect(asked("Query", { TableName, ...body })).toEqual([one("Query", ["JOB#a"])]);
});

test("a query of an index is about the index and its own key", () => {
  const body = {
    TableName,
    IndexName: "open",
    KeyConditionExpression: "#hash = :hash AND #range <= :until",
    ExpressionAttributeNames: { "#hash": "open", "#range": "openAt" },
    ExpressionAttributeValues: { ":hash": { S: "JOBS" }, ":until": { N: "1" } },
  };
  expect(asked("Query", body)).toEqual([
    { action: "dynamodb:Query", resource: "index open", arn: `${arn}/index/open`, keys: ["JOBS"] },
  ]);
});

test.each([
  ["Query", { TableName, KeyConditionExpression: "pk = :pk" }],
  ["Query", { TableName }],
  ["Query", { TableName, IndexName: "unknown", KeyConditionExpression: "pk = :pk" }],
  ["GetItem", { TableName }],
  ["PutItem", { TableName, Item: { pk: { N: "1" } } }],
  ["PutItem", { TableName, Item: null }],
])("%s with a key that cannot be read is about no known key: %j", (operation, body) => {
  expect(asked(operation, body)).toMatchObject([{ keys: undefined }]);
});

test("a transaction is its parts, each with an action of its own", () => {
  const TransactItems = [
    { Put: { TableName, Item: Key } },
    { Update: { TableName, Key: { pk: { S: "TEAM#T1" } } } },
    { Delete: { TableName, Key } },
    { ConditionCheck: { TableName, Key } },
  ];
  expect(asked("TransactWriteItems", { TransactItems })).toEqual([
    one("PutItem", ["JOB#a"]),
    one("UpdateItem", ["TEAM#T1"]),
    one("DeleteItem", ["JOB#a"]),
    one("ConditionCheckItem", ["JOB#a"]),
  ]);
  expect(asked("TransactGetItems", { TransactItems: [{ Get: { TableName, Key } }] })).toEqual([
    one("GetItem", ["JOB#a"]),
  ]);
});

test("a batch is one action for each of its tables", () => {
  const other = { pk: { S: "KEY" } };
  expect(
    asked("BatchGetItem", { RequestItems: { cody: { Keys: [Key, other] }, more: { Keys: [] } } }),
  ).toEqual([
    one("BatchGetItem", ["JOB#a", "KEY"]),
    { ...one("BatchGetItem", []), resource: "table of more", arn: arn.replace("cody", "more") },
  ]);
  const writes = [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key: other } }];
  expect(asked("BatchWriteItem", { RequestItems: { cody: writes } })).toEqual([
    one("BatchWriteItem", ["JOB#a", "KEY"]),
  ]);
});

test("a scan and what is done to a table name no key; a table may be named by its ARN", () => {
  expect(asked("Scan", { TableName })).toEqual([one("Scan", [])]);
  expect(asked("DescribeTable", { TableName: arn })).toEqual([one("DescribeTable", [])]);
  expect(asked("DescribeTable", { TableName: "another" })).toMatchObject([{ resource: "table of another" }]);
  expect(asked("ListTables", {})).toEqual([{ ...one("ListTables", []), resource: "*", arn: "*" }]);
});

test("reading the stream is about the stream", () => {
  const StreamArn = `${arn}/stream/2026-01-01T00:00:00.000`;
  expect(asked("DescribeStream", { StreamArn }, "DynamoDBStreams_20120810")).toEqual([
    { action: "dynamodb:DescribeStream", resource: "stream", arn: StreamArn, keys: [] },
  ]);
});

test.each([
  ["TransactWriteItems", { TransactItems: [null, 1, { Put: null }] }],
  ["BatchGetItem", { RequestItems: { cody: null } }],
  ["BatchWriteItem", { RequestItems: [null] }],
  ["Query", { TableName, KeyConditions: { pk: 1 }, ExpressionAttributeNames: 1 }],
])("%s with anything in it is read without a failure: %j", (operation, body) => {
  expect(() => asked(operation, body)).not.toThrow();
});
