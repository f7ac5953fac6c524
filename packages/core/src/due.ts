// What ought to happen next for a job: a pure reading of the table, acted on by effects and watchdog alike.
import { sentenceOf } from "./failure.ts";
import { idFrom, twoDigits } from "./ids.ts";
import { isOver } from "./job.ts";
import { claimMs, maxAutomaticRounds } from "./limits.ts";
import type { Ask, JobRecord, Post, Run, Standing } from "./schema.ts";

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
  /** Required checks of the pull request failed, and a round may mend them. */
  | { type: "post-checks"; run: Run; key: string }
  /** Reviewers want something. */
  | { type: "post-review"; run: Run; key: string }
  /** The pull request was merged or closed. */
  | { type: "post-pull-ended"; run: Run; key: string }
  /** GitHub is asked how the pull request stands. */
  | { type: "look"; run: Run }
  /** The time that the run waited for has come. */
  | { type: "go-on"; run: Run }
  /** Failing checks start a round without anybody, for the job wants it so. */
  | { type: "fix-checks"; run: Run; sha: string }
  /** Who asked wants GitHub to merge it by itself. */
  | { type: "auto-merge"; run: Run; key: string }
  | { type: "post-end"; key: string }
  | { type: "close" };

/**
 * The effects that are due, in the order in which they must happen. Each is idempotent, so that two programs may act
 * on the same answer. `now` in milliseconds since 1970.
 */
export function due(record: JobRecord, now: number): Effect[] {
  const { job, runs, asks } = record;
  if (job.closedAt !== undefined && asks.every((ask) => ask.answer !== undefined))
    return pullRequestEffects(record, now);
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
  for (const run of runs) {
    if (run.waiting?.for === "limited" && run.waiting.until <= now) effects.push({ type: "go-on", run });
    if (wantsMachine(run, now)) effects.push({ type: "submit", run });
  }
  if (job.thread) effects.push(...replies(record).filter((effect) => open(effect.key)));
  if (job.thread && isOver(job, runs) && isSaid(record, replies(record)) && open(endKey(runs))) {
    effects.push({ type: "post-end", key: endKey(runs) });
  }
  if (job.closedAt === undefined && isSettled(record)) effects.push({ type: "close" });
  effects.push(...pullRequestEffects(record, now));
  return effects;
}

/** What follows from how pull requests stand; that goes on after the job itself is over. */
function pullRequestEffects({ job, runs, posts }: JobRecord, now: number): Effect[] {
  const effects: Effect[] = [];
  for (const run of runs) {
    const { pullRequest, lookAt } = run;
    const standing = pullRequest?.standing;
    if (!pullRequest || !job.thread) continue;
    if (!standing || (lookAt !== undefined && lookAt <= now)) effects.push({ type: "look", run });
    if (!standing || run.state !== "done") continue;
    if (standing.state === "open" && failsAtRequired(standing)) {
      const isAutomatic = job.fixChecks && mayFixByItself(run, standing.headSha);
      if (isAutomatic) effects.push({ type: "fix-checks", run, sha: standing.headSha });
    }
    const autoMergeKey = `auto-merge-${twoDigits(run.number)}-${run.round}`;
    const wantsAutoMerge = job.autoMerge && standing.state === "open" && !standing.draft;
    if (wantsAutoMerge && !standing.autoMerge && isOpen(posts, autoMergeKey, now))
      effects.push({ type: "auto-merge", run, key: autoMergeKey });
  }
  if (job.thread) effects.push(...pullRequestReplies(runs).filter(({ key }) => isOpen(posts, key, now)));
  return effects;
}

/** Every reply that the standing of pull requests calls for. A head is told once, however often it is looked at. */
function pullRequestReplies(runs: Run[]): Reply[] {
  const wanted: Reply[] = [];
  for (const run of runs) {
    const standing = run.state === "done" ? run.pullRequest?.standing : undefined;
    if (!standing) continue;
    const at = `${twoDigits(run.number)}-${standing.headSha.slice(0, 12)}`;
    if (standing.state !== "open") {
      wanted.push({ type: "post-pull-ended", run, key: `${standing.state}-${at}` });
      continue;
    }
    if (failsAtRequired(standing)) wanted.push({ type: "post-checks", run, key: `checks-${at}` });
    if (standing.openThreads > 0 || standing.review === "changes requested")
      wanted.push({ type: "post-review", run, key: `review-${at}` });
  }
  return wanted;
}

/** Where no rule requires any check, each one counts. */
function failsAtRequired({ checks, failing }: Standing): boolean {
  return checks === "failed" && failing.length > 0;
}

/** At most so many rounds by themselves, and none for a head that one of them has left as it was. */
function mayFixByItself(run: Run, headSha: string): boolean {
  if ((run.automaticRounds ?? 0) >= maxAutomaticRounds) return false;
  return !(run.task?.kind === "fix-checks" && run.task.sha === headSha);
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
