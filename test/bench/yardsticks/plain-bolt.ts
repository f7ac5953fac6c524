// A yardstick: Bolt as it comes, and one call to the table with the same client as Cody's.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { App, AwsLambdaReceiver } from "@slack/bolt";
import type { FunctionUrlEvent } from "../slack-request.ts";

const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const receiver = new AwsLambdaReceiver({ signingSecret: process.env.SLACK_SIGNING_SECRET ?? "" });
const app = new App({ receiver, authorize: async () => ({ botToken: "xoxb-bench" }), convoStore: false });

app.command("/cody", async ({ ack }) => {
  const Item = { pk: `BENCH#${process.pid}`, sk: "BENCH" };
  await client.send(new PutCommand({ TableName: process.env.CODY_TABLE, Item }));
  await ack();
});

const bolt = receiver.toHandler();

export async function handler(event: FunctionUrlEvent, _context: unknown) {
  return bolt(event as never, {} as never);
}
