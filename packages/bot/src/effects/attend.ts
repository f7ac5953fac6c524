// Looks after one job: does what is due, looks again, until nothing is.
import { due, type Effect } from "@cody/core/due.ts";
import type { JobRecord } from "@cody/core/schema.ts";
import { answerAsk } from "./answer-ask.ts";
import { beginRuns } from "./begin-runs.ts";
import { fixChecks, goOn, setAutoMerge } from "./by-itself.ts";
import type { EffectContext } from "./context.ts";
import { holdUp, letGoOn } from "./heed-spend-limit.ts";
import { look } from "./look.ts";
import { postBoard } from "./post-board.ts";
import { postAboutPullRequest } from "./post-pull-request.ts";
import {
  postEnd,
  postFailure,
  postHeld,
  postPatch,
  postRefusal,
  postResult,
  postWaiting,
} from "./post-replies.ts";
import { submitRun } from "./submit-run.ts";

/** Every pass does at least one thing, and a job has fewer things to do at once. */
const maxPasses = 30;

/** Acts until nothing is due. Idempotent: two of these may look after the same job. Throws what an effect throws. */
export async function attend(id: string, context: EffectContext): Promise<void> {
  for (let pass = 0; pass < maxPasses; pass += 1) {
    const record = await context.store.jobs.read(id);
    if (!record) return;
    const limit = await context.store.spendLimit.read();
    let acted = false;
    for (const effect of due(record, context.now(), limit)) {
      const didSomething = await act(effect, record, context);
      if (didSomething) context.log.debug("effect", { job: id, effect: effect.type });
      acted ||= didSomething;
    }
    if (!acted) return;
  }
  context.log.warn("a job keeps having things to do", { job: id });
}

/** Whether it changed anything; false where there is nothing to be done for now. */
async function act(effect: Effect, record: JobRecord, context: EffectContext): Promise<boolean> {
  const { job } = record;
  switch (effect.type) {
    case "post-board":
      return postBoard(record, context);
    case "refuse":
      return postRefusal(job, context);
    case "begin":
      return beginRuns(job, context);
    case "submit":
      return submitRun(effect.run, job, context);
    case "hold-up":
      return holdUp(effect.run, effect.limit, context);
    case "lift":
      return letGoOn(effect.run, context);
    case "answer":
      return answerAsk(effect.ask, record, context);
    case "post-result":
      return postResult(effect, job, context);
    case "post-patch":
      return postPatch(effect, job, context);
    case "post-failure":
      return postFailure(effect, job, context);
    case "post-waiting":
      return postWaiting(effect, job, context);
    case "post-held":
      return postHeld(effect, job, context);
    case "post-checks":
    case "post-review":
    case "post-head":
    case "post-outdated":
    case "post-pull-ended":
      return postAboutPullRequest(effect, job, context);
    case "look":
      return look(effect.run, record, context);
    case "go-on":
      return goOn(effect.run, context);
    case "fix-checks":
      return fixChecks(effect, job, context);
    case "auto-merge":
      return setAutoMerge(effect, record, context);
    case "post-end":
      return postEnd(effect.key, record, context);
    case "close":
      await context.store.jobs.changeJob(job.id, (now) => ({
        ...now,
        closedAt: now.closedAt ?? context.now(),
      }));
      return true;
  }
}
