// Signed requests from Slack to the app: three seconds, and three repetitions for events.
import { createHmac } from "node:crypto";
import type { Faults } from "./faults.ts";
import { isRecord, type Json } from "./json.ts";
import type { Limits } from "./limits.ts";
import type { Delivery, Recorder } from "./record.ts";
import { envelopeOf, type SocketMode } from "./socket-mode.ts";
import type { Tasks } from "./tasks.ts";

export interface DelivererParts {
  /** Read at each delivery, so that the app may start later or move. */
  requestUrl: () => string;
  signingSecret: string;
  limits: Limits;
  record: Recorder;
  faults: Faults;
  tasks: Tasks;
  now: () => number;
  /** Where the app is reached through a connection of its own; by requests, where it is left out. */
  socket?: SocketMode;
}

export interface Answer {
  /** True if the app answered 2xx in time. */
  isGood: boolean;
  /** Slack's name for what went wrong. */
  failure?: "operation_timeout" | "dispatch_failed";
  /** The answer's text, and the same parsed if it is a JSON object. */
  text: string;
  json?: Json;
  /** What the records say; a dislike of the answer is noted here. */
  delivery: Delivery;
}

/** The three headers of a signed request of Slack. */
export function signedHeaders(secret: string, seconds: number, body: string): Record<string, string> {
  const signature = createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex");
  return { "x-slack-request-timestamp": String(seconds), "x-slack-signature": `v0=${signature}` };
}

const form = "application/x-www-form-urlencoded";

export class Deliverer {
  readonly #parts: DelivererParts;

  constructor(parts: DelivererParts) {
    this.#parts = parts;
  }

  /** A slash command: plain form fields. Never repeated. */
  async command(fields: Record<string, string>): Promise<Answer> {
    return await this.#send("command", new URLSearchParams(fields).toString(), form, 1);
  }

  /** An interaction: JSON in the form field `payload`. Never repeated. */
  async interaction(payload: Json): Promise<Answer> {
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    return await this.#send(String(payload.type), body, form, 1);
  }

  /** An event in its envelope; goes out at once and is repeated if it is not answered. */
  event(envelope: Json): void {
    const kind = String(isRecord(envelope.event) ? envelope.event.type : envelope.type);
    const copies = this.#parts.faults.takeRepeat() ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      this.#parts.tasks.run(this.#event(kind, JSON.stringify(envelope), 1, {}));
    }
  }

  async #event(kind: string, body: string, attempt: number, headers: Record<string, string>): Promise<void> {
    const { delivery, isGood, noRetry } = await this.#send(kind, body, "application/json", attempt, headers);
    const delayMs = this.#parts.limits.eventRetryDelaysMs[attempt - 1];
    if (isGood || noRetry || delayMs === undefined || this.#parts.tasks.closing.aborted) return;
    const retry = { "x-slack-retry-num": String(attempt), "x-slack-retry-reason": reason(delivery) };
    if (delayMs === 0) return await this.#event(kind, body, attempt + 1, retry);
    const { tasks } = this.#parts;
    tasks.schedule(delayMs, () => tasks.run(this.#event(kind, body, attempt + 1, retry)));
  }

  async #send(
    kind: string,
    body: string,
    contentType: string,
    attempt: number,
    more: Record<string, string> = {},
  ): Promise<Answer & { noRetry: boolean }> {
    const { requestUrl, signingSecret, record, limits, tasks, now } = this.#parts;
    const headers = {
      "content-type": contentType,
      "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
      ...signedHeaders(signingSecret, Math.floor(now() / 1000), body),
      ...more,
    };
    const delivery: Delivery = {
      kind,
      at: now(),
      status: 0,
      ms: 0,
      late: false,
      attempt,
      url: requestUrl(),
      body,
      headers,
    };
    record.deliveries.push(delivery);
    const exchange = this.#exchange(delivery);
    tasks.run(exchange);
    const answer = await inTime(exchange, limits.answerWithinMs);
    if (answer === undefined) {
      delivery.late = true;
      return { isGood: false, failure: "operation_timeout", text: "", delivery, noRetry: false };
    }
    const isGood = delivery.status >= 200 && delivery.status < 300;
    return {
      isGood,
      failure: isGood ? undefined : "dispatch_failed",
      text: answer.text,
      json: jsonObject(answer.text),
      delivery,
      noRetry: answer.noRetry,
    };
  }

  /** One request and its answer, noted in the records even if it comes too late. */
  async #exchange(delivery: Delivery): Promise<{ text: string; noRetry: boolean }> {
    const startedAt = performance.now();
    const { socket } = this.#parts;
    try {
      if (socket) return await throughSocket(socket, delivery);
      const response = await fetch(delivery.url, {
        method: "POST",
        headers: delivery.headers,
        body: delivery.body,
        redirect: "manual",
        signal: this.#parts.tasks.closing,
      });
      const text = await response.text();
      delivery.status = response.status;
      return { text, noRetry: response.headers.get("x-slack-no-retry") === "1" };
    } catch (error) {
      // Nobody listens there, or the connection broke: for Slack this is a failed delivery like any other.
      delivery.problem = `no answer: ${error instanceof Error ? error.message : String(error)}`;
      return { text: "", noRetry: false };
    } finally {
      delivery.ms = Math.round(performance.now() - startedAt);
    }
  }
}

/** Nothing is signed there: the connection was opened with a secret. */
async function throughSocket(
  socket: SocketMode,
  delivery: Delivery,
): Promise<{ text: string; noRetry: boolean }> {
  const { body, headers, attempt } = delivery;
  const { payload, type } = envelopeOf(body, headers["content-type"] ?? "");
  const answer = await socket.deliver(payload, type, {
    attempt,
    reason: headers["x-slack-retry-reason"] ?? "",
  });
  delivery.status = 200;
  return { text: answer === undefined ? "" : JSON.stringify(answer), noRetry: false };
}

function reason(delivery: Delivery): string {
  if (delivery.late) return "http_timeout";
  if (delivery.status === 0) return "connection_failed";
  return delivery.status >= 300 && delivery.status < 400 ? "too_many_redirects" : "http_error";
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function jsonObject(source: string): Json | undefined {
  if (!source.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(source);
    return isRecord(value) ? value : undefined;
  } catch {
    // An answer may be plain text that only begins like JSON.
    return undefined;
  }
}
