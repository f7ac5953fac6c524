// What people write in the job's thread while the agent works: each message is given to the model once.
import { messagesEveryMs } from "@cody/core/limits.ts";
import { type Ask, noted } from "@cody/core/schema.ts";

interface Sources {
  /** All asks of the job. */
  read: () => Promise<Ask[]>;
  /** Ids of those that the conversation holds already. */
  heard: Iterable<string>;
  /** A message in words for the model. */
  wordsOf: (ask: Ask) => string;
  now: () => number;
}

/** Words for the model, and the ids of what they say. */
export interface News {
  words: string[];
  ids: string[];
}

export class ThreadMessages {
  readonly #sources: Sources;
  readonly #heard: Set<string>;
  #waiting: Ask[] = [];
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(sources: Sources) {
    this.#sources = sources;
    this.#heard = new Set(sources.heard);
  }

  /** Whether somebody wrote what the model does not know yet, as of now. */
  async isWaiting(): Promise<boolean> {
    await this.#read();
    return this.#waiting.length > 0;
  }

  /** Everything new since the last time. Whoever takes it stores the ids with the turn that gives the words. */
  async take(): Promise<News> {
    if (this.#sources.now() - this.#readAt >= messagesEveryMs) await this.#read();
    const asks = this.#waiting;
    this.#waiting = [];
    for (const { id } of asks) this.#heard.add(id);
    return { words: asks.map(this.#sources.wordsOf), ids: asks.map(({ id }) => id) };
  }

  async #read(): Promise<void> {
    const { read, now } = this.#sources;
    this.#readAt = now();
    const asks = await read();
    this.#waiting = asks
      .filter((ask) => isForRunners(ask) && !this.#heard.has(ask.id))
      .toSorted((one, other) => one.at - other.at);
  }
}

/** What answered a question of another run is not meant for this one. */
function isForRunners({ kind, answer }: Ask): boolean {
  return kind === "message" && (answer === undefined || answer === noted);
}
