// The program that makes the outside follow the table: for every job that changed, it does what is due.
import { withSecrets } from "@cody/core/adapters/secrets.ts";
import { readConfig, secretsIn } from "@cody/core/config.ts";
import { programLog } from "@cody/core/log.ts";
import { once } from "@cody/core/once.ts";
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { attend } from "./effects/attend.ts";
import type { EffectContext } from "./effects/context.ts";
import { refreshCatalogue } from "./effects/refresh-catalogue.ts";
import { effectContext } from "./program.ts";

const started = once(async () => start(await withSecrets(process.env)));

/** The Lambda handler of the stream. A record says only what changed; everything else is read afresh. */
export async function handler(event: DynamoDBStreamEvent, _context: unknown): Promise<DynamoDBBatchResponse> {
  return followStream(event, await started());
}

function start(env: NodeJS.ProcessEnv): EffectContext {
  const config = readConfig("effects", env);
  return effectContext(config, programLog("effects", config.LOG_LEVEL, secretsIn(config)));
}

/** Does what is due for everything that the records name; names the first record that has to come again. */
async function followStream(
  event: DynamoDBStreamEvent,
  context: EffectContext,
): Promise<DynamoDBBatchResponse> {
  const done = new Set<string>();
  for (const record of event.Records) {
    const name = keyOf(record);
    if (done.has(name)) continue;
    try {
      await follow(record, context);
      done.add(name);
    } catch (error) {
      context.log.error("effects failed and will be tried again", { of: name, error });
      // Lambda goes on from the first failure it is told of; what comes after it in the stream comes again.
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? "" }] };
    }
  }
  await attendWaiting(context);
  return { batchItemFailures: [] };
}

async function follow(record: DynamoDBRecord, context: EffectContext): Promise<void> {
  const [kind, id = ""] = keyOf(record).split("#");
  if (kind === "JOB") await attend(id, context);
  if (kind === "TEAM") await refreshIfWanted(id, context);
  if (kind === "KEY") await attendAll(context);
}

/** The spend limit of the key concerns every job. One that fails must not keep the others; the next minute tries again. */
async function attendAll(context: EffectContext): Promise<void> {
  for (const job of await context.store.jobs.open()) {
    try {
      await attend(job, context);
    } catch (error) {
      context.log.error("a job could not be looked after", { job, error });
    }
  }
}

async function refreshIfWanted(team: string, context: EffectContext): Promise<void> {
  const known = (await context.store.teams.known()).find((one) => one.team === team);
  if (known?.wantedAt !== undefined) await refreshCatalogue(team, context);
}

/** A run that ended makes room for one of another job, which no record names. */
async function attendWaiting(context: EffectContext): Promise<void> {
  const open = await context.store.jobs.openRuns();
  const waiting = open.filter(({ state }) => state === "queued");
  const places = context.maxRuns - (open.length - waiting.length);
  const jobs = new Set(waiting.slice(0, Math.max(0, places)).map(({ job }) => job));
  for (const job of jobs) await attend(job, context);
}

function keyOf(record: DynamoDBRecord): string {
  return record.dynamodb?.Keys?.pk?.S ?? "";
}
