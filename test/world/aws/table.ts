// Creates Cody's table as its definition says, with the stream that the local reader needs.
import { CreateTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { tableDefinition } from "@cody/core/adapters/table/table.ts";
import { clientSettings } from "./client-settings.ts";

/**
 * Makes the table. Its stream carries images, unlike the one on AWS: this server reports writes that changed nothing,
 * and only images tell them from the others. Handlers still get keys alone.
 */
export async function createTable(endpoint: string, name: string): Promise<void> {
  const { attributes, indexes, keys, ttl } = tableDefinition;
  const client = new DynamoDBClient({ ...clientSettings, endpoint });
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: Object.entries(attributes).map(([AttributeName, AttributeType]) => ({
        AttributeName,
        AttributeType,
      })),
      KeySchema: schemaOf(keys),
      GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, index]) => ({
        IndexName,
        KeySchema: schemaOf(index),
        Projection:
          index.projection === "ALL"
            ? { ProjectionType: "ALL" as const }
            : { ProjectionType: "INCLUDE" as const, NonKeyAttributes: [...index.projection] },
      })),
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { AttributeName: ttl, Enabled: true },
    }),
  );
  client.destroy();
}

function schemaOf({ hash, range }: { hash: string; range: string }) {
  return [
    { AttributeName: hash, KeyType: "HASH" as const },
    { AttributeName: range, KeyType: "RANGE" as const },
  ];
}
