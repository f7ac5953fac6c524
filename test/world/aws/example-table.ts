// A table with a stream, made as the tests of the stand-ins need it.
import { CreateTableCommand, DynamoDBClient, type StreamViewType } from "@aws-sdk/client-dynamodb";
import { clientSettings } from "./client-settings.ts";

/** Makes a table with the string keys pk and sk, and a stream. */
export async function createExampleTable(
  endpoint: string,
  name: string,
  view: StreamViewType = "NEW_AND_OLD_IMAGES",
): Promise<void> {
  const client = new DynamoDBClient({ ...clientSettings, endpoint });
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: view },
    }),
  );
  client.destroy();
}
