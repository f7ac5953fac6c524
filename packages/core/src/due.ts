// What ought to happen next for a job: a pure reading of the table, acted on by effects and watchdog alike.
import { sentenceOf } from "./failure.ts";
import { idFrom, twoDigits } from "./ids.ts";
import { isOver, needsClaude } from "./job.ts";
import { claimMs, claudePatienceMs, headNewsEveryMs, lookForMs, maxAutomaticRounds } from "./limits.ts";
import type { Ask, AskKind, JobRecord, Post, Run, SpendLimit } from "./schema.ts";
import { isFailing, isSeen, standingOf, wantsReview } from "./standing.ts";

export type Effect =
  | { type: "post-board"; key: "board" }
  | { type: "refuse"; key: "refusal" }
  | { type: "begin" }
  | { type: "submit"; run: Run }
  /** The key that all runs share has reached its spend limit: the run waits with the others. */
  | { type: "hold-up"; run: Run; limit: SpendLimit }
  /** The spend limit that the run waits for is no longer in force. */
  | { type: "lift"; run: Run }
  | { type: "answer"; ask: Ask }
  | { type: "post-result"; run: Run; key: string }
  | { type: "post-patch"; run: Run; key: string }
  | { type: "post-failure"; runs: Run[]; key: string }
  | { type: "post-waiting"; run: Run; key: string }
  /** Claude keeps runs waiting for longer than nobody need know of. */
  | { type: "post-held"; runs: Run[]; key: string }
  /** Required checks of the pull request failed, and a round may mend them. */
  | { type: "post-checks"; run: Run; key: string }
  /** Reviewers want something. */
  | { type: "post-review"; run: Run; key: string }
  /** Its branch has a head that is not Cody's last commit, and wants buttons of its own. */
  | { type: "post-head"; run: Run; key: string }
  /** Its branch conflicts with the base, or is behind it where that matters. */
  | { type: "post-outdated"; run: Run; key: string }
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
 * on the same answer. `now` in milliseconds since 1970. `limit` is the spend limit in force, read after the record: a run
 * waits for one only after that was written.
 */
export function due(record: JobRecord, now: number, limit?: SpendLimit): Effect[] {
  const { job, runs, asks } = record;
  if (job.closedAt !== undefined && asks.every((ask) => ask.answer !== undefined))
    return pullRequestEffects(record, now);
  const open = (key: string) => isOpen(record.posts, key, now);
  const effects: Effect[] = [];
  if (!job.thread && !job.refused && !isClaimed(record.posts, "board", now)) {
    effects.push({ type: "post-board", key: "board" });
  }
  const isBegun = runs.length >= job.repositories.length;
  if (job.thread && !isBegun && !job.refused) effects.push({ type: "begin" });
  if (job.refused && open("refusal")) effects.push({ type: "refuse", key: "refusal" });
  // A stop that came before the runs has to find them.
  const answerable = isBegun || job.refused ? asks : [];
  const wanted = replies(record, limit);
  // The next round takes the place of the one before, so everything about that has to be said by then.
  const isAllSaid = isSaid(record, wanted);
  // In the order in which people asked: who approves and then merges means just that.
  const waiting = answerable
    .filter(({ answer }) => answer === undefined)
    .toSorted((one, other) => one.at - other.at);
  for (const ask of waiting)
    if (isAllSaid || !beginsRound.has(ask.kind)) effects.push({ type: "answer", ask });
  for (const run of job.refused ? [] : runs) {
    if (run.waiting?.for === "limited" && run.waiting.until <= now) effects.push({ type: "go-on", run });
    if (run.waiting?.for === "spend-limit" && !limit) effects.push({ type: "lift", run });
    if (limit && run.state === "queued" && !run.stop && needsClaude(run))
      effects.push({ type: "hold-up", run, limit });
    else if (wantsMachine(run, now)) effects.push({ type: "submit", run });
  }
  if (job.thread) effects.push(...wanted.filter((effect) => open(effect.key)));
  const goesOn = waiting.some(({ kind }) => beginsRound.has(kind));
  const isRun = job.thread && !job.refused;
  if (isRun && isOver(job, runs) && isAllSaid && !goesOn && open(endKey(runs))) {
    effects.push({ type: "post-end", key: endKey(runs) });
  }
  // A job that is closed is looked after again only when a look is due, so the first one comes before.
  effects.push(...pullRequestEffects(record, now));
  if (job.closedAt === undefined && isSettled(record)) effects.push({ type: "close" });
  return effects;
}

/** Asks that another round answers. */
const beginsRound: ReadonlySet<AskKind> = new Set<AskKind>([
  "retry",
  "follow-up",
  "fix-checks",
  "address-review",
  "resolve-conflicts",
  "apply-patch",
]);

/** What follows from how pull requests stand; that goes on after the job itself is over. */
function pullRequestEffects(record: JobRecord, now: number): Effect[] {
  const { job, runs, posts } = record;
  if (!job.thread) return [];
  const effects: Effect[] = [];
  for (const run of runs) if (wantsLook(run, now)) effects.push({ type: "look", run });
  const wanted = pullRequestReplies(record, now);
  effects.push(...wanted.filter(({ key }) => isOpen(posts, key, now)));
  for (const run of runs) {
    const standing = run.state === "done" ? standingOf(run) : undefined;
    if (standing?.state !== "open") continue;
    const told = wanted.find((reply) => reply.type === "post-checks" && reply.run === run);
    if (job.fixChecks && told && isSaid(record, [told]) && mayFixByItself(run, standing.headSha))
      effects.push({ type: "fix-checks", run, sha: standing.headSha });
    const key = `auto-merge-${twoDigits(run.number)}-${run.round}`;
    if (job.autoMerge && !standing.draft && !standing.autoMerge && isOpen(posts, key, now))
      effects.push({ type: "auto-merge", run, key });
  }
  return effects;
}

