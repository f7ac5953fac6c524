// Steers runs of a round that is under way: stops, pauses, and gives waiting ones what they wait for.
import { type Given, isRefusal, type Refusal, type RunEvent, transition } from "@cody/core/job.ts";
import { branchChoices } from "@cody/core/pull-request-schema.ts";
import { type Ask, type JobRecord, noted, type Run } from "@cody/core/schema.ts";
import { list } from "../../views/words.ts";
import type { EffectContext } from "../context.ts";
import { liftSpendLimit } from "../heed-spend-limit.ts";
import { mayWrite } from "./person.ts";
import { done, refused, type Told } from "./told.ts";

/** Stops or pauses what can be: waiting runs at once, running ones when their runner hears of it. */
export async function halt(
  ask: Ask,
  { runs }: JobRecord,
  event: RunEvent,
  context: EffectContext,
): Promise<Told> {
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

function haltAnswer(verb: string, halted: string[], late: string[]): Told {
  const tooLate = late.length > 0 ? `${list(late)}: already being published, too late.` : "";
  if (halted.length > 0) return done(`${verb} ${list(halted)}. ${tooLate}`.trim());
  if (tooLate) return refused(tooLate);
  return refused(
    verb === "Stopping"
      ? "This job has already ended; there is nothing to stop."
      : "There is nothing to pause: no run is waiting or at work.",
  );
}

/** Lets runs go on; one that a spend limit held up takes all others that it holds up along. */
export async function resume(ask: Ask, record: JobRecord, context: EffectContext): Promise<Told> {
  const isLifted = await liftSpendLimit(ask, meant(ask, record.runs), context);
  const answer = await give(ask, record, () => ({ kind: "resume" }), context);
  return isLifted ? done(`${answer.words} So does everything else that the spend limit held up.`) : answer;
}

/** Gives waiting runs what they wait for. */
export async function give(
  ask: Ask,
  { runs }: JobRecord,
  given: (run: Run) => Given,
  context: EffectContext,
): Promise<Told> {
  const going: string[] = [];
  for (const run of meant(ask, runs)) {
    const event: RunEvent = { type: "resume", by: ask.by, given: given(run), since: ask.since };
    if (!isRefusal(await change(run, event, context))) going.push(run.repository.fullName);
  }
  return going.length > 0
    ? done(`Going on: ${list(going)}.`)
    : refused("That is no longer waiting for an answer.");
}

/** Lets a held change be pushed: somebody's word for the repository, so that person has to have the right. */
export async function release(ask: Ask, record: JobRecord, context: EffectContext): Promise<Told> {
  for (const run of meant(ask, record.runs)) {
    const obstacle = await mayWrite(ask, record.job, run, context);
    if (obstacle) return obstacle;
  }
  return give(ask, record, () => ({ kind: "release" }), context);
}

/** Decides about a branch that others changed. Only what was asked can be chosen. */
export async function decideBranch(ask: Ask, record: JobRecord, context: EffectContext): Promise<Told> {
  const choice = branchChoices.find((known) => known === ask.text);
  const [run] = meant(ask, record.runs);
  if (!run || !choice || run.waiting?.for !== "branch" || !offered(run.waiting.why).includes(choice))
    return refused("That is no longer waiting for an answer.");
  const obstacle = await mayWrite(ask, record.job, run, context);
  if (obstacle) return obstacle;
  return give(ask, record, () => ({ kind: "branch", choice }), context);
}

/** What a person may choose. A closed pull request has no branch of its own to build on until it is open again. */
function offered(why: "commits" | "closed"): readonly string[] {
  return why === "commits" ? ["build-on-top", "new-branch", "overwrite"] : ["reopen", "new-branch"];
}

/** Who writes when all is done hears that nobody reads it: a thread goes on looking like a conversation. */
const unread =
  "This job has ended, so nobody at work reads what is written here. To have more done, press *Ask for changes* or *Retry* at a result, or type `/cody` for a new job.";

/** Words in the thread answer the newest open question; otherwise the runners read them by themselves. */
export async function hear(ask: Ask, record: JobRecord, context: EffectContext): Promise<Told> {
  const asking = record.runs
    .filter((run) => run.waiting?.for === "question")
    .toSorted((one, other) => (other.waiting?.since ?? 0) - (one.waiting?.since ?? 0));
  const [newest] = asking;
  const isOver = record.runs.length > 0 && record.runs.every(({ state }) => state === "done");
  if (!newest) return isOver ? refused(unread) : done(noted);
  const text = ask.text ?? "";
  return give({ ...ask, run: newest.number }, record, () => ({ kind: "reply", text }), context);
}

/** The option that a press chose; the run's own words count, not the button's. */
export function chosen(run: Run, { text }: Ask): string {
  const options = run.waiting?.for === "question" ? run.waiting.options : [];
  return options[Number(text)] ?? "";
}

function meant(ask: Ask, runs: Run[]): Run[] {
  return ask.run === undefined ? runs : runs.filter(({ number }) => number === ask.run);
}

function change(run: Run, event: RunEvent, { store, now }: EffectContext): Promise<Run | Refusal> {
  return store.jobs.changeRun(run.job, run.number, (current) => transition(current, event, now()));
}
