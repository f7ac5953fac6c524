// Everything the workspace remembers: people, channels, messages, files, views, triggers, response URLs.
import type { Block } from "./blocks.ts";
import type { Channel, FormValues, Person } from "./contract.ts";
import type { Json } from "./json.ts";

export interface Metadata {
  event_type: string;
  event_payload: Json;
}

export interface StoredMessage {
  channel: string;
  ts: string;
  threadTs?: string;
  user: string;
  byBot: boolean;
  text: string;
  blocks: Block[];
  fileIds: string[];
  metadata?: Metadata;
  editedAt?: string;
  ephemeralTo?: string;
  /** A reply that is also shown in the channel. */
  broadcast?: boolean;
  /** Left in place of a deleted message whose thread goes on. */
  tombstone?: boolean;
  reactions: { name: string; users: string[] }[];
  /** Text and blocks as they were asked for at posting: two equal ones are a duplicate. */
  asked: string;
}

export interface StoredFile {
  id: string;
  name: string;
  title: string;
  /** Bytes the app announced before it uploaded. */
  announcedBytes: number;
  bytes?: Buffer;
  state: "announced" | "uploaded" | "complete";
  user: string;
  createdAtMs: number;
  shares: { channel: string; ts: string; threadTs?: string }[];
}

export interface ViewJson extends Json {
  id: string;
  type: "modal" | "home";
  blocks: Block[];
  hash: string;
  external_id: string;
  state: { values: FormValues };
  root_view_id: string;
  previous_view_id: string | null;
}

export interface StoredView {
  user: string;
  json: ViewJson;
  /** Options that the app offered while this view was open, by block, action and value. */
  offered: Map<string, Json>;
}

export interface Trigger {
  user: string;
  expiresAtMs: number;
  used: boolean;
  /** The view the interaction happened in; only such a trigger can push. */
  viewId?: string;
}

export interface ResponseUrl {
  channel: string;
  user: string;
  /** The message whose button was pressed; a command has none. */
  original?: string;
  usesLeft: number;
  expiresAtMs: number;
}

/** Who could see what changed: the members of a channel, one person, or everybody. */
export type Audience = { channel: string } | { user: string } | "everybody";

export class State {
  readonly people = new Map<string, Person>();
  readonly channels = new Map<string, Channel>();
  readonly files = new Map<string, StoredFile>();
  readonly triggers = new Map<string, Trigger>();
  readonly responseUrls = new Map<string, ResponseUrl>();
  /** The stack of open forms of each person, the topmost last. */
  readonly modals = new Map<string, StoredView[]>();
  readonly homes = new Map<string, StoredView>();
  /** The messages of each channel, oldest first: a new one always has the latest moment. */
  readonly #messages = new Map<string, StoredMessage[]>();
  readonly #listeners = new Set<(audience: Audience) => void>();
  readonly #now: () => number;
  #lastMicros = 0;
  #count = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** An id that looks like Slack's: a letter or two and nine characters. */
  id(prefix: string): string {
    this.#count += 1;
    return `${prefix}0${this.#count.toString(36).toUpperCase().padStart(8, "0")}`;
  }

  /** A moment that no other message has, seconds with six decimals. */
  nextTs(): string {
    this.#lastMicros = Math.max(this.#now() * 1000, this.#lastMicros + 1);
    const micros = Math.floor(this.#lastMicros);
    return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, "0")}`;
  }

  addMessage(message: StoredMessage): void {
    const messages = this.#messages.get(message.channel) ?? [];
    this.#messages.set(message.channel, messages);
    messages.push(message);
    this.changed(message.ephemeralTo ? { user: message.ephemeralTo } : { channel: message.channel });
  }

  message(channel: string, ts: string): StoredMessage | undefined {
    return this.messages(channel).find((message) => message.ts === ts);
  }

  removeMessage(message: StoredMessage): void {
    const rest = this.messages(message.channel).filter((one) => one !== message);
    this.#messages.set(message.channel, rest);
    this.changed({ channel: message.channel });
  }

  /** The messages of a channel, oldest first. */
  messages(channel: string): readonly StoredMessage[] {
    return this.#messages.get(channel) ?? [];
  }

  allMessages(): StoredMessage[] {
    return [...this.#messages.values()].flat();
  }

  replies(channel: string, threadTs: string): StoredMessage[] {
    return this.messages(channel).filter((message) => message.threadTs === threadTs && !message.ephemeralTo);
  }

  /** The direct channel of the app with a person. */
  directChannel(user: string): Channel | undefined {
    return [...this.channels.values()].find(
      (channel) => channel.kind === "direct" && channel.members.includes(user),
    );
  }

  /** A view by its id, if it is still open or published. */
  view(id: string): StoredView | undefined {
    return this.views().find((view) => view.json.id === id);
  }

  views(): StoredView[] {
    return [...[...this.modals.values()].flat(), ...this.homes.values()];
  }

  /** The forms a person has open, the topmost last. */
  stack(user: string): StoredView[] {
    const stack = this.modals.get(user) ?? [];
    this.modals.set(user, stack);
    return stack;
  }

  onChange(listener: (audience: Audience) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(audience: Audience): void {
    for (const listener of this.#listeners) listener(audience);
  }

  /** True if this person is shown this channel. */
  sees(user: string, channel: Channel): boolean {
    const { guest, singleChannelGuest, otherTeam } = this.people.get(user) ?? {};
    const isFullMember = !(guest || singleChannelGuest || otherTeam);
    return channel.members.includes(user) || (channel.kind === "public" && isFullMember);
  }
}
