// Writes an answer over HTTP: JSON at once, or a stream in its own time with the faults that break it.
import type { ServerResponse } from "node:http";
import type { Fault } from "./fault.ts";
import { refusal, refusalBody } from "./refusal.ts";
import type { Composed } from "./reply.ts";
import { eventText, streamEvents } from "./stream.ts";

export interface Delivery {
  response: ServerResponse;
  headers: Record<string, string>;
  requestId: string;
  fault?: Fault;
  /** Milliseconds between two events of a stream. */
  chunkDelayMs: number;
  /** Aborted when the client has gone or the stand-in closes. */
  signal: AbortSignal;
}

/** How a delivery ended. */
export type Ending = "complete" | "cut" | "error event" | "client gone";

/** Sends a JSON body whole. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string>,
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** Sends a message as one JSON body. A fault cuts it after `afterBytes`; one that needs events hangs or cuts it at once. */
export async function sendMessage({ message }: Composed, delivery: Delivery): Promise<Ending> {
  const { response, headers, fault } = delivery;
  const json = JSON.stringify(message);
  if (fault === undefined) {
    sendJson(response, 200, message, headers);
    return "complete";
  }
  if (fault.kind === "hang") return hang(delivery);
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(json)),
    ...headers,
  });
  const bytes = fault.kind === "cut" ? (fault.afterBytes ?? 0) : 0;
  await write(response, Buffer.from(json).subarray(0, bytes));
  response.destroy();
  return "cut";
}

/** Streams a message event by event until its end or its fault. */
export async function streamMessage(composed: Composed, delivery: Delivery): Promise<Ending> {
  const { response, headers, fault, signal } = delivery;
  if (fault?.kind === "hang" && fault.afterEvents === undefined) return hang(delivery);
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    ...headers,
  });
  response.flushHeaders();
  let sentBytes = 0;
  for (const [sentEvents, event] of streamEvents(composed).entries()) {
    const ending = await breakStream(delivery, sentEvents);
    if (ending !== undefined) return ending;
    if (delivery.chunkDelayMs > 0 && sentEvents > 0) await pause(delivery.chunkDelayMs, signal);
    if (signal.aborted) return "client gone";
    const bytes = Buffer.from(eventText(event));
    const allowed =
      fault?.kind === "cut" && fault.afterBytes !== undefined ? fault.afterBytes - sentBytes : bytes.length;
    await write(response, bytes.subarray(0, Math.max(0, allowed)));
    sentBytes += bytes.length;
    if (allowed < bytes.length) return cut(response, fault?.kind === "cut" && fault.cleanly === true);
  }
  response.end();
  return "complete";
}

async function breakStream(delivery: Delivery, sentEvents: number): Promise<Ending | undefined> {
  const { fault, response, requestId } = delivery;
  if (fault === undefined || !("afterEvents" in fault) || fault.afterEvents !== sentEvents) return undefined;
  if (fault.kind === "hang") return hang(delivery);
  if (fault.kind === "cut") return cut(response, fault.cleanly === true);
  const type = fault.error ?? "overloaded_error";
  const refused = refusal(type, type === "api_error" ? "Internal server error" : "Overloaded");
  response.end(`event: error\ndata: ${JSON.stringify(refusalBody(refused, requestId))}\n\n`);
  return "error event";
}

function cut(response: ServerResponse, cleanly: boolean): Ending {
  if (cleanly) response.end();
  else response.destroy();
  return "cut";
}

async function hang({ signal }: Delivery): Promise<Ending> {
  await untilAborted(signal);
  return "client gone";
}

/** Waits this long, or until the signal comes. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Resolves once the bytes are with the system, or the connection is gone. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0 || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.write(bytes, () => resolve());
  });
}
