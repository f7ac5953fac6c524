// The program that keeps boards up to date: marks the boards of jobs that changed, and draws.
import { randomUUID } from "node:crypto";
import { withSecrets } from "@cody/core/adapters/secrets.ts";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { readConfig, secretsIn } from "@cody/core/config.ts";
import { programLog } from "@cody/core/log.ts";
import { once } from "@cody/core/once.ts";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { type DrawContext, drawBoards } from "./draw-boards.ts";
import { slackChat } from "./program.ts";

const started = once(async () => start(await withSecrets(process.env)));

/** The Lambda handler of the stream. */
export async function handler(event: DynamoDBStreamEvent, _context: unknown): Promise<void> {
  const context = await started();
  const keys = event.Records.map((record) => record.dynamodb?.Keys?.pk?.S ?? "");
  const jobs = new Set(keys.filter((key) => key.startsWith("JOB#")).map((key) => key.slice("JOB#".length)));
  const teams = new Set<string>();
  for (const job of jobs) {
    const team = await context.boards.markStale(job, context.now());
    if (team) teams.add(team);
  }
  for (const team of teams) await drawBoards(team, randomUUID(), context);
}

function start(env: NodeJS.ProcessEnv): DrawContext {
  const config = readConfig("board", env);
  const { jobs, boards } = openStore(config.CODY_TABLE);
  const log = programLog("board", config.LOG_LEVEL, secretsIn(config));
  return { jobs, boards, chat: slackChat(config, log), now: Date.now, log };
}
