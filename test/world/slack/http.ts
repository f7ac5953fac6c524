// Reading requests and writing answers, in the forms the Web API takes them.
import type { IncomingMessage, ServerResponse } from "node:http";
import { isRecord, type Json } from "./json.ts";
import { Refusal } from "./refusal.ts";

/** Largest body that is read; uploads of an app stay far below. */
const maxBodyBytes = 64 * 1024 * 1024;

/** Arguments that are JSON inside a form field, and what Slack answers when they are not. */
const nested: Record<string, string> = {
  blocks: "invalid_blocks_format",
  attachments: "invalid_attachments",
  metadata: "invalid_metadata_format",
  view: "invalid_arguments",
  files: "invalid_arguments",
};

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > maxBodyBytes) throw new Error(`The request has more than ${maxBodyBytes} bytes.`);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

/** What a handler answers; the router sends it, or drops it where a fault says so. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): HttpAnswer {
  const type = { "content-type": "application/json; charset=utf-8" };
  return { status, headers: { ...type, ...headers }, body: JSON.stringify(value) };
}

export function plain(status: number, body: string, type = "text/plain"): HttpAnswer {
  return { status, headers: { "content-type": `${type}; charset=utf-8` }, body };
}

export function send(response: ServerResponse, answer: HttpAnswer): void {
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

/** The arguments of a call and its token; a JSON body cannot carry the token. */
export async function readCall(request: IncomingMessage): Promise<{ args: Json; token?: string }> {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const body = await readBody(request);
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim();
  const query = new URL(request.url ?? "/", "http://127.0.0.1").searchParams;
  if (type === "application/json") {
    return { args: { ...Object.fromEntries(query), ...parsedNested(jsonBody(body)) }, token: bearer };
  }
  const { token, ...args } = { ...Object.fromEntries(query), ...(await formBody(body, type, request)) };
  return { args: parsedNested(args), token: bearer ?? (typeof token === "string" ? token : undefined) };
}

function jsonBody(body: Buffer): Json {
  const value = parsed(body.toString("utf8"), "invalid_json");
  if (!isRecord(value)) throw new Refusal("json_not_object");
  return value;
}

async function formBody(body: Buffer, type: string | undefined, request: IncomingMessage): Promise<Json> {
  if (body.length === 0) return {};
  if (!type) throw new Refusal("missing_post_type");
  if (type === "application/x-www-form-urlencoded") {
    return Object.fromEntries(new URLSearchParams(body.toString("utf8")));
  }
  if (type === "multipart/form-data") return Object.fromEntries(await multipart(body, request));
  throw new Refusal("invalid_post_type");
}

/** The parts of a multipart body. */
export async function multipart(body: Buffer, request: IncomingMessage): Promise<FormData> {
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  return await new Response(new Uint8Array(body), { headers }).formData();
}

function parsedNested(args: Json): Json {
  const copy = { ...args };
  for (const [name, code] of Object.entries(nested)) {
    const value = copy[name];
    if (typeof value === "string" && value !== "") copy[name] = parsed(value, code);
  }
  return copy;
}

function parsed(source: string, code: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    throw new Refusal(code);
  }
}

/** True for what Slack takes as true in a form: `true`, `1`. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === "true" || value === "1";
}
