// What a request of the function URL holds, read once, and the answers that pages give.
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import * as z from "zod";

export type WebAnswer = APIGatewayProxyStructuredResultV2;

export interface WebRequest {
  method: string;
  path: string;
  /** Of a name that comes twice, the first. */
  query: URLSearchParams;
  /** By name in lower case. */
  headers: Readonly<Record<string, string>>;
  cookies: ReadonlyMap<string, string>;
  /** The bytes as they came. */
  body: Buffer;
}

/** What is read of a function URL's event, payload format 2.0. */
const eventSchema = z.object({
  requestContext: z.object({ http: z.object({ method: z.string(), path: z.string() }) }),
  rawQueryString: z.string().default(""),
  headers: z.record(z.string(), z.string().optional()).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
});

/** The request; undefined where it is none. */
export function readRequest(event: unknown): WebRequest | undefined {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  const { requestContext, rawQueryString, headers, cookies, body, isBase64Encoded } = parsed.data;
  return {
    method: requestContext.http.method,
    path: requestContext.http.path,
    query: new URLSearchParams(rawQueryString),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value ?? ""]),
    ),
    cookies: cookiesIn(cookies),
    body: Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8"),
  };
}

/** The fields of a form that a page of ours sent; undefined where it is no form. */
export function formIn({ headers, body }: WebRequest): URLSearchParams | undefined {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return type === "application/x-www-form-urlencoded" ? new URLSearchParams(body.toString()) : undefined;
}

/** The first of a name counts: a second one was put there by somebody else. */
function cookiesIn(lines: string[]): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of lines.flatMap((line) => line.split(";"))) {
    const [name = "", ...value] = pair.trim().split("=");
    if (name && !cookies.has(name)) cookies.set(name, value.join("="));
  }
  return cookies;
}

interface Cookie {
  name: string;
  /** Empty takes it away. */
  value: string;
  /** Whether it comes along when another site leads here. */
  sameSite: "Lax" | "Strict";
  maxAgeSeconds: number;
}

/** A cookie that no script reads, that never leaves this host, and that no other host can have set (`__Host-`). */
export function setCookie({ name, value, sameSite, maxAgeSeconds }: Cookie): string {
  const age = value === "" ? 0 : maxAgeSeconds;
  return `${name}=${value}; Path=/; Max-Age=${age}; Secure; HttpOnly; SameSite=${sameSite}`;
}

/** A sentence in plain text. */
export function plainAnswer(statusCode: number, sentence: string): WebAnswer {
  return {
    statusCode,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    body: sentence,
  };
}
