// What reached the workspace, kept so that a test can ask afterwards.
import { isRecord, type Json } from "./json.ts";
import type { State, StoredMessage } from "./state.ts";

export interface Call {
  method: string;
  /** Milliseconds since 1970. */
  at: number;
  ok: boolean;
  /** Slack's error code, or `http_500`, `dropped` and the like where a fault was injected. */
  error?: string;
  args: Json;
}

export interface Delivery {
  /** `command`, `block_actions`, `view_submission`… and for events the type of the event. */
  kind: string;
  at: number;
  /** HTTP status; 0 while there is no answer and where no connection came about. */
  status: number;
  ms: number;
  /** True if the answer did not come within Slack's three seconds. */
  late: boolean;
  /** 1 for the first delivery, up to 4. */
  attempt: number;
  /** What Slack disliked about the answer. */
  problem?: string;
  /** The address, bytes and headers of the request, so that a test can send it again. */
  url: string;
  body: string;
  headers: Record<string, string>;
}

export interface Broadcast {
  channel: string;
  ts: string;
  mention: string;
}

export class Recorder {
  readonly calls: Call[] = [];
  readonly deliveries: Delivery[] = [];
  /** Every `<!channel>`, `<!here>`, `<!everyone>` or group mention that the app sent, in whatever way. */
  readonly broadcasts: Broadcast[] = [];
  readonly #state: State;
  #posts = 0;
  #edits = 0;

  constructor(state: State) {
    this.#state = state;
  }

  /** Messages the app posted in whatever way, ephemeral ones included, shared files not. */
  posts(): number {
    return this.#posts;
  }

  /** Messages the app edited, by chat.update or through a response URL. */
  edits(): number {
    return this.#edits;
  }

  /** Names of the files that were completed, in order. */
  files(): string[] {
    return [...this.#state.files.values()]
      .filter((file) => file.state === "complete")
      .map((file) => file.name);
  }

  /** Calls that Slack refused or that a fault broke. */
  failures(): Call[] {
    return this.calls.filter((call) => !call.ok);
  }

  /**
   * Messages of the app that repeat an earlier one: the same metadata in one thread (or twice at the top of one
   * channel), the same text and blocks in one thread, or the same file name in one thread.
   */
  duplicates(): number {
    const seen = new Set<string>();
    const own = this.#state.allMessages().filter((message) => message.byBot && !message.ephemeralTo);
    return own.filter((message) => {
      const keys = this.#keys(message);
      const isRepeated = keys.some((key) => seen.has(key));
      for (const key of keys) seen.add(key);
      return isRepeated;
    }).length;
  }

  #keys(message: StoredMessage): string[] {
    const place = `${message.channel} ${message.threadTs ?? "top"}`;
    const { metadata } = message;
    const keys = metadata ? [`${place} ${metadata.event_type} ${canonical(metadata.event_payload)}`] : [];
    const names = message.fileIds.map((id) => `${place} file ${this.#state.files.get(id)?.name}`);
    if (names.length > 0) keys.push(...names);
    else if (message.threadTs) keys.push(`${place} asked ${message.asked}`);
    return keys;
  }

  posted(message: StoredMessage): void {
    this.#posts += 1;
    this.heard(message);
  }

  edited(message: StoredMessage): void {
    this.#edits += 1;
    this.heard(message);
  }

  /** Notes the broadcasts in what the app just sent. */
  heard(message: StoredMessage): void {
    const { channel, ts } = message;
    for (const mention of broadcastsIn([{ type: "mrkdwn", text: message.text }, message.blocks])) {
      this.broadcasts.push({ channel, ts, mention });
    }
  }
}

/** Mentions of everybody in texts that Slack parses: mrkdwn, markdown and broadcast elements of rich text. */
function broadcastsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(broadcastsIn);
  if (!isRecord(value)) return [];
  if (value.type === "broadcast") return [`<!${String(value.range)}>`];
  const isParsed = value.type === "mrkdwn" || value.type === "markdown";
  const found =
    isParsed && typeof value.text === "string"
      ? (value.text.match(/<!(channel|here|everyone|subteam\^[A-Z0-9]+)(\|[^>]*)?>/g) ?? [])
      : [];
  return [...found, ...Object.values(value).flatMap(broadcastsIn)];
}

/** JSON with sorted keys, so that equal objects give equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
