// A yardstick: the signature checked by hand, and one call to the table with the same client as Cody's.
import { createHmac, timingSafeEqual } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { FunctionUrlEvent } from "../slack-request.ts";

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export async function handler(event: FunctionUrlEvent, _context: unknown) {
  const timestamp = event.headers["x-slack-request-timestamp"];
  const digest = createHmac("sha256", process.env.SLACK_SIGNING_SECRET ?? "")
    .update(`v0:${timestamp}:${event.body}`)
    .digest("hex");
  const given = event.headers["x-slack-signature"] ?? "";
  const expected = `v0=${digest}`;
  if (given.length !== expected.length || !timingSafeEqual(Buffer.from(given), Buffer.from(expected))) {
    return { statusCode: 401, body: "" };
  }
  const Item = { pk: `BENCH#${process.pid}`, sk: "BENCH" };
  await client.send(new PutCommand({ TableName: process.env.CODY_TABLE, Item }));
  return { statusCode: 200, body: "" };
}
