// Stands between a table and its functions as Lambda's event source mappings do: polls the stream, calls the readers.
import { createHash } from "node:crypto";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type Shard,
  type _Record as StoredRecord,
} from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { clientSettings } from "./client-settings.ts";
import { pause } from "./pause.ts";
import { seededRandom } from "./random.ts";
import { compileFilter } from "./stream-filter.ts";
import { createLane, type DeadLetter, type Lane } from "./stream-lane.ts";
import { openPosition } from "./stream-position.ts";
import { changedNothing, toLambdaRecord } from "./stream-records.ts";

export interface StreamReader {
  name: string;
  /** Patterns of the FilterCriteria; none lets every record pass. */
  patterns: readonly object[];
  /** Rejecting, or answering with `batchItemFailures`, brings the records again. */
  invoke: (event: DynamoDBStreamEvent) => Promise<unknown>;
  /** AWS's default is 100. */
  batchSize?: number;
  batchingWindowMs?: number;
  /** Lanes that run side by side; AWS allows 1 to 10. Records of one partition key never leave their lane. */
  parallelization?: number;
  maxRetries?: number;
  retryDelayMs?: number;
  /** Whether FunctionResponseTypes holds ReportBatchItemFailures. */
  reportBatchItemFailures?: boolean;
}

export interface StreamOptions {
  endpoint: string;
  tableName: string;
  readers: readonly StreamReader[];
  /** Lambda polls a shard four times a second; locally there is no reason to wait that long. */
  pollMs?: number;
  /** Name of the table's hash key: it decides the lane. */
  partitionKey?: string;
  /** Share of batches delivered twice, 0 to 1. */
  duplicateShare?: number;
  seed?: number;
  /** Where to remember what was delivered; without it every start begins at the stream's beginning. */
  positionFile?: string;
  /** Told of every poll that failed; the next one comes after the usual time. */
  onError?: (error: unknown) => void;
}

export interface Stream {
  /** Resolves when nothing is left to deliver; rejects when a poll fails meanwhile. */
  settled(): Promise<void>;
  /** Records that no retry could deliver, oldest first. */
  deadLetters: DeadLetter[];
  /** Waits for the invocations under way. */
  close(): Promise<void>;
}

interface Reader {
  passes: (record: DynamoDBRecord) => boolean;
  lanes: Lane[];
}

/** AWS lets at most two readers poll a shard without throttling them. */
const MAX_READERS = 2;
/** Both images of a record can be 800 KB, and the local server does not stop at 1 MB as AWS does. */
const MAX_RECORDS_PER_POLL = 50;

/** Starts delivery from the beginning of the stream or the saved position. Throws when the table has no usable one. */
export async function startStream(options: StreamOptions): Promise<Stream> {
  const { pollMs = 50, partitionKey = "pk", duplicateShare = 0.05, onError = printError } = options;
  if (options.readers.length > MAX_READERS) {
    throw new Error(`A DynamoDB stream serves ${MAX_READERS} readers, not ${options.readers.length}.`);
  }
  const client = new DynamoDBStreamsClient({ ...clientSettings, endpoint: options.endpoint });
  const closing = new AbortController();
  const deadLetters: DeadLetter[] = [];
  const random = seededRandom(options.seed ?? 1);
  const readers = options.readers.map((reader) =>
    openReader(reader, () => random() < duplicateShare, deadLetters),
  );
  const streamArn = await findStream(client, options.tableName);
  const position = openPosition(streamArn, options.positionFile);
  /** Iterators of the shards that are open; a shard that was read to its end has null. */
  const iterators = new Map<string, string | null>();
  let waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  const idle = () => readers.every((reader) => reader.lanes.every((lane) => lane.idle()));

  function route(shardId: string, stored: StoredRecord): void {
    const record = toLambdaRecord(stored, streamArn);
    const key = record.dynamodb?.Keys?.[partitionKey]?.S;
    if (key === undefined) throw new Error(`A stream record has no string key "${partitionKey}".`);
    const takers = changedNothing(stored) ? [] : readers.filter((reader) => reader.passes(record));
    const delivery = position.opened(shardId, stored.dynamodb?.SequenceNumber ?? "", takers.length);
    for (const { lanes } of takers) lanes[laneOf(key, lanes.length)]?.add(record, delivery);
  }

  /** Reads every open shard once and returns how many records there were. */
  async function poll(): Promise<number> {
    if (iterators.size === 0) await openShards(client, streamArn, iterators, position.after);
    let count = 0;
    let shardEnded = false;
    for (const [shardId, iterator] of iterators) {
      if (iterator === null) continue;
      const page = await client.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: MAX_RECORDS_PER_POLL }),
      );
      iterators.set(shardId, page.NextShardIterator ?? null);
      shardEnded ||= page.NextShardIterator === undefined;
      for (const record of page.Records ?? []) route(shardId, record);
      count += page.Records?.length ?? 0;
    }
    if (shardEnded) await openShards(client, streamArn, iterators, position.after);
    return count;
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const wasIdle = idle();
      const asked = waiting.length;
      let count = 0;
      try {
        count = await poll();
        if (count === 0 && wasIdle && idle()) for (const { resolve } of waiting.splice(0, asked)) resolve();
      } catch (error) {
        // The iterators may be worth nothing now: begin anew behind the last record that was read.
        iterators.clear();
        for (const { reject } of waiting.splice(0)) reject(error);
        onError(error);
      }
      if (count < MAX_RECORDS_PER_POLL) await pause(pollMs, closing.signal);
    }
  }

  const work = run();
  return {
    deadLetters,
    settled() {
      if (closing.signal.aborted) return Promise.reject(new Error("The stream is closed."));
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
      });
    },
    async close() {
      closing.abort();
      await work;
      await Promise.all(readers.flatMap((reader) => reader.lanes.map((lane) => lane.close())));
      for (const { reject } of waiting) reject(new Error("The stream was closed."));
      waiting = [];
      client.destroy();
    },
  };
}

