// What a request to DynamoDB asks for: actions on tables, indexes and streams, each with its leading keys.
import { accountId, region } from "./client-settings.ts";
import type { Asked } from "./permission.ts";

type Json = Readonly<Record<string, unknown>>;

export interface KnownTable {
  name: string;
  /** Of the table itself. */
  partitionKey: string;
  /** Of its indexes, by their names. */
  indexKeys: Readonly<Record<string, string>>;
}

/** The action that each part of a transaction needs: a transaction has none of its own. */
const partActions: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
  Get: "GetItem",
};

/** The permissions that a request needs. `target` is its X-Amz-Target: `DynamoDB_20120810.GetItem`. */
export function askedOfDynamoDB(target: string, body: Json, table: KnownTable): Asked[] {
  const [service = "", operation = ""] = target.split(".");
  if (service.startsWith("DynamoDBStreams_")) return [ofStream(operation, body)];
  const one = (action: string, request: Json, keys: Asked["keys"]) =>
    ofTable(action, { table, named: request.TableName, index: request.IndexName, keys });
  switch (operation) {
    case "GetItem":
    case "UpdateItem":
    case "DeleteItem":
    case "PutItem":
      return [one(operation, body, keysOf([body.Key ?? body.Item], table))];
    case "Query":
      return [one(operation, body, queriedKeys(body, table))];
    case "TransactWriteItems":
    case "TransactGetItems":
      return listIn(body.TransactItems).flatMap((item) =>
        Object.entries(item).map(([kind, part]) => {
          const request = objectIn(part);
          return one(partActions[kind] ?? kind, request, keysOf([request.Key ?? request.Item], table));
        }),
      );
    case "BatchGetItem":
      return Object.entries(objectIn(body.RequestItems)).map(([name, reads]) =>
        ofTable(operation, { table, named: name, keys: keysOf(listIn(objectIn(reads).Keys), table) }),
      );
    case "BatchWriteItem":
      return Object.entries(objectIn(body.RequestItems)).map(([name, writes]) => {
        const written = listIn(writes).map(
          ({ PutRequest, DeleteRequest }) => objectIn(PutRequest).Item ?? objectIn(DeleteRequest).Key,
        );
        return ofTable(operation, { table, named: name, keys: keysOf(written, table) });
      });
    default:
      // A scan names no keys, and what is done to a table as a whole has none.
      return [one(operation, body, [])];
  }
}

function ofTable(
  action: string,
  { table, named, index, keys }: { table: KnownTable; named: unknown; index?: unknown; keys: Asked["keys"] },
): Asked {
  if (typeof named !== "string") return { action: `dynamodb:${action}`, resource: "*", arn: "*", keys };
  const name = named.split("/").pop() ?? "";
  const arn = `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
  const what = typeof index === "string" ? `index ${index}` : "table";
  return {
    action: `dynamodb:${action}`,
    resource: name === table.name ? what : `${what} of ${name}`,
    arn: typeof index === "string" ? `${arn}/index/${index}` : arn,
    keys,
  };
}

function ofStream(operation: string, { StreamArn }: Json): Asked {
  // An iterator stands for a stream, which it does not name.
  const arn = typeof StreamArn === "string" ? StreamArn : "*";
  return { action: `dynamodb:${operation}`, resource: "stream", arn, keys: [] };
}

/** Partition keys of keys or whole items; undefined where one has none to read. */
function keysOf(items: readonly unknown[], { partitionKey }: KnownTable): Asked["keys"] {
  const keys = items.map((item) => stringIn(objectIn(item)[partitionKey]));
  return keys.includes(undefined) ? undefined : (keys as string[]);
}

/** The partition that a query is about: `#pk = :pk`, or the older KeyConditions. */
function queriedKeys(body: Json, { partitionKey, indexKeys }: KnownTable): Asked["keys"] {
  const { IndexName: index, KeyConditions: conditions, KeyConditionExpression: expression = "" } = body;
  const wanted = typeof index === "string" ? indexKeys[index] : partitionKey;
  if (wanted === undefined) return undefined;
  const names = objectIn(body.ExpressionAttributeNames);
  const values = objectIn(body.ExpressionAttributeValues);
  const found = [...String(expression).matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)]
    .filter(([, name = ""]) => (names[name] ?? name) === wanted)
    .map(([, , value = ""]) => stringIn(values[value]));
  const [older] = listIn(objectIn(objectIn(conditions)[wanted]).AttributeValueList);
  if (older) found.push(stringIn(older));
  return found.length === 0 || found.includes(undefined) ? undefined : (found as string[]);
}

function stringIn(attribute: unknown): string | undefined {
  const value = objectIn(attribute).S;
  return typeof value === "string" ? value : undefined;
}

/** What is no object, or no list of objects, is for the server to refuse. */
function objectIn(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function listIn(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectIn) : [];
}
