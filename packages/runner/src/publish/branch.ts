// Brings a change onto its branch: on top of what is there, over it where a person wants that, and never otherwise.
import { Failed } from "@cody/core/failure.ts";
import { maxMoves } from "@cody/core/limits.ts";
import type { Change, Workspace } from "@cody/core/ports/workspace.ts";
import type { Place } from "../repository-check.ts";
import { branchState } from "../round-beginning.ts";
import { type Aim, aimOf, branchName, readsBranch, type Undecided } from "../round-start.ts";
import type { Round } from "../world.ts";

interface Wanted {
  place: Place;
  /** The commit that the change was made on. */
  baseSha: string;
  message: string;
  /** Judges the change as it is on top of another commit; throws where it may not be pushed. */
  judge: (change: Change) => Promise<void>;
}

export interface OnBranch {
  sha: string;
  isSigned: boolean;
  aim: Aim;
}

/**
 * Pushes what `workspace.diff` showed last. A branch that moved is read anew: what is Cody's own is built upon, and
 * about what is not a person decides. Throws `branch-moved` where the change does not fit on what is there now.
 */
export async function bringToBranch(
  round: Round,
  workspace: Workspace,
  { place, baseSha, message, judge }: Wanted,
): Promise<OnBranch | Undecided> {
  const { world, job, run, heartbeat } = round;
  const { signal } = heartbeat;
  const isKnown = readsBranch(run, job, place.mayPush);
  let base = baseSha;
  for (let moves = 0; moves <= maxMoves; moves += 1) {
    const isRead = isKnown || moves > 0;
    const aim = isRead ? await aimNow(round, place) : firstAim(round);
    if ("waiting" in aim) return aim;
    const { branch, head } = aim;
    const where = { branch, message, signal };
    const published = await workspace.publish({
      ...where,
      ...(aim.overwrite ? { expected: head, overwrite: true } : { expected: head && base }),
    });
    heartbeat.assertHeld();
    if (published.sha !== undefined) return { ...published, aim };
    // Somebody was quicker than the look at the branch, or there was none.
    if (!isRead || aim.overwrite || head === undefined || published.movedTo !== head) continue;
    world.log.info("The branch moved meanwhile", { branch, from: base, to: head });
    const put = await workspace.putOnto(head, signal);
    if (!put.fits) throw new Failed("branch-moved", `${branch}, in ${put.conflicts.slice(0, 5).join(", ")}`);
    if (put.change) await judge(put.change);
    base = head;
  }
  throw new Failed("branch-moved", `${branchName(run)} goes on moving`);
}

function firstAim({ run }: Round): Aim {
  return { branch: run.branch, overwrite: false, reopen: false, known: run.pullRequest };
}

/** What the first round finds there is Cody's own earlier attempt, and is replaced. */
async function aimNow(round: Round, place: Place): Promise<Aim | Undecided> {
  const { world, job, run } = round;
  const state = await branchState(round, place);
  const aim = aimOf(run, state, world.now());
  if ("waiting" in aim || readsBranch(run, job, place.mayPush)) return aim;
  return { ...aim, overwrite: aim.head !== undefined };
}