/** A pull request that nobody has looked at since its round ended, or whose time has come. */
function wantsLook(run: Run, now: number): boolean {
  if (!run.pullRequest) return false;
  if (!isSeen(run)) return now - (run.endedAt ?? 0) < lookForMs;
  return run.lookAt !== undefined && run.lookAt <= now;
}

/** Every reply that the standing of pull requests calls for. A head is told once, however often it is looked at. */
function pullRequestReplies({ runs, posts }: JobRecord, now: number): Reply[] {
  const wanted: Reply[] = [];
  for (const run of runs) {
    const standing = run.state === "done" ? standingOf(run) : undefined;
    if (!standing) continue;
    const number = twoDigits(run.number);
    const at = `${number}-${standing.headSha.slice(0, 12)}`;
    if (standing.state !== "open") {
      wanted.push({ type: "post-pull-ended", run, key: `${standing.state}-${at}` });
      continue;
    }
    if (isFailing(standing)) wanted.push({ type: "post-checks", run, key: `checks-${at}` });
    if (wantsReview(standing) && !isAddressed(run, posts)) {
      wanted.push({ type: "post-review", run, key: `review-${at}-${standing.openThreads}` });
    }
    if (standing.mergeable === "conflicts" || standing.mergeable === "behind")
      wanted.push({ type: "post-outdated", run, key: `${standing.mergeable}-${at}` });
    const key = `head-${at}`;
    const isForeign = run.headSha !== undefined && standing.headSha !== run.headSha;
    const lately = posts.some(
      (post) =>
        post.key !== key &&
        post.key.startsWith(`head-${number}-`) &&
        (post.firstAt ?? 0) > now - headNewsEveryMs,
    );
    if (isForeign && !lately) wanted.push({ type: "post-head", run, key });
  }
  return wanted;
}

/**
 * Reviewers are told of once a head, and again where they have more to say. What a round has answered may stay open:
 * resolving it is theirs.
 */
function isAddressed({ number, task, headSha, pullRequest }: Run, posts: Post[]): boolean {
  const { headSha: head = "", openThreads = 0 } = pullRequest?.standing ?? {};
  const isAnswered = task?.kind === "address-review" && head === headSha;
  const told = posts.flatMap(({ key, ts }) => {
    const [, run, sha, count] = /^review-(\d+)-(\w+)-(\d+)$/.exec(key) ?? [];
    if (ts === undefined || run !== twoDigits(number)) return [];
    return isAnswered || sha === head.slice(0, 12) ? [Number(count)] : [];
  });
  return told.some((count) => count >= openThreads);
}

/** At most so many rounds by themselves, and none for a head that one of them has left as it was. */
export function mayFixByItself(run: Run, headSha: string): boolean {
  if ((run.automaticRounds ?? 0) >= maxAutomaticRounds) return false;
  const tasks = [run.task, ...(run.earlier ?? []).map(({ task }) => task)];
  return !tasks.some((task) => task?.kind === "fix-checks" && task.sha === headSha);
}

type Reply = Extract<Effect, { key: string }>;

/** Every reply about a run that the thread should hold by now, whether it is there or not. */
function replies({ runs, posts }: JobRecord, limit: SpendLimit | undefined): Reply[] {
  const wanted: Reply[] = [...limited(runs, limit), ...held(runs, posts)];
  for (const run of runs) {
    const at = `${twoDigits(run.number)}-${run.round}`;
    if (run.waiting && run.waiting.for !== "paused" && run.waiting.for !== "spend-limit") {
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

/** What holds all runs up is told once in each thread, as long as it does. */
function limited(runs: Run[], limit: SpendLimit | undefined): Reply[] {
  const bySince = new Map<number, Run>();
  // From the last: each key goes with the first run that has it, so that it is the same run every time.
  for (const run of runs.toReversed()) {
    if (limit && run.waiting?.for === "spend-limit") bySince.set(run.waiting.since, run);
  }
  return [...bySince].map(([since, run]) => ({ type: "post-waiting", run, key: `spend-limit-${since}` }));
}

/**
 * That Claude keeps runs waiting: one message for all of them, and the next one only about a wait that began when
 * everything that the last one told of had to be over. Counted and not named by a time, so that whoever sees only some
 * of the runs comes to the same key.
 */
function held(runs: Run[], posts: Post[]): Reply[] {
  const waiting = runs.filter((run) => run.held);
  const told = posts.filter(({ key }) => key.startsWith("held-"));
  const last = told.find(({ key }) => key === `held-${told.length}`);
  const isOverAt = last ? (last.firstAt ?? Number.POSITIVE_INFINITY) + claudePatienceMs : 0;
  const news = waiting.filter((run) => (run.held?.since ?? 0) > isOverAt);
  if (news.length > 0) return [{ type: "post-held", runs: news, key: `held-${told.length + 1}` }];
  return waiting.length > 0 ? [{ type: "post-held", runs: waiting, key: `held-${told.length}` }] : [];
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
