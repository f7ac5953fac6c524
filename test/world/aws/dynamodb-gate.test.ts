// The gate in front of DynamoDB, with the real server behind it and the real client before it.
import { randomBytes } from "node:crypto";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Access, openAccess } from "./access.ts";
import { clientSettings } from "./client-settings.ts";
import { type LocalDynamoDB, startDynamoDB } from "./dynamodb.ts";
import { type Gate, startDynamoDBGate } from "./dynamodb-gate.ts";
import { createExampleTable } from "./example-table.ts";

const table = { name: "example", partitionKey: "pk", indexKeys: {} };
const TableName = table.name;
const where = "where keys are JOB#*";
const allowed = ["GetItem", "PutItem", "Query"].map((action) => `dynamodb:${action} table ${where}`);

let server: LocalDynamoDB;
let access: Access;
let gate: Gate;

beforeAll(async () => {
  server = await startDynamoDB({ env: {} });
  await createExampleTable(server.endpoint, TableName);
  access = openAccess({ "local-board": { name: "BoardRole", session: "board", allowed } });
  gate = await startDynamoDBGate({ endpoint: server.endpoint, access, table });
});

afterAll(async () => {
  await gate.close();
  await server.close();
});

function clientOf(accessKeyId: string, endpoint = gate.endpoint): DynamoDBClient {
  const credentials = { accessKeyId, secretAccessKey: "local" };
  const client = new DynamoDBClient({ ...clientSettings, credentials, endpoint, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

function key(pk: string) {
  return { pk: { S: pk }, sk: { S: "1" } };
}

describe("a role", () => {
  test("reads and writes what it may", async () => {
    const client = clientOf("local-board");
    const Item = { ...key("JOB#a"), data: { B: randomBytes(200_000) }, text: { S: "ü" } };
    await client.send(new PutItemCommand({ TableName, Item }));
    const read = await client.send(new GetItemCommand({ TableName, Key: key("JOB#a") }));
    expect(read.Item).toEqual({ ...Item, data: { B: new Uint8Array(Item.data.B) } });
    const found = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: "JOB#a" } },
      }),
    );
    expect(found.Count).toBe(1);
  });

  test("is told by the server what is wrong with a request that it may make", async () => {
    const put = new PutItemCommand({
      TableName,
      Item: key("JOB#a"),
      ConditionExpression: "attribute_not_exists(pk)",
    });
    await expect(clientOf("local-board").send(put)).rejects.toMatchObject({
      name: "ConditionalCheckFailedException",
    });
  });

  test.each([
    ["GetItem", "another partition", new GetItemCommand({ TableName, Key: key("TEAM#T1") })],
    ["UpdateItem", "an action that it has not", new UpdateItemCommand({ TableName, Key: key("JOB#a") })],
    ["Scan", "all partitions", new ScanCommand({ TableName })],
    ["DescribeTable", "the table itself", new DescribeTableCommand({ TableName })],
    [
      "ConditionCheckItem",
      "a part of a transaction",
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: key("JOB#b") } },
          { ConditionCheck: { TableName, Key: key("JOB#a"), ConditionExpression: "attribute_exists(pk)" } },
        ],
      }),
    ],
  ])("is refused %s: %s", async (action, _what, command) => {
    const sent = clientOf("local-board").send(command as GetItemCommand);
    await expect(sent).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: `User: arn:aws:sts::000000000000:assumed-role/BoardRole/board is not authorized to perform: dynamodb:${action} on resource: arn:aws:dynamodb:us-east-1:000000000000:table/example because no identity-based policy allows the dynamodb:${action} action`,
      $metadata: { httpStatusCode: 400, attempts: 1 },
    });
    expect(access.refusals().at(-1)).toContain(`dynamodb:${action}`);
  });

  test("may send nothing that cannot be judged", async () => {
    const headers = { authorization: "AWS4-HMAC-SHA256 Credential=local-board/x" };
    const post = (more: Record<string, string>, body: string) =>
      fetch(gate.endpoint, { method: "POST", headers: { ...headers, ...more }, body }).then(
        async (answer) => [answer.status, (await answer.json()).__type],
      );
    const target = { "x-amz-target": "DynamoDB_20120810.GetItem" };
    expect(await post({}, "{}")).toEqual([400, "com.amazon.coral.service#UnknownOperationException"]);
    for (const body of ["", "{", "null", "1"])
      expect(await post(target, body)).toEqual([400, "com.amazon.coral.service#SerializationException"]);
  });
});

test("any other key is the operator's", async () => {
  const client = clientOf("local");
  await client.send(new PutItemCommand({ TableName, Item: key("TEAM#T1") }));
  expect((await client.send(new ScanCommand({ TableName }))).Count).toBeGreaterThan(0);
  expect((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus).toBe("ACTIVE");
});

describe("without a server behind it", () => {
  test("callers see a broken connection, as they would without the gate", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => gone.once("listening", resolve));
    const endpoint = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
    await new Promise((resolve) => gone.close(resolve));
    const alone = await startDynamoDBGate({ endpoint, access, table });
    onTestFinished(alone.close);
    const sent = clientOf("local", alone.endpoint).send(new ScanCommand({ TableName }));
    await expect(sent).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("a caller that breaks off harms nobody", async () => {
    const half = request(gate.endpoint, { method: "POST", headers: { "content-length": 100 } });
    half.on("error", () => {});
    half.write("{");
    await new Promise((resolve) => setTimeout(resolve, 50));
    half.destroy();
    expect((await clientOf("local").send(new ScanCommand({ TableName }))).Count).toBeGreaterThan(0);
  });
});
