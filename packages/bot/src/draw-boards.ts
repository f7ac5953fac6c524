// Redraws a team's stale boards, one drawer a team, at the pace that Slack allows.
import { setTimeout as sleep } from "node:timers/promises";
import { MessageGone, RateLimited } from "@cody/core/failure.ts";
import { isOver } from "@cody/core/job.ts";
import { drawerMs, maxEditsPerMinute, redrawEveryMs } from "@cody/core/limits.ts";
import type { Log } from "@cody/core/log.ts";
import type { Chat } from "@cody/core/ports/chat.ts";
import type { Boards, Jobs } from "@cody/core/ports/store.ts";
import type { JobRecord } from "@cody/core/schema.ts";
import { drawBoard } from "./views/board.ts";

export interface DrawContext {
  jobs: Jobs;
  boards: Boards;
  chat: Chat;
  now: () => number;
  log: Log;
}

/** The shortest time between two edits in a workspace. */
const editEveryMs = 60_000 / maxEditsPerMinute;

/**
 * Draws until nothing is stale or the time is over. `owner` names this drawer; where another one is at work nothing
 * happens, for that one reads the table afresh before every drawing.
 */
export async function drawBoards(team: string, owner: string, context: DrawContext): Promise<void> {
  const { boards, now } = context;
  const endAt = now() + drawerMs;
  let ending: Ending;
  do {
    if (!(await boards.takeDrawer(team, owner, now()))) return;
    ending = "failed";
    try {
      ending = await drawUntil(endAt, team, context);
    } finally {
      // Where Slack wants a long pause the lease stays until it runs out: the next drawer would only ask again.
      if (ending !== "limited") await boards.giveDrawer(team, owner);
    }
    // Somebody may have marked a board while the lease was held and found it taken.
  } while (ending === "drawn" && now() < endAt && (await boards.stale(team)).length > 0);
}

/** Nothing is stale any more, the time is over, or Slack wants a pause beyond it. */
type Ending = "drawn" | "time" | "limited" | "failed";

/** A pause that Slack wants is never cut short. */
async function drawUntil(endAt: number, team: string, context: DrawContext): Promise<Ending> {
  while (context.now() < endAt) {
    const stale = await readStale(team, context);
    if (stale.length === 0) return "drawn";
    const next = nextToDraw(stale, context.now());
    const waitMs = "waitMs" in next ? next.waitMs : await draw(next, context);
    if (context.now() + waitMs >= endAt) return waitMs > redrawEveryMs ? "limited" : "time";
    await sleep(waitMs);
  }
  return "time";
}

interface StaleBoard {
  record: JobRecord;
  since: number;
  mark: string;
  drawnAt: number;
}

async function readStale(team: string, { jobs, boards }: DrawContext): Promise<StaleBoard[]> {
  const marked = await boards.stale(team);
  const records = await Promise.all(marked.map(({ job }) => jobs.read(job)));
  return marked.flatMap(({ since, mark }, index) => {
    const record = records[index];
    const drawnAt = record?.posts.find((post) => post.key === "board")?.drawnAt ?? 0;
    return record ? [{ record, since, mark, drawnAt }] : [];
  });
}

/** Ended jobs first, then the longest undrawn; none that was drawn a moment ago. Pure. */
export function nextToDraw(stale: StaleBoard[], now: number): StaleBoard | { waitMs: number } {
  const rested = stale.filter(({ drawnAt }) => now - drawnAt >= redrawEveryMs);
  const order = rested.toSorted(
    (one, other) => Number(hasEnded(other)) - Number(hasEnded(one)) || one.drawnAt - other.drawnAt,
  );
  const soonest = Math.min(...stale.map(({ drawnAt }) => drawnAt + redrawEveryMs - now));
  return order[0] ?? { waitMs: Math.max(1, soonest) };
}

function hasEnded({ record }: StaleBoard): boolean {
  return isOver(record.job, record.runs);
}

/** Draws one board; returns how long to wait before the next call of Slack. */
async function draw(board: StaleBoard, { boards, chat, now, log }: DrawContext): Promise<number> {
  const { record, mark } = board;
  const { job, posts } = record;
  const post = posts.find(({ key }) => key === "board");
  if (!post?.ts) return 0;
  const { text, blocks, plainBlocks } = drawBoard(record);
  const drawn = JSON.stringify(blocks);
  let waitMs = 0;
  if (drawn !== post.drawn) {
    try {
      await chat.edit({ channel: job.channel, ts: post.ts, text, blocks, plainBlocks });
      waitMs = editEveryMs;
    } catch (error) {
      if (error instanceof RateLimited) return error.retryAfterMs;
      if (!(error instanceof MessageGone)) throw error;
      log.warn("a board has nowhere to be drawn", { job: job.id, error });
    }
  }
  await boards.drawn(job.id, drawn, mark, now());
  return waitMs;
}
