// Remembers how far a stream has been delivered, so that a restart goes on there and not at the beginning.
import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** The sequence number of the last record of each shard before which everything is delivered. */
type Positions = Record<string, string>;

export interface Delivery {
  /** To be called once by each reader that took the record. */
  done(): void;
}

export interface StreamPosition {
  /** Where to go on reading a shard; undefined means at its beginning. */
  after(shardId: string): string | undefined;
  /** Registers a record that was read, and how many readers have yet to deliver it. */
  opened(shardId: string, sequenceNumber: string, readers: number): Delivery;
}

/**
 * Keeps positions in a file, or in memory without one. A file of another stream counts for nothing: a table that was
 * made anew numbers its records from the beginning.
 */
export function openPosition(streamArn: string, file?: string): StreamPosition {
  const positions: Positions = file === undefined ? {} : read(file, streamArn);
  /** Undelivered records of a shard in the order they were read, each with the number of the one before it. */
  const undelivered = new Map<string, Map<string, string | undefined>>();
  const lastRead = new Map<string, string>(Object.entries(positions));

  function advance(shardId: string): void {
    const waiting = undelivered.get(shardId);
    const first = waiting?.entries().next().value;
    const position = first ? first[1] : lastRead.get(shardId);
    if (position === undefined || position === positions[shardId]) return;
    positions[shardId] = position;
    if (file !== undefined) write(file, streamArn, positions);
  }

  return {
    after: (shardId) => lastRead.get(shardId),
    opened(shardId, sequenceNumber, readers) {
      const waiting = undelivered.get(shardId) ?? new Map<string, string | undefined>();
      undelivered.set(shardId, waiting);
      if (readers > 0) waiting.set(sequenceNumber, lastRead.get(shardId));
      lastRead.set(shardId, sequenceNumber);
      if (readers === 0) advance(shardId);
      let left = readers;
      return {
        done() {
          left--;
          if (left > 0) return;
          waiting.delete(sequenceNumber);
          advance(shardId);
        },
      };
    },
  };
}

function read(file: string, streamArn: string): Positions {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  const saved = JSON.parse(text) as { streamArn: string; positions: Positions };
  return saved.streamArn === streamArn ? saved.positions : {};
}

function write(file: string, streamArn: string, positions: Positions): void {
  writeFileSync(`${file}.new`, JSON.stringify({ streamArn, positions }));
  renameSync(`${file}.new`, file);
}
