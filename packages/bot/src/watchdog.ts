// The program that closes what would hang: it hears of every Batch job that ends, and looks around every minute.
import { randomUUID } from "node:crypto";
import { withSecrets } from "@cody/core/adapters/secrets.ts";
import { readConfig, secretsIn } from "@cody/core/config.ts";
import { maxLooksPerMinute, repositoriesFreshMs } from "@cody/core/limits.ts";
import { programLog } from "@cody/core/log.ts";
import { once } from "@cody/core/once.ts";
import type { EventBridgeEvent, ScheduledEvent } from "aws-lambda";
import * as z from "zod";
import { drawBoards } from "./draw-boards.ts";
import { attend } from "./effects/attend.ts";
import type { EffectContext } from "./effects/context.ts";
import { refreshCatalogue } from "./effects/refresh-catalogue.ts";
import { repairRuns, runnerEnded } from "./effects/repair-runs.ts";
import { effectContext } from "./program.ts";

const started = once(async () => start(await withSecrets(process.env)));

type WatchdogEvent = ScheduledEvent | EventBridgeEvent<"Batch Job State Change", unknown>;

/** The Lambda handler of both rules. */
export async function handler(event: WatchdogEvent, _context: unknown): Promise<void> {
  const context = await started();
  if (event["detail-type"] === "Batch Job State Change") await onBatchJob(event.detail, context);
  else await onMinute(context);
}

function start(env: NodeJS.ProcessEnv): EffectContext {
  const config = readConfig("watchdog", env);
  return effectContext(config, programLog("watchdog", config.LOG_LEVEL, secretsIn(config)));
}

/** What is read of Batch's event; the rest of it is not ours to know. */
const batchJobSchema = z.object({
  jobId: z.string(),
  jobName: z.string(),
  status: z.string(),
  statusReason: z.string().optional(),
  container: z.object({ exitCode: z.number().optional(), reason: z.string().optional() }).optional(),
});

async function onBatchJob(detail: unknown, context: EffectContext): Promise<void> {
  const { jobId, jobName, status, statusReason, container } = batchJobSchema.parse(detail);
  // Between two attempts Batch says RUNNABLE; only these two are an end.
  if (status !== "SUCCEEDED" && status !== "FAILED") return;
  const exit = container?.exitCode === undefined ? undefined : `exit code ${container.exitCode}`;
  const how = container?.reason ?? exit ?? statusReason ?? "for a reason that Batch does not tell";
  await runnerEnded({ queueJob: jobId, name: jobName, how }, context);
}

async function onMinute(context: EffectContext): Promise<void> {
  const { store, chat, now } = context;
  for (const job of await store.jobs.open()) {
    await isolated("a job could not be looked after", { job }, context, async () => {
      await repairRuns(job, context);
      await attend(job, context);
    });
  }
  // Of jobs that are over, and so not among those.
  for (const job of await store.jobs.dueLooks(now(), maxLooksPerMinute)) {
    await isolated("pull requests could not be looked at", { job }, context, () => attend(job, context));
  }
  const known = await store.teams.known();
  const teams =
    known.length > 0 ? known : [{ team: await chat.team(), readAt: undefined, wantedAt: undefined }];
  for (const { team, readAt, wantedAt } of teams) {
    const isOld = readAt === undefined || now() - readAt > repositoriesFreshMs;
    await isolated("the list of repositories could not be read", { team }, context, async () => {
      if (isOld || wantedAt !== undefined) await refreshCatalogue(team, context);
    });
    await isolated("boards could not be drawn", { team }, context, () =>
      drawBoards(team, randomUUID(), { ...context, jobs: store.jobs, boards: store.boards }),
    );
  }
}

/** One thing that fails must not keep the others from being looked after; the next minute tries it again. */
async function isolated(
  text: string,
  fields: Record<string, unknown>,
  { log }: EffectContext,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error(text, { ...fields, error });
  }
}
