// A function's URL: turns HTTP requests into payload format 2.0 events, and the function's results into answers.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { region } from "./client-settings.ts";
import { FunctionError, isThrottled } from "./lambda.ts";

export interface FunctionUrlOptions {
  invoke: (event: unknown) => Promise<unknown>;
  /** 0 or none lets the system choose. */
  port?: number;
}

export interface FunctionUrl {
  url: string;
  close(): Promise<void>;
}

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  cookies: string[];
  body: Buffer;
}

const HOST = "127.0.0.1";
const MAX_BODY_BYTES = 6_291_456;
const URL_ID = "local";

/** Listens on 127.0.0.1 and calls the function for every request, whatever its method and path. */
export async function startFunctionUrl(options: FunctionUrlOptions): Promise<FunctionUrl> {
  const server = createServer((request, response) => {
    serve(request, options.invoke)
      .catch((error: unknown): Answer => failure(error))
      .then((answer) => write(response, answer))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port ?? 0, HOST, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://${HOST}:${port}`,
    close: () =>
      new Promise((resolve, reject) => {
        if (!server.listening) return resolve();
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function serve(request: IncomingMessage, invoke: FunctionUrlOptions["invoke"]): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Read on: leaving the loop would close the connection before the answer.
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    if (bytes > 4 * MAX_BODY_BYTES) throw new Error("The request does not end.");
  }
  if (bytes > MAX_BODY_BYTES) return message(413, "Request Entity Too Large");
  return toAnswer(await invoke(toEvent(request, Buffer.concat(chunks))));
}

/** The event a function gets for a request. */
function toEvent(
  request: Pick<IncomingMessage, "method" | "url" | "headersDistinct" | "socket">,
  body: Buffer,
  now: Date = new Date(),
): APIGatewayProxyEventV2 {
  const [rawPath = "/", ...query] = (request.url ?? "/").split("?");
  const rawQueryString = query.join("?");
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [
      name.toLowerCase(),
      values?.join(",") ?? "",
    ]),
  );
  delete headers.cookie;
  const cookies = request.headersDistinct.cookie?.flatMap((line) => line.split("; "));
  const sourceIp = request.socket.remoteAddress ?? HOST;
  const requestId = randomUUID();
  const plain = isText(headers);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    ...(cookies ? { cookies } : {}),
    headers: {
      ...headers,
      "x-forwarded-for": sourceIp,
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
      "x-amzn-trace-id": `Root=1-${Math.floor(now.getTime() / 1000).toString(16)}-${requestId.replaceAll("-", "").slice(0, 24)}`,
    },
    ...(rawQueryString === "" ? {} : { queryStringParameters: parameters(rawQueryString) }),
    requestContext: {
      accountId: "anonymous",
      apiId: URL_ID,
      domainName: `${URL_ID}.lambda-url.${region}.on.aws`,
      domainPrefix: URL_ID,
      http: {
        method: request.method ?? "GET",
        path: rawPath,
        protocol: "HTTP/1.1",
        sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey: "$default",
      stage: "$default",
      time: logTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(plain ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !plain,
  };
}

/** These reach the function as they are; everything else, forms and compressed bodies too, comes as base64. */
function isText(headers: Record<string, string>): boolean {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  return /^(text\/.+|application\/(json|javascript|xml))$/.test(type) && !headers["content-encoding"];
}

function parameters(query: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    values[name] = name in values ? `${values[name]},${value}` : value;
  }
  return values;
}

/** As web servers write it in their logs: 20/Nov/2026:10:32:00 +0000. */
function logTime(now: Date): string {
  const [, day, month, year, time] = now.toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}

/** What a function's result says over HTTP. Without a status code the whole result is the body. */
function toAnswer(result: unknown): Answer {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    return {
      statusCode: 200,
      headers: { "content-type": "application/json" },
      cookies: [],
      body: Buffer.from(typeof result === "string" ? result : JSON.stringify(result ?? null)),
    };
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = result as Record<string, unknown>;
  if (!Number.isInteger(statusCode) || Number(statusCode) < 100 || Number(statusCode) > 599) {
    return message(502, "Internal Server Error");
  }
  if (body !== undefined && body !== null && typeof body !== "string")
    return message(502, "Internal Server Error");
  const given = Object.entries((headers ?? {}) as Record<string, unknown>);
  return {
    statusCode: Number(statusCode),
    headers: {
      "content-type": "application/json",
      ...Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), String(value)])),
    },
    cookies: Array.isArray(cookies) ? cookies.map(String) : [],
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

function failure(error: unknown): Answer {
  if (isThrottled(error)) return message(429, "Rate Exceeded.");
  if (error instanceof FunctionError && error.errorType === "RequestEntityTooLargeException") {
    return message(413, "Request Entity Too Large");
  }
  return message(502, "Internal Server Error");
}

function message(statusCode: number, text: string): Answer {
  return { statusCode, headers: { "content-type": "text/plain" }, cookies: [], body: Buffer.from(text) };
}

function write(response: ServerResponse, { statusCode, headers, cookies, body }: Answer): void {
  response.writeHead(statusCode, {
    ...headers,
    ...(cookies.length > 0 ? { "set-cookie": cookies } : {}),
    "x-amzn-requestid": randomUUID(),
  });
  response.end(body);
}
