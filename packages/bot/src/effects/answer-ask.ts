// Does what a person asked of a job, and tells that person what came of it.
import { MessageGone } from "@cody/core/failure.ts";
import { transition } from "@cody/core/job.ts";
import { lookAgainMs, responseUrlMs } from "@cody/core/limits.ts";
import type { Ask, JobRecord } from "@cody/core/schema.ts";
import { actAsPerson } from "./asks/as-person.ts";
import { writeAudit } from "./asks/audit.ts";
import { beginRound } from "./asks/next-round.ts";
import { onceAtATime, orRefused } from "./asks/once.ts";
import { chosen, decideBranch, give, halt, hear, release, resume } from "./asks/steer.ts";
import type { Told } from "./asks/told.ts";
import { updateBranch } from "./asks/update-branch.ts";
import type { EffectContext } from "./context.ts";
import { postConversation } from "./post-conversation.ts";

/** Acts, answers privately where the button was pressed, and records the answer. False where it has to wait. */
export async function answerAsk(ask: Ask, record: JobRecord, context: EffectContext): Promise<boolean> {
  const told = await actOn(ask, record, context);
  if (!told) return false;
  if (!unaudited.has(ask.kind)) {
    const run = record.runs.find(({ number }) => number === ask.run);
    const sha = ask.heads?.find(({ run: number }) => number === ask.run)?.sha;
    await writeAudit(
      { id: ask.id, action: ask.kind, by: ask.by, run, sha, outcome: told },
      record.job,
      context,
    );
  }
  await tell(ask, told, record, context);
  await context.store.jobs.answer(ask, told.words);
  await lookSoon(record, context);
  return true;
}

/** Words and questions change nothing; what is done as a person writes its own entries, one a pull request. */
const unaudited: ReadonlySet<Ask["kind"]> = new Set<Ask["kind"]>([
  "message",
  "conversation",
  "approve",
  "approve-all",
  "request-changes",
  "merge",
  "auto-merge",
  "close",
  "close-all",
]);

async function actOn(ask: Ask, record: JobRecord, context: EffectContext): Promise<Told | undefined> {
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
      return resume(ask, record, context);
    case "more":
      return give(ask, record, () => ({ kind: "more" }), context);
    case "deliver":
      return give(ask, record, () => ({ kind: "deliver" }), context);
    case "reply":
      return give(ask, record, (run) => ({ kind: "reply", text: chosen(run, ask) }), context);
    case "release":
      return withGitHub(ask, context, () => release(ask, record, context));
    case "branch":
      return withGitHub(ask, context, () => decideBranch(ask, record, context));
    case "approve":
    case "approve-all":
    case "request-changes":
    case "merge":
    case "auto-merge":
    case "close":
    case "close-all":
      return actAsPerson(ask, record, context);
    case "update-branch":
      return updateBranch(ask, record, context);
    case "resolve-conflicts":
    case "fix-checks":
    case "address-review":
    case "follow-up":
    case "apply-patch":
    case "retry":
      return withGitHub(ask, context, () => beginRound(ask, record, context));
  }
}

/** What reads GitHub before it is decided, and waits while that is away. */
function withGitHub(ask: Ask, context: EffectContext, act: () => Promise<Told>): Promise<Told | undefined> {
  return onceAtATime(ask, context, () => orRefused(ask, context, act));
}

/** Only that person sees it: at the button, or in the thread where that is too long ago, or where nothing was pressed. */
async function tell(
  ask: Ask,
  { words, blocks, decision }: Told,
  { job, asks }: JobRecord,
  { chat, now, log }: EffectContext,
): Promise<void> {
  const { responseUrl } = ask;
  if (responseUrl && now() - ask.at < responseUrlMs && (await chat.answer(responseUrl, words, blocks)))
    return;
  // What was written is answered by what is done; what was not heard is said, once to each person.
  const isKnown = () =>
    asks.some(({ kind, by, answer }) => kind === ask.kind && by === ask.by && answer === words);
  if (!responseUrl && (decision === "done" || isKnown())) return;
  if (!job.thread) return;
  try {
    await chat.whisper({ channel: job.thread.channel, threadTs: job.thread.ts, user: ask.by }, words, blocks);
  } catch (error) {
    if (!(error instanceof MessageGone)) throw error;
    log.warn("a private answer was not taken", { job: ask.job, ask: ask.id, error });
  }
}

/** Whoever uses a thread wants to see how its pull requests stand. */
async function lookSoon({ runs }: JobRecord, { store, now }: EffectContext): Promise<void> {
  for (const run of runs) {
    const standing = run.pullRequest?.standing;
    const isFresh = (run.lookedAt ?? 0) > now() - lookAgainMs || (run.lookAt ?? Infinity) <= now();
    if (!standing || standing.state === "merged" || isFresh) continue;
    await store.jobs.changeRun(run.job, run.number, (current) =>
      transition(current, { type: "look-at", at: now() }, now()),
    );
  }
}
