// A real DynamoDB server with Cody's table, for the tests of one file.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { patient, Table } from "@cody/core/adapters/table/table.ts";
import type { Store } from "@cody/core/ports/store.ts";
import { afterAll, beforeAll } from "vitest";
import { clientEnvironment, clientSettings } from "../../../world/aws/client-settings.ts";
import { type LocalDynamoDB, startDynamoDB } from "../../../world/aws/dynamodb.ts";
import { createTable } from "../../../world/aws/table.ts";

export const tableName = "cody";

/** What time it is now: items expire by the real clock, so examples must not be older than a month. */
export const now = Date.now();

/** Starts the server before the tests of the file and ends it after them. Everything else opens clients of it. */
export function serveTable(): void {
  let server: LocalDynamoDB;
  const before = { ...process.env };

  beforeAll(async () => {
    server = await startDynamoDB();
    Object.assign(process.env, clientEnvironment, { AWS_ENDPOINT_URL_DYNAMODB: server.endpoint });
    await createTable(server.endpoint, tableName);
  });

  afterAll(async () => {
    process.env = before;
    await server.close();
  });
}

/** The ports, as one more program opens them. */
export function open(): Store {
  return openStore(tableName);
}

export function openTable(clock: () => number = Date.now): Table {
  return new Table(tableName, patient, clock);
}

/** A client beside the adapter, to look at items as they are stored, and to put them into states that it never leaves. */
export function rawClient(): DynamoDBDocumentClient {
  const endpoint = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  return DynamoDBDocumentClient.from(new DynamoDBClient({ ...clientSettings, endpoint }));
}

/** `count` calls at the same time, each with its index. */
export function atOnce<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_none, index) => call(index)));
}
