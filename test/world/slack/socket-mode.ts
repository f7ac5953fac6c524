// Socket Mode: an app that cannot be reached opens a connection itself, and Slack sends everything through that.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { isRecord, type Json } from "./json.ts";
import { acceptWebSocket, type WebSocketServer } from "./web-socket.ts";

/** What the app answered to an envelope; undefined where it only said that it has it. */
export type Acknowledgement = Json | undefined;

type EnvelopeType = "events_api" | "slash_commands" | "interactive";

/** An address can be used once, and soon. */
const ADDRESS_LIFE_MS = 30_000;

export class SocketMode {
  readonly #now: () => number;
  readonly #addresses = new Map<string, number>();
  readonly #open = new Set<WebSocketServer>();
  readonly #waiting = new Map<string, (answer: Acknowledgement) => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What `apps.connections.open` answers with. `host` without a scheme. */
  newAddress(host: string): string {
    const ticket = randomUUID();
    this.#addresses.set(ticket, this.#now() + ADDRESS_LIFE_MS);
    return `ws://${host}/link?ticket=${ticket}`;
  }

  /** A request to become a connection. */
  upgrade(request: IncomingMessage, socket: Duplex): void {
    const ticket = new URL(request.url ?? "/", "http://127.0.0.1").searchParams.get("ticket") ?? "";
    const expiresAt = this.#addresses.get(ticket);
    this.#addresses.delete(ticket);
    if (expiresAt === undefined || this.#now() > expiresAt) {
      socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n");
      return;
    }
    const connection = acceptWebSocket(request, socket, {
      onText: (text) => this.#acknowledged(text),
      onClose: () => {
        if (connection) this.#open.delete(connection);
      },
    });
    if (!connection) return;
    this.#open.add(connection);
    connection.send(JSON.stringify({ type: "hello", num_connections: this.#open.size }));
  }

  /**
   * Sends one thing through the connection that was opened last and waits for its acknowledgement. Rejects where no
   * connection is open.
   */
  async deliver(
    payload: Json,
    type: EnvelopeType,
    retry: { attempt: number; reason: string },
  ): Promise<Acknowledgement> {
    const connection = [...this.#open].at(-1);
    if (!connection) throw new Error("no connection is open");
    const id = randomUUID();
    const { promise, resolve } = Promise.withResolvers<Acknowledgement>();
    this.#waiting.set(id, resolve);
    connection.send(
      JSON.stringify({
        envelope_id: id,
        type,
        accepts_response_payload: type !== "events_api",
        payload,
        ...(type === "events_api" ? { retry_attempt: retry.attempt - 1, retry_reason: retry.reason } : {}),
      }),
    );
    return promise;
  }

  /** Has every connection opened anew, as Slack does every few hours. */
  refresh(): void {
    for (const connection of this.#open)
      connection.send(JSON.stringify({ type: "disconnect", reason: "refresh_requested" }));
  }

  close(): void {
    for (const connection of this.#open) connection.close();
  }

  #acknowledged(text: string): void {
    const answer: unknown = JSON.parse(text);
    if (!isRecord(answer) || typeof answer.envelope_id !== "string") return;
    const resolve = this.#waiting.get(answer.envelope_id);
    this.#waiting.delete(answer.envelope_id);
    resolve?.(
      isRecord(answer.payload) && Object.keys(answer.payload).length > 0 ? answer.payload : undefined,
    );
  }
}

/** What a signed request would have carried, as an envelope carries it. */
export function envelopeOf(body: string, contentType: string): { payload: Json; type: EnvelopeType } {
  if (contentType === "application/json") return { payload: JSON.parse(body), type: "events_api" };
  const fields = Object.fromEntries(new URLSearchParams(body));
  if (fields.payload === undefined) return { payload: fields, type: "slash_commands" };
  return { payload: JSON.parse(fields.payload), type: "interactive" };
}
