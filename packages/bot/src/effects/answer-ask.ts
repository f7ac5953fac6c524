// Does what a person asked of a job, and tells that person what came of it.
import { isRefusal, transition } from "@cody/core/job.ts";
import { responseUrlMs } from "@cody/core/limits.ts";
import type { Ask, JobRecord } from "@cody/core/schema.ts";
import { count, list } from "../views/words.ts";
import type { EffectContext } from "./context.ts";
import { postConversation } from "./post-conversation.ts";

/** Acts, answers privately where the button was pressed, and records the answer. */
export async function answerAsk(ask: Ask, record: JobRecord, context: EffectContext): Promise<boolean> {
  const answer = await actOn(ask, record, context);
  const { store, chat, now, log } = context;
  if (ask.responseUrl && now() - ask.at < responseUrlMs && !(await chat.answer(ask.responseUrl, answer))) {
    log.warn("a private answer was not taken", { job: ask.job, ask: ask.id });
  }
  await store.jobs.answer(ask, answer);
  return true;
}

function actOn(ask: Ask, record: JobRecord, context: EffectContext): Promise<string> {
  switch (ask.kind) {
    case "stop":
      return stopRuns(ask, record, context);
    case "conversation":
      return postConversation(ask, record, context);
  }
}

/** Stops what can be stopped: waiting runs at once, running ones when their runner hears of it. */
async function stopRuns(
  ask: Ask,
  { runs }: JobRecord,
  { store, queue, now }: EffectContext,
): Promise<string> {
  const stopping: string[] = [];
  const publishing: string[] = [];
  for (const run of runs) {
    const name = run.repository.fullName;
    const after = await store.jobs.changeRun(run.job, run.number, (current) =>
      transition(current, { type: "stop", by: ask.by }, now()),
    );
    if (isRefusal(after)) {
      if (run.state === "running" || run.state === "publishing") publishing.push(name);
      continue;
    }
    stopping.push(name);
    if (after.state === "done" && after.queueJob) await queue.terminate(after.queueJob, "stopped from Slack");
  }
  return stopAnswer(stopping, publishing);
}

function stopAnswer(stopping: string[], publishing: string[]): string {
  const late = publishing.length > 0 ? `${list(publishing)}: already being published, too late to stop.` : "";
  if (stopping.length > 0)
    return `Stopping ${count(stopping.length, "run")}: ${list(stopping)}. ${late}`.trim();
  return late || "This job has already ended; there is nothing to stop.";
}
