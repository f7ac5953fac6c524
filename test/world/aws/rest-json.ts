// A loopback server for an AWS service that speaks REST-JSON with one POST path for each operation.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { accessKeyIn } from "./access.ts";
import { ServiceError } from "./service-error.ts";

export interface Fault {
  operation: string;
  /**
   * `throttled` and `unavailable` refuse before anything is done; `answerLost` does it and closes the connection, so
   * that the caller cannot know.
   */
  kind: "throttled" | "unavailable" | "answerLost";
  /** How many requests it meets. */
  times?: number;
}

export interface RestJsonServer {
  endpoint: string;
  /** Spoils the next requests of an operation. */
  fault(fault: Fault): void;
  close(): Promise<void>;
}

type Operation = (body: unknown, requestId: string) => unknown;

/** Refuses by throwing a ServiceError; asked before anything else is looked at. */
type Permit = (accessKeyId: string, operation: string, body: unknown) => void;

const HOST = "127.0.0.1";
/** More than any request AWS takes; the operations have limits of their own. */
const MAX_BODY_BYTES = 1_000_000;

/** Serves the operations at `/v1/<name in lower case>`. An operation refuses by throwing a ServiceError. */
export async function serveRestJson(
  permit: Permit,
  operations: Readonly<Record<string, Operation>>,
): Promise<RestJsonServer> {
  const paths = new Map(Object.keys(operations).map((name) => [`/v1/${name.toLowerCase()}`, name]));
  const faults: Required<Fault>[] = [];

  function nextFault(operation: string): Fault["kind"] | undefined {
    const index = faults.findIndex((fault) => fault.operation === operation);
    const fault = faults[index];
    if (fault && --fault.times === 0) faults.splice(index, 1);
    return fault?.kind;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    try {
      const text = await bodyOf(request);
      const name = request.method === "POST" ? paths.get(request.url ?? "") : undefined;
      const operation = name === undefined ? undefined : operations[name];
      if (name === undefined || operation === undefined) {
        throw new ServiceError(
          "UnknownOperationException",
          404,
          `The local stand-in does not know ${request.method} ${request.url}.`,
        );
      }
      if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256 ")) {
        throw new ServiceError("MissingAuthenticationTokenException", 403, "Missing Authentication Token");
      }
      const body = parse(text);
      permit(accessKeyIn(request.headers.authorization), name, body);
      const fault = nextFault(name);
      if (fault === "throttled") throw new ServiceError("TooManyRequestsException", 429, "Too Many Requests");
      if (fault === "unavailable") throw new ServiceError("ServerException", 500, "Service unavailable");
      const result = operation(body, requestId);
      if (fault === "answerLost") request.socket.destroy();
      else write(response, requestId, 200, result);
    } catch (error) {
      const known =
        error instanceof ServiceError ? error : new ServiceError("ServerException", 500, String(error));
      write(response, requestId, known.status, { message: known.message }, known.name);
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, HOST, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    endpoint: `http://${HOST}:${port}`,
    fault(fault) {
      if (!(fault.operation in operations))
        throw new Error(`There is no operation ${fault.operation} to spoil.`);
      faults.push({ times: 1, ...fault });
    },
    close: () =>
      new Promise((resolve, reject) => {
        if (!server.listening) return resolve();
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new ServiceError("ClientException", 413, "Request Entity Too Large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ServiceError("SerializationException", 400, "The request body is no JSON.");
  }
}

function write(
  response: ServerResponse,
  requestId: string,
  status: number,
  body: unknown,
  errorType?: string,
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "x-amzn-requestid": requestId,
    ...(errorType === undefined ? {} : { "x-amzn-errortype": errorType }),
  });
  response.end(JSON.stringify(body ?? {}));
}
