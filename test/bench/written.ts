// Stands before the table and notes which items are written; what a write costs follows from the item's size.
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { type AttributeValue, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { tableDefinition } from "@cody/core/adapters/table/table.ts";

type Item = Record<string, AttributeValue>;

export interface Written {
  sk: string;
  /** DynamoDB's write units, those of its indexes included. */
  units: number;
}

export interface TableWatch {
  endpoint: string;
  /** What `work` wrote. */
  during(work: () => Promise<unknown>): Promise<Written[]>;
  close(): Promise<void>;
}

/** Passes everything on to the table at `endpoint`. */
export async function watchTable(endpoint: string, tableName: string): Promise<TableWatch> {
  const keys: Item[] = [];
  const server = createServer(async (asked, response) => {
    const body = await bytesOf(asked);
    const operation = String(asked.headers["x-amz-target"]).split(".")[1];
    const { Item: item, Key: key } = JSON.parse(body.toString() || "{}") as { Item?: Item; Key?: Item };
    if (operation === "PutItem" && item) keys.push({ pk: item.pk, sk: item.sk } as Item);
    if (operation === "UpdateItem" && key) keys.push(key);
    const onward = request(new URL(asked.url ?? "/", endpoint), {
      method: asked.method,
      headers: { ...asked.headers, host: new URL(endpoint).host },
    });
    onward.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.once("error", () => response.destroy());
    onward.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new DynamoDBClient({ endpoint });
  const unitsOf = async (key: Item): Promise<Written> => {
    const { Item: item = {} } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
    );
    const copies =
      1 +
      Object.values(tableDefinition.indexes).filter(({ hash, range }) => hash in item && range in item)
        .length;
    return { sk: item.sk?.S ?? "", units: copies * Math.ceil(sizeOf(item) / 1024) };
  };
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async during(work) {
      keys.length = 0;
      await work();
      return Promise.all(keys.map(unitsOf));
    },
    async close() {
      client.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Bytes of an item as DynamoDB's documentation counts them: names and values, and a little for each nesting. */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value),
    0,
  );
}

function valueSize(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  // Two digits a byte, and one for the exponent.
  if (value.N !== undefined) return Math.ceil(value.N.replace(/[^\d]/g, "").length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + sizeOf(value.M);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, each) => sum + 1 + valueSize(each), 0);
  return 1;
}