function openReader(reader: StreamReader, loseSuccess: () => boolean, deadLetters: DeadLetter[]): Reader {
  const { parallelization = 4, batchSize = 100 } = reader;
  if (!Number.isInteger(parallelization) || parallelization < 1 || parallelization > 10) {
    throw new Error(`Reader ${reader.name}: the parallelization factor is 1 to 10, not ${parallelization}.`);
  }
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) {
    throw new Error(`Reader ${reader.name}: the batch size is 1 to 10,000, not ${batchSize}.`);
  }
  const lanes = Array.from({ length: parallelization }, () =>
    createLane({
      reader: reader.name,
      invoke: reader.invoke,
      batchSize,
      windowMs: reader.batchingWindowMs ?? 0,
      maxRetries: reader.maxRetries ?? 3,
      retryDelayMs: reader.retryDelayMs ?? 100,
      reportBatchItemFailures: reader.reportBatchItemFailures ?? true,
      loseSuccess,
      onDeadLetter: (letter) => deadLetters.push(letter),
    }),
  );
  return { passes: compileFilter(reader.patterns), lanes };
}

function laneOf(key: string, lanes: number): number {
  return createHash("md5").update(key).digest().readUInt32BE() % lanes;
}

async function findStream(client: DynamoDBStreamsClient, tableName: string): Promise<string> {
  const { Streams } = await client.send(new ListStreamsCommand({ TableName: tableName }));
  const arn = Streams?.at(-1)?.StreamArn;
  if (arn === undefined)
    throw new Error(`The table ${tableName} has no stream: enable one when creating it.`);
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn: arn }));
  if (StreamDescription?.StreamViewType !== "NEW_AND_OLD_IMAGES") {
    throw new Error(
      `The table ${tableName} streams ${StreamDescription?.StreamViewType}: create the local one with NEW_AND_OLD_IMAGES, so that writes which changed nothing can be left out. The readers see keys only all the same.`,
    );
  }
  return arn;
}

/**
 * Finds the shards that are not known yet and opens each behind the last record that was read of it. A shard follows
 * its parent: it stays closed until that one is read to its end.
 */
async function openShards(
  client: DynamoDBStreamsClient,
  streamArn: string,
  iterators: Map<string, string | null>,
  after: (shardId: string) => string | undefined,
): Promise<void> {
  const shards: Shard[] = [];
  let last: string | undefined;
  do {
    const page: { StreamDescription?: { Shards?: Shard[]; LastEvaluatedShardId?: string } } =
      await client.send(new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: last }));
    shards.push(...(page.StreamDescription?.Shards ?? []));
    last = page.StreamDescription?.LastEvaluatedShardId;
  } while (last !== undefined);
  for (const { ShardId, ParentShardId = "" } of shards) {
    if (ShardId === undefined || iterators.has(ShardId) || iterators.get(ParentShardId)) continue;
    const read = after(ShardId);
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId,
        ...(read === undefined
          ? { ShardIteratorType: "TRIM_HORIZON" as const }
          : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER" as const, SequenceNumber: read }),
      }),
    );
    iterators.set(ShardId, ShardIterator ?? null);
  }
}

function printError(error: unknown): void {
  process.stderr.write(`stream: ${error instanceof Error ? error.message : String(error)}\n`);
}
