// Stands in front of a DynamoDB server and refuses what the role behind a request's key may not do.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import { pipeline } from "node:stream";
import { type Access, accessKeyIn } from "./access.ts";
import { askedOfDynamoDB, type KnownTable } from "./dynamodb-asked.ts";

export interface Gate {
  endpoint: string;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
/** What a batch may have; no request to DynamoDB is larger. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const JSON_TYPE = "application/x-amz-json-1.0";

/** Opens a gate to the server at `endpoint`. What is not refused passes as it came, in both directions. */
export async function startDynamoDBGate(options: {
  endpoint: string;
  access: Access;
  table: KnownTable;
}): Promise<Gate> {
  const { endpoint, access, table } = options;
  const { hostname, port } = new URL(endpoint);
  // A connection for each call would cost more than the call.
  const agent = new Agent({ keepAlive: true });

  function pass(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { method, url: path, headers } = request;
    const onward = send({ agent, hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      pipeline(answer, response, () => {
        // An answer that broke off has destroyed both.
      });
    });
    // Without an answer the caller sees what it would see without a gate: a connection that broke.
    onward.on("error", () => response.destroy());
    response.once("close", () => {
      if (!response.writableFinished) onward.destroy();
    });
    onward.end(body);
  }

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request).catch(() => undefined);
    if (!body) return response.destroy();
    const refusal = refusalOf(request.headers, body, access, table);
    if (!refusal) return pass(request, response, body);
    const { type, message } = refusal;
    response.writeHead(400, { "content-type": JSON_TYPE, "x-amzn-requestid": randomUUID() });
    response.end(JSON.stringify({ __type: `com.amazon.coral.service#${type}`, Message: message }));
  });
  // A function is frozen for as long as nothing happens, and goes on with the connection that it had.
  server.keepAliveTimeout = 0;
  server.listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return {
    endpoint: `http://${HOST}:${address.port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

/** Why the request does not pass, in AWS's words; undefined where it does. */
function refusalOf(
  headers: IncomingMessage["headers"],
  body: Buffer,
  access: Access,
  table: KnownTable,
): { type: string; message: string } | undefined {
  const accessKeyId = accessKeyIn(headers.authorization);
  if (!access.isOfRole(accessKeyId)) return undefined;
  const target = headers["x-amz-target"];
  if (typeof target !== "string") {
    return { type: "UnknownOperationException", message: "The request has no X-Amz-Target." };
  }
  const parsed = objectIn(body);
  if (!parsed) return { type: "SerializationException", message: "The request body is no JSON object." };
  const message = access.refusal(accessKeyId, askedOfDynamoDB(target, parsed, table));
  return message === undefined ? undefined : { type: "AccessDeniedException", message };
}

function objectIn(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Throws where the body is too large, or its sender is gone. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`a body of more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
