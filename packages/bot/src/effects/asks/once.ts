// Lets one ask be acted on by one program at a time, and no two acts of one job meet on GitHub.
import { Failed, remedyOf, sentenceOf } from "@cody/core/failure.ts";
import { ContentLimited } from "@cody/core/ports/code-host.ts";
import type { Ask } from "@cody/core/schema.ts";
import { escaped } from "../../views/blocks.ts";
import { clock } from "../../views/words.ts";
import type { EffectContext } from "../context.ts";
import { refused, type Told } from "./told.ts";

/** An ask that GitHub could not be asked about for this long is told so, and not kept for ever. */
const githubAwayMs = 15 * 60_000;

/** The claim that everything shares which is done on GitHub for one job. */
const turn = "acting";

/**
 * Acts on an ask, with what is known of an earlier attempt: `isAgain` where somebody began and was not heard of again,
 * so that it may have been done. Undefined where somebody else is at it, or GitHub is away: the next minute tries again,
 * and only once the claim has run out, when whatever was on its way must have arrived.
 */
export async function onceAtATime(
  ask: Ask,
  context: EffectContext,
  act: (isAgain: boolean) => Promise<Told>,
): Promise<Told | undefined> {
  const { store, now, log } = context;
  // A job that nobody looks after any more would not come back to an ask that has to wait.
  await store.jobs.changeJob(ask.job, (job) =>
    job.closedAt === undefined ? undefined : { ...job, closedAt: undefined },
  );
  if ((await store.posts.claim(ask.job, turn, now())).type === "taken") return undefined;
  const claim = await store.posts.claim(ask.job, `ask-${ask.id}`, now());
  if (claim.type === "taken" || (await isAnswered(ask, context))) {
    await store.posts.release(ask.job, turn);
    return undefined;
  }
  try {
    const told = await act(claim.type === "again");
    await store.posts.release(ask.job, turn);
    return told;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    log.warn("an ask waits for GitHub", { job: ask.job, ask: ask.id, error });
    return undefined;
  }
}

/** What GitHub refuses for good, or does not answer for too long, is told and written down. Throws the rest. */
export async function orRefused(
  ask: Pick<Ask, "at">,
  { now }: Pick<EffectContext, "now">,
  act: () => Promise<Told>,
): Promise<Told> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ContentLimited)
      return refused(`GitHub takes no more changes for now. Try again at ${clock(error.until)}.`);
    if (!(error instanceof Failed)) throw error;
    const isAway = error.failure.kind === "github-unavailable";
    if (isAway && now() - ask.at < githubAwayMs) throw error;
    const doubt = isAway ? " Whether it was done nobody knows; look at the pull request." : "";
    return refused(`${escaped(sentenceOf(error.failure))} ${remedyOf(error.failure)}${doubt}`);
  }
}

/** What was read of it may be older than the answer that somebody else gave. */
async function isAnswered(ask: Ask, { store }: EffectContext): Promise<boolean> {
  const asks = await store.jobs.asksOf(ask.job);
  return asks.some(({ id, answer }) => id === ask.id && answer !== undefined);
}
