// Turns what a local stream holds into what AWS Lambda would hand to a function: keys only, real changes only.
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { AttributeValue, _Record as StoredRecord } from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBRecord } from "aws-lambda";
import { region } from "./client-settings.ts";

type Item = Record<string, AttributeValue>;

/**
 * True for a write that left the item as it was. AWS writes no stream record for those; the local server does, so
 * the local table streams both images and this compares them. Sets have no order.
 */
export function changedNothing(record: StoredRecord): boolean {
  const { OldImage: before, NewImage: after } = record.dynamodb ?? {};
  if (record.eventName !== "MODIFY" || before === undefined || after === undefined) return false;
  return isDeepStrictEqual(comparable(before), comparable(after));
}

function comparable(item: Item): unknown {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, comparableValue(value)]));
}

function comparableValue(value: AttributeValue): unknown {
  if (value.M) return { M: comparable(value.M) };
  if (value.L) return { L: value.L.map(comparableValue) };
  if (value.SS) return { SS: value.SS.toSorted() };
  if (value.NS) return { NS: value.NS.toSorted() };
  if (value.BS) return { BS: value.BS.map((bytes) => Buffer.from(bytes).toString("hex")).toSorted() };
  return value;
}

/** The record as a function sees it on a KEYS_ONLY stream, whatever the local table streams. */
export function toLambdaRecord(record: StoredRecord, streamArn: string): DynamoDBRecord {
  const stored = record.dynamodb;
  const { eventName } = record;
  if (!stored?.Keys || !stored.SequenceNumber || !eventName) {
    throw new Error(`A stream record lacks its keys, number or event name: ${JSON.stringify(record)}`);
  }
  const arn = inRegion(streamArn);
  return {
    eventID: createHash("md5").update(`${arn} ${stored.SequenceNumber}`).digest("hex"),
    eventName,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor((stored.ApproximateCreationDateTime?.getTime() ?? 0) / 1000),
      Keys: stored.Keys as NonNullable<DynamoDBRecord["dynamodb"]>["Keys"],
      SequenceNumber: sequenceNumber(stored.SequenceNumber),
      SizeBytes: JSON.stringify(stored.Keys).length,
      StreamViewType: "KEYS_ONLY",
    },
    eventSourceARN: arn,
  };
}

/** AWS numbers have 21 to 40 digits; a small local one would hide code that loses digits in a JavaScript number. */
function sequenceNumber(stored: string): string {
  return stored.length >= 21 ? stored : `1${stored.padStart(26, "0")}`;
}

/** Local servers put a name of their own where the region stands. */
function inRegion(arn: string): string {
  const parts = arn.split(":");
  parts[3] = region;
  return parts.join(":");
}
