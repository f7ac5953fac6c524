// One lane of a stream reader: its records in order, in batches, split, retried and given up as Lambda does it.
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { isThrottled } from "./lambda.ts";
import { pause } from "./pause.ts";
import type { Delivery } from "./stream-position.ts";

export interface DeadLetter {
  reader: string;
  condition: "RetryAttemptsExhausted";
  approximateInvokeCount: number;
  records: DynamoDBRecord[];
  /** What the function said the last time. */
  error: string;
}

export interface LaneSettings {
  reader: string;
  invoke: (event: DynamoDBStreamEvent) => Promise<unknown>;
  batchSize: number;
  /** How long an incomplete batch waits for more records. */
  windowMs: number;
  /** Further tries of a record that is alone in its batch; splitting a batch uses up none of them. */
  maxRetries: number;
  /** Before the first retry; doubles with each, up to two seconds. */
  retryDelayMs: number;
  reportBatchItemFailures: boolean;
  /** Asked after each success: true loses the success, as at-least-once delivery now and then does. */
  loseSuccess: () => boolean;
  onDeadLetter: (letter: DeadLetter) => void;
}

export interface Lane {
  add(record: DynamoDBRecord, delivery: Delivery): void;
  idle(): boolean;
  /** Waits for the invocation under way; what is still queued stays undelivered. */
  close(): Promise<void>;
}

interface Entry {
  record: DynamoDBRecord;
  delivery: Delivery;
}

/** Records that are invoked together, and how often that was tried. */
interface Piece {
  entries: Entry[];
  retries: number;
  invocations: number;
}

interface Failure {
  /** Index of the first record that was not handled. */
  from: number;
  error: string;
  /** The function had no environment left, and so did not even begin. */
  throttled?: boolean;
}

const MAX_RETRY_DELAY_MS = 2_000;

export function createLane(settings: LaneSettings): Lane {
  const queue: Entry[] = [];
  const closing = new AbortController();
  let busy = false;
  let filled = new AbortController();
  let work: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (queue.length > 0 && !closing.signal.aborted) {
      if (settings.windowMs > 0 && queue.length < settings.batchSize) {
        filled = new AbortController();
        await pause(settings.windowMs, AbortSignal.any([filled.signal, closing.signal]));
      }
      const entries = queue.splice(0, settings.batchSize);
      const pieces: Piece[] = [{ entries, retries: 0, invocations: 0 }];
      for (let piece = pieces.pop(); piece && !closing.signal.aborted; piece = pieces.pop()) {
        pieces.push(...(await deliver(piece)));
      }
    }
    busy = false;
  }

  /** Invokes once and returns what is left to do, the next piece last. */
  async function deliver(piece: Piece): Promise<Piece[]> {
    const { entries, retries } = piece;
    const invocations = piece.invocations + 1;
    const failure = await invoke(entries);
    if (failure?.throttled) {
      await pause(settings.retryDelayMs, closing.signal);
      return [{ entries, retries, invocations }];
    }
    for (const entry of entries.slice(0, failure?.from)) entry.delivery.done();
    if (!failure) return [];
    const rest = entries.slice(failure.from);
    if (failure.from > 0) return [{ entries: rest, retries, invocations }];
    if (rest.length > 1) {
      const middle = Math.ceil(rest.length / 2);
      return [rest.slice(middle), rest.slice(0, middle)].map((half) => ({
        entries: half,
        retries,
        invocations,
      }));
    }
    if (retries < settings.maxRetries) {
      await pause(Math.min(settings.retryDelayMs * 2 ** retries, MAX_RETRY_DELAY_MS), closing.signal);
      return [{ entries: rest, retries: retries + 1, invocations }];
    }
    settings.onDeadLetter({
      reader: settings.reader,
      condition: "RetryAttemptsExhausted",
      approximateInvokeCount: invocations,
      records: rest.map((entry) => entry.record),
      error: failure.error,
    });
    for (const entry of rest) entry.delivery.done();
    return [];
  }

  async function invoke(entries: Entry[]): Promise<Failure | undefined> {
    const records = entries.map((entry) => entry.record);
    const failure = await invokeOnce(records);
    return failure === undefined && settings.loseSuccess() ? invokeOnce(records) : failure;
  }

  async function invokeOnce(records: DynamoDBRecord[]): Promise<Failure | undefined> {
    try {
      const answer = await settings.invoke({ Records: structuredClone(records) });
      return settings.reportBatchItemFailures ? reportedFailure(answer, records) : undefined;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { from: 0, error: text, throttled: isThrottled(error) };
    }
  }

  return {
    add(record, delivery) {
      queue.push({ record, delivery });
      if (queue.length >= settings.batchSize) filled.abort();
      if (busy) return;
      busy = true;
      // Not at once: records that were read together belong into one batch.
      work = Promise.resolve().then(run);
    },
    idle: () => !busy,
    async close() {
      closing.abort();
      await work;
    },
  };
}

/**
 * What a function's `batchItemFailures` mean: the lowest number named is where delivery goes on; none is a success;
 * a name that is empty, missing or of no record in the batch is a failure of the whole batch.
 */
function reportedFailure(answer: unknown, records: DynamoDBRecord[]): Failure | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  const named: unknown = "batchItemFailures" in answer ? answer.batchItemFailures : undefined;
  if (!Array.isArray(named) || named.length === 0) return undefined;
  const positions = named.map((item: { itemIdentifier?: unknown } | null) =>
    records.findIndex((record) => record.dynamodb?.SequenceNumber === item?.itemIdentifier),
  );
  return { from: Math.max(0, Math.min(...positions)), error: `batchItemFailures: ${JSON.stringify(named)}` };
}
