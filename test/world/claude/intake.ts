// What arrives over HTTP: the key, the headers every request needs, and the JSON body.
import type { IncomingMessage } from "node:http";
import { invalid, type Refusal, refusal } from "./refusal.ts";

const API_VERSION = "2026-10-21";
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export interface Intake {
  /** The API key as it was sent; empty without one. */
  key: string;
  /** Undefined without a body, or with one that is refused. */
  body: unknown;
  bodyBytes: number;
  /** Why the request is refused before anybody asks what it wants. */
  refused?: Refusal;
}

/** Reads a request whole and checks key, version and JSON, in this order. */
export async function takeIn(request: IncomingMessage, keys: readonly string[]): Promise<Intake> {
  const key = keyOf(request);
  const { refused, ...body } = await readBody(request);
  return { key, ...body, refused: refuseHeaders(request, keys, key) ?? refused };
}

/** Where both headers are sent, `x-api-key` is the one that counts. */
function keyOf(request: IncomingMessage): string {
  const own = request.headers["x-api-key"];
  if (typeof own === "string") return own;
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}

function refuseHeaders(request: IncomingMessage, keys: readonly string[], key: string): Refusal | undefined {
  if (key === "")
    return refusal("authentication_error", "Send the API key as `authorization: Bearer <key>`.");
  if (!keys.includes(key)) return refusal("authentication_error", "This API key is not known.");
  const version = request.headers["anthropic-version"];
  if (version === undefined) return invalid("anthropic-version", "header is required");
  if (version !== API_VERSION)
    return invalid(
      "anthropic-version",
      `"${version}" is not spoken here; this stand-in speaks ${API_VERSION}.`,
    );
  const betas = request.headers["anthropic-beta"];
  if (betas !== undefined && betas !== "")
    return invalid("anthropic-beta", `This stand-in plays no beta, and the request asks for ${betas}.`);
  return undefined;
}

/** A body over 32 MB is read to its end and forgotten, so that the refusal reaches the client. */
async function readBody(request: IncomingMessage): Promise<Omit<Intake, "key">> {
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bodyBytes += chunk.length;
    if (bodyBytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (bodyBytes > MAX_BODY_BYTES)
    return {
      body: undefined,
      bodyBytes: 0,
      refused: refusal("request_too_large", "Request exceeds the maximum size"),
    };
  if (bodyBytes === 0) {
    const refused = request.method === "POST" ? invalid("", "The request body is empty.") : undefined;
    return { body: undefined, bodyBytes, refused };
  }
  try {
    return { body: JSON.parse(Buffer.concat(chunks).toString("utf8")), bodyBytes };
  } catch (error) {
    const refused = invalid("", `The request body is not valid JSON: ${error}`);
    return { body: undefined, bodyBytes: 0, refused };
  }
}
