// What ought to happen next for a job: a pure reading of the table, acted on by effects and watchdog alike.
import { sentenceOf } from "./failure.ts";
import { idFrom, twoDigits } from "./ids.ts";
import { isOver } from "./job.ts";
import { claimMs } from "./limits.ts";
import type { Ask, JobRecord, Post, Run } from "./schema.ts";

export type Effect =
  | { type: "post-board"; key: "board" }
  | { type: "refuse"; key: "refusal" }
  | { type: "begin" }
  | { type: "submit"; run: Run }
  | { type: "answer"; ask: Ask }
  | { type: "post-result"; run: Run; key: string }
  | { type: "post-patch"; run: Run; key: string }
  | { type: "post-failure"; runs: Run[]; key: string }
  | { type: "post-waiting"; run: Run; key: string }
  | { type: "post-end"; key: string }
  | { type: "close" };

/**
 * The effects that are due, in the order in which they must happen. Each is idempotent, so that two programs may act
 * on the same answer. `now` in milliseconds since 1970.
 */
export function due(record: JobRecord, now: number): Effect[] {
  const { job, runs, asks } = record;
  if (job.closedAt !== undefined && asks.every((ask) => ask.answer !== undefined)) return [];
  const open = (key: string) => isOpen(record.posts, key, now);
  const effects: Effect[] = [];
  if (!job.thread && !job.refused && !isClaimed(record.posts, "board", now)) {
    effects.push({ type: "post-board", key: "board" });
  }
  const isBegun = runs.length >= job.repositories.length;
  if (job.thread && !isBegun) effects.push({ type: "begin" });
  if (job.refused && open("refusal")) effects.push({ type: "refuse", key: "refusal" });
  // A stop that came before the runs has to find them.
  const answerable = isBegun || job.refused ? asks : [];
  for (const ask of answerable) if (ask.answer === undefined) effects.push({ type: "answer", ask });
  for (const run of runs) if (wantsMachine(run, now)) effects.push({ type: "submit", run });
  if (job.thread) effects.push(...replies(record).filter((effect) => open(effect.key)));
  if (job.thread && isOver(job, runs) && isSaid(record, replies(record)) && open(endKey(runs))) {
    effects.push({ type: "post-end", key: endKey(runs) });
  }
  if (job.closedAt === undefined && isSettled(record)) effects.push({ type: "close" });
  return effects;
}

type Reply = Extract<Effect, { key: string }>;

/** Every reply about a run that the thread should hold by now, whether it is there or not. */
function replies({ runs, posts }: JobRecord): Reply[] {
  const wanted: Reply[] = [];
  for (const run of runs) {
    const at = `${twoDigits(run.number)}-${run.round}`;
    if (run.waiting && run.waiting.for !== "paused") {
      wanted.push({ type: "post-waiting", run, key: `waiting-${at}-${run.waiting.since}` });
    }
    if (run.waiting?.for === "hold" && run.diff) wanted.push({ type: "post-patch", run, key: `patch-${at}` });
    if (run.state !== "done") continue;
    if (run.outcome === "changed" || run.outcome === "unchanged") {
      wanted.push({ type: "post-result", run, key: `result-${at}` });
    }
    if (run.diff) wanted.push({ type: "post-patch", run, key: `patch-${at}` });
  }
  for (const failed of failures(runs, posts)) wanted.push(failed);
  return wanted;
}

/** Runs that failed in the same words share one key, and so one reply; one that fails later gets its own. */
function failures(runs: Run[], posts: Post[]): Extract<Effect, { type: "post-failure" }>[] {
  const byKey = new Map<string, Run[]>();
  for (const run of runs) {
    if (run.outcome !== "failed" || !run.reason) continue;
    const shared = `failure-${run.round}-${idFrom(sentenceOf(run.reason))}`;
    const toldAt = posts.find((post) => post.key === shared)?.firstAt ?? Number.POSITIVE_INFINITY;
    const key = (run.endedAt ?? 0) > toldAt ? `${shared}-${twoDigits(run.number)}` : shared;
    byKey.set(key, [...(byKey.get(key) ?? []), run]);
  }
  return [...byKey].map(([key, same]) => ({ type: "post-failure", runs: same, key }));
}

/** A queued run, or one whose submission was begun and not recorded within the time of a claim. */
function wantsMachine(run: Run, now: number): boolean {
  if (run.state === "queued") return !run.stop;
  return run.state === "submitted" && !run.queueJob && now - (run.submittedAt ?? 0) > claimMs;
}

function isOpen(posts: Post[], key: string, now: number): boolean {
  return !isClaimed(posts, key, now) && posts.find((post) => post.key === key)?.ts === undefined;
}

/** Whether somebody is at it right now. */
function isClaimed(posts: Post[], key: string, now: number): boolean {
  const post = posts.find((candidate) => candidate.key === key);
  return post !== undefined && post.ts === undefined && post.claimedUntil > now;
}

function isSaid({ posts }: JobRecord, wanted: { key: string }[]): boolean {
  return wanted.every(({ key }) => posts.some((post) => post.key === key && post.ts !== undefined));
}

/** Whether all is said and done. The board's last drawing is the drawer's business and does not keep a job open. */
function isSettled(record: JobRecord): boolean {
  const { job, runs, asks } = record;
  if (!isOver(job, runs) || asks.some((ask) => ask.answer === undefined)) return false;
  return isSaid(record, [{ key: job.refused ? "refusal" : endKey(runs) }]);
}

/** The last message of a thread, once for every number of rounds: another round, another last message. */
function endKey(runs: Run[]): string {
  return `end-${runs.reduce((sum, run) => sum + run.round, 0)}`;
}
