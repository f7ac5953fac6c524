// What wakes the functions: the table's stream, ends of Batch jobs, and every minute.
import { streamFilters } from "../packages/bot/stream-filters.ts";
import { titleOf } from "./function.ts";
import { documentOf } from "./permissions.ts";
import type { Programs } from "./programs.ts";
import { named } from "./stage.ts";

/** As long as SQS keeps anything: somebody may be on holiday. */
const deadLetterSeconds = 14 * 24 * 60 * 60;

/** What could not be delivered, for a person to look at. The watchdog has done what it asked for meanwhile. */
export function makeDeadLetters(): aws.sqs.Queue {
  return new aws.sqs.Queue("DeadLetters", {
    name: named("DeadLetters"),
    messageRetentionSeconds: deadLetterSeconds,
    sqsManagedSseEnabled: true,
  });
}

interface Reading {
  /** Batches of one shard at once. Records of the same item keep their order in any case. */
  lanes: number;
  attempts: number;
  /** A record says only what changed; an older one says nothing that the watchdog has not seen. */
  maxAgeSeconds: number;
}

const readings: Record<keyof typeof streamFilters, Reading> = {
  effects: { lanes: 4, attempts: 5, maxAgeSeconds: 60 * 60 },
  // A board that could not be drawn stays stale, and the next minute draws it.
  board: { lanes: 4, attempts: 2, maxAgeSeconds: 10 * 60 },
};

/** Calls `effects` and `board` with the records that they were written for, each item's in order. */
export function followStream(table: sst.aws.Dynamo, programs: Programs, deadLetters: aws.sqs.Queue): void {
  for (const name of ["effects", "board"] as const) {
    const { lanes, attempts, maxAgeSeconds } = readings[name];
    new aws.lambda.EventSourceMapping(`${titleOf(name)}Stream`, {
      eventSourceArn: table.nodes.table.streamArn,
      functionName: programs[name].lambda.name,
      // What was written while this was being made is read too.
      startingPosition: "TRIM_HORIZON",
      filterCriteria: { filters: streamFilters[name].map((filter) => ({ pattern: JSON.stringify(filter) })) },
      batchSize: 100,
      parallelizationFactor: lanes,
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: attempts,
      maximumRecordAgeInSeconds: maxAgeSeconds,
      // The other one handles a batch as a whole.
      ...(name === "effects" ? { functionResponseTypes: ["ReportBatchItemFailures"] } : {}),
      destinationConfig: { onFailure: { destinationArn: deadLetters.arn } },
    });
  }
}

/** Calls the watchdog when a job of the queue ends, and every minute. */
export function wakeWatchdog(
  queue: aws.batch.JobQueue,
  { watchdog }: Programs,
  deadLetters: aws.sqs.Queue,
): void {
  const ends = wake("JobEnds", watchdog.lambda, {
    description: "Batch jobs of Cody's queue that ended",
    // Rules without a bus are of the default one, where AWS services send.
    eventPattern: $jsonStringify({
      source: ["aws.batch"],
      "detail-type": ["Batch Job State Change"],
      detail: { status: ["SUCCEEDED", "FAILED"], jobQueue: [queue.arn] },
    }),
    target: {
      retryPolicy: { maximumEventAgeInSeconds: 60 * 60, maximumRetryAttempts: 10 },
      deadLetterConfig: { arn: deadLetters.arn },
    },
  });
  wake("EveryMinute", watchdog.lambda, {
    description: "Cody's look around",
    scheduleExpression: "rate(1 minute)",
    // The next one comes before this one could be repeated.
    target: { retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 } },
  });
  new aws.sqs.QueuePolicy("DeadLettersPolicy", {
    queueUrl: deadLetters.url,
    policy: documentOf([
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: deadLetters.arn,
        Condition: { ArnEquals: { "aws:SourceArn": ends.arn } },
      },
    ]),
  });
  // EventBridge has its answer before the function begins; it is Lambda that calls again when the function fails.
  new aws.lambda.FunctionEventInvokeConfig("WatchdogCalls", {
    functionName: watchdog.lambda.name,
    maximumRetryAttempts: 1,
    maximumEventAgeInSeconds: 5 * 60,
    destinationConfig: { onFailure: { destination: deadLetters.arn } },
  });
}

/**
 * Calls the slack program now and then with what is no request, which it answers as such. Lambda ends a process that
 * nobody called for some minutes, and a new one starts while a person waits.
 */
export function keepReady({ slack }: Programs): void {
  wake("StayReady", slack.lambda, {
    description: "Keeps a process of Cody's slack program ready",
    scheduleExpression: "rate(5 minutes)",
    target: { retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 } },
  });
}

/** A rule of the default bus whose one target is the function. */
function wake(
  name: string,
  lambda: sst.aws.Function,
  { target, ...rule }: aws.cloudwatch.EventRuleArgs & { target: Partial<aws.cloudwatch.EventTargetArgs> },
): aws.cloudwatch.EventRule {
  const made = new aws.cloudwatch.EventRule(name, { name: named(name), ...rule });
  new aws.cloudwatch.EventTarget(`${name}Target`, { ...target, rule: made.name, arn: lambda.arn });
  new aws.lambda.Permission(`${name}Permission`, {
    action: "lambda:InvokeFunction",
    function: lambda.name,
    principal: "events.amazonaws.com",
    sourceArn: made.arn,
  });
  return made;
}
