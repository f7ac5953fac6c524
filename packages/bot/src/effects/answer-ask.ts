// Does what a person asked of a job, and tells that person what came of it.
import { type Given, isRefusal, type Refusal, type RunEvent, transition } from "@cody/core/job.ts";
import { responseUrlMs } from "@cody/core/limits.ts";
import { type Ask, type JobRecord, noted, type Run } from "@cody/core/schema.ts";
import { list } from "../views/words.ts";
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
      return halt(ask, record, { type: "stop", by: ask.by }, context);
    case "pause":
      return halt(ask, record, { type: "pause", by: ask.by }, context);
    case "conversation":
      return postConversation(ask, record, context);
    case "message":
      return hear(ask, record, context);
    case "resume":
      return give(ask, record, () => ({ kind: "resume" }), context);
    case "more":
      return give(ask, record, () => ({ kind: "more" }), context);
    case "deliver":
      return give(ask, record, () => ({ kind: "deliver" }), context);
    case "release":
      return give(ask, record, () => ({ kind: "release" }), context);
    case "reply":
      return give(ask, record, (run) => ({ kind: "reply", text: chosen(run, ask) }), context);
  }
}

/** Stops or pauses what can be: waiting runs at once, running ones when their runner hears of it. */
async function halt(ask: Ask, { runs }: JobRecord, event: RunEvent, context: EffectContext): Promise<string> {
  const { store, queue } = context;
  const halted: string[] = [];
  const late: string[] = [];
  for (const run of meant(ask, runs)) {
    const after = await change(run, event, context);
    if (isRefusal(after)) {
      if ((await store.jobs.readRun(run.job, run.number))?.state === "publishing")
        late.push(run.repository.fullName);
      continue;
    }
    halted.push(run.repository.fullName);
    // A run at work ends by itself; one that was only submitted would start for nothing.
    if (after.queueJob && after.state !== "running")
      await queue.terminate(after.queueJob, `${ask.kind} from Slack`);
  }
  return haltAnswer(ask.kind === "stop" ? "Stopping" : "Pausing", halted, late);
}

function haltAnswer(verb: string, halted: string[], late: string[]): string {
  const tooLate = late.length > 0 ? `${list(late)}: already being published, too late.` : "";
  if (halted.length > 0) return `${verb} ${list(halted)}. ${tooLate}`.trim();
  if (tooLate) return tooLate;
  return verb === "Stopping"
    ? "This job has already ended; there is nothing to stop."
    : "There is nothing to pause: no run is waiting or at work.";
}

/** Gives waiting runs what they wait for. */
async function give(
  ask: Ask,
  { runs }: JobRecord,
  given: (run: Run) => Given,
  context: EffectContext,
): Promise<string> {
  const going: string[] = [];
  for (const run of meant(ask, runs)) {
    const event: RunEvent = { type: "resume", by: ask.by, given: given(run), since: ask.since };
    if (!isRefusal(await change(run, event, context))) going.push(run.repository.fullName);
  }
  return going.length > 0 ? `Going on: ${list(going)}.` : "That is no longer waiting for an answer.";
}

/** Words in the thread answer the newest open question; otherwise the runners read them by themselves. */
async function hear(ask: Ask, record: JobRecord, context: EffectContext): Promise<string> {
  const asking = record.runs
    .filter((run) => run.waiting?.for === "question")
    .toSorted((one, other) => (other.waiting?.since ?? 0) - (one.waiting?.since ?? 0));
  const [newest] = asking;
  if (!newest) return noted;
  const text = ask.text ?? "";
  return give({ ...ask, run: newest.number }, record, () => ({ kind: "reply", text }), context);
}

/** The option that a press chose; the run's own words count, not the button's. */
function chosen(run: Run, { text }: Ask): string {
  const options = run.waiting?.for === "question" ? run.waiting.options : [];
  return options[Number(text)] ?? "";
}

function meant(ask: Ask, runs: Run[]): Run[] {
  return ask.run === undefined ? runs : runs.filter(({ number }) => number === ask.run);
}

function change(run: Run, event: RunEvent, { store, now }: EffectContext): Promise<Run | Refusal> {
  return store.jobs.changeRun(run.job, run.number, (current) => transition(current, event, now()));
}
