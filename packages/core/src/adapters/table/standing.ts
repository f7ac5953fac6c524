// How the table of this deployment differs from what the programs expect of it.
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  type KeySchemaElement,
  type Projection,
  type TableDescription,
  type TimeToLiveDescription,
} from "@aws-sdk/client-dynamodb";
import { patient, tableDefinition } from "./table.ts";

/** What differs from `tableDefinition`, a phrase each; undefined where there is no such table. */
export async function tableFaults(name: string): Promise<string[] | undefined> {
  const { maxAttempts, requestTimeoutMs } = patient;
  const requestHandler = { requestTimeout: requestTimeoutMs, connectionTimeout: requestTimeoutMs };
  const client = new DynamoDBClient({ maxAttempts, requestHandler });
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
    return Table && [...faultsOf(Table), ...ttlFaults(TimeToLiveDescription)];
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}

function faultsOf(table: TableDescription): string[] {
  const { keys, indexes } = tableDefinition;
  const found = new Map(table.GlobalSecondaryIndexes?.map((index) => [index.IndexName, index]));
  return [
    ...(table.TableStatus === "ACTIVE" ? [] : [`it is ${table.TableStatus}`]),
    ...(hasKeys(table.KeySchema, keys) ? [] : [`its keys are not ${keys.hash} and ${keys.range}`]),
    ...Object.entries(indexes).flatMap(([name, wanted]) => {
      const index = found.get(name);
      if (!index) return [`it has no index ${name}`];
      const isRight = hasKeys(index.KeySchema, wanted) && holds(index.Projection, wanted.projection);
      if (!isRight) return [`its index ${name} is another one`];
      return index.IndexStatus === "ACTIVE" ? [] : [`its index ${name} is ${index.IndexStatus}`];
    }),
    ...(table.StreamSpecification?.StreamEnabled ? [] : ["it has no stream"]),
  ];
}

function hasKeys(schema: KeySchemaElement[] | undefined, { hash, range }: { hash: string; range: string }) {
  const named = (kind: string) => schema?.find(({ KeyType }) => KeyType === kind)?.AttributeName;
  return named("HASH") === hash && named("RANGE") === range;
}

/** Whether an index carries at least what is read from it. */
function holds(projection: Projection | undefined, wanted: "ALL" | readonly string[]): boolean {
  if (projection?.ProjectionType === "ALL") return true;
  if (wanted === "ALL") return false;
  return wanted.every((name) => projection?.NonKeyAttributes?.includes(name));
}

function ttlFaults(ttl: TimeToLiveDescription | undefined): string[] {
  const isOn = ttl?.TimeToLiveStatus === "ENABLED" || ttl?.TimeToLiveStatus === "ENABLING";
  return isOn && ttl.AttributeName === tableDefinition.ttl
    ? []
    : [`what is old is not deleted by the attribute ${tableDefinition.ttl}`];
}
