// The life of jobs and runs: pure transitions, and what follows from the state of the runs.
import { timeLeftMs } from "./budget.ts";
import type { Failure } from "./failure.ts";
import { branchOf } from "./ids.ts";
import { maxAttempts, maxTurns } from "./limits.ts";
import { noUsage } from "./models.ts";
import type { BranchChoice, Standing, Task } from "./pull-request-schema.ts";
import type { Job, Repository, Run, SpendLimit, Waiting } from "./schema.ts";

/** What a runner reports while it works; only what changed. */
export type RunProgress = Partial<
  Pick<
    Run,
    | "progress"
    | "held"
    | "workedMs"
    | "plan"
    | "reply"
    | "modelName"
    | "turns"
    | "usage"
    | "costUsd"
    | "baseSha"
    | "mergeSha"
    | "summary"
    | "verification"
    | "baseCheck"
    | "checks"
    | "diff"
    | "headSha"
    | "isolation"
    | "denied"
  >
>;

export type RunEvent =
  /** A Batch job is about to be asked for. Asking has no idempotency, so this is written first. */
  | { type: "submit" }
  /** Batch took it. */
  | { type: "submitted"; queueJob: string }
  /** A runner holds the lease and begins, or goes on with, the round. */
  | { type: "start" }
  | { type: "progress"; progress: RunProgress }
  | { type: "stop"; by: string }
  | { type: "pause"; by: string }
  /** The runner stored where it is and ends, because it needs something of a person. */
  | { type: "wait"; waiting: Waiting }
  /** The key that all runs share has reached its spend limit, so a machine would be of no use. */
  | { type: "limit"; limit: SpendLimit }
  /** The spend limit that the run waits for is no longer in force. */
  | { type: "lift" }
  /** A person gave what the run waited for. */
  | { type: "resume"; by: string; given: Given /** Of the waiting that is meant. */; since?: number }
  /** From here on a stop comes too late. */
  | { type: "publish" }
  | { type: "finish"; outcome: "changed" | "unchanged" | "cancelled"; result: Partial<Run> }
  | { type: "fail"; reason: Failure; result?: Partial<Run> }
  /** The runner is gone without having finished. */
  | { type: "die"; how: string }
  /** Another round of a run that has ended, with this much more to spend. */
  | { type: "continue"; task: Task; grantUsd: number }
  /** How its pull request stands on GitHub, and when to ask again. */
  | { type: "observe"; standing: Standing; lookAt?: number }
  /** When GitHub is asked about its pull request next; undefined where nobody need ask. It may just have been, in vain. */
  | { type: "look-at"; at?: number; inVain?: boolean }
  /** It need not begin: its branch needs a person's decision first. */
  | { type: "ask-first"; waiting: Extract<Waiting, { for: "branch" }> };

/** What a person gives to a waiting run. */
export type Given =
  | { kind: "resume" }
  | { kind: "reply"; text: string }
  | { kind: "more" }
  | { kind: "deliver" }
  | { kind: "release" }
  | { kind: "branch"; choice: BranchChoice }
  /** The time that it waited for has come. */
  | { kind: "time" };

/** Why an event does not apply to the run as it is. */
export interface Refusal {
  refused: string;
}

export function isRefusal(result: Run | Refusal): result is Refusal {
  return "refused" in result;
}

/** The run after the event, or why the event does not apply. `now` in milliseconds since 1970. */
export function transition(run: Run, event: RunEvent, now: number): Run | Refusal {
  if (event.type === "observe") return observe(run, event, now);
  if (event.type === "look-at") return lookAt(run, event, now);
  if (event.type === "continue") return nextRound(run, event, now);
  if (run.state === "done") return { refused: "the run has ended" };
  switch (event.type) {
    case "submit":
      if (run.stop) return { refused: "someone asked to stop" };
      if (run.state === "submitted") return { refused: "already submitted" };
      if (run.state !== "queued") return { refused: `the run is ${run.state}` };
      return {
        ...run,
        state: "submitted",
        attempts: run.attempts + 1,
        submittedAt: now,
        queueJob: undefined,
      };
    case "submitted":
      if (run.queueJob && run.queueJob !== event.queueJob) return { refused: "another Batch job is at work" };
      return { ...run, queueJob: event.queueJob };
    case "start":
      if (run.stop) return { refused: "someone asked to stop" };
      if (run.state === "queued") return { refused: "nothing was submitted" };
      if (run.state === "waiting") return { refused: "it waits for a person" };
      // A round that was being published goes on being published: its pull request may be open already.
      if (run.state === "publishing") return run;
      return {
        ...run,
        state: "running",
        startedAt: run.startedAt ?? now,
        machine: { since: now, leftMs: timeLeftMs(run) },
        held: undefined,
      };
    case "progress":
      if (run.state !== "running" && run.state !== "publishing")
        return { refused: `the run is ${run.state}` };
      return { ...run, ...event.progress };
    case "stop":
      if (isPublishing(run)) return { refused: "it is already being published" };
      if (run.state === "running") return { ...run, stop: run.stop ?? { by: event.by, at: now } };
      return end({ ...run, stop: { by: event.by, at: now } }, "cancelled", {}, now);
    case "pause":
      return pause(run, event.by, now);
    case "wait":
      if (run.stop) return { refused: "someone asked to stop" };
      return wait(run, event.waiting);
    case "limit":
      if (run.stop) return { refused: "someone asked to stop" };
      if (run.state !== "queued") return { refused: `the run is ${run.state}` };
      if (!needsClaude(run)) return { refused: "it goes on without Claude" };
      return { ...run, state: "waiting", waiting: { for: "spend-limit", ...event.limit }, pause: undefined };
    case "lift":
      if (run.waiting?.for !== "spend-limit") return { refused: "it does not wait for a spend limit" };
      return { ...run, state: "queued", waiting: undefined, queueJob: undefined };
    case "ask-first":
      if (run.stop) return { refused: "someone asked to stop" };
      if (run.state !== "queued") return { refused: `the run is ${run.state}` };
      return { ...run, state: "waiting", waiting: event.waiting, pause: undefined };
    case "resume":
      if (event.since !== undefined && event.since !== run.waiting?.since)
        return { refused: "it is no longer waiting for that" };
      return resume(run, event.by, event.given, now);
    case "publish":
      if (run.stop) return { refused: "someone asked to stop" };
      if (run.state !== "running" && run.state !== "publishing")
        return { refused: `the run is ${run.state}` };
      return {
        ...run,
        state: "publishing",
        progress: "publishing",
        publishingSince: run.publishingSince ?? now,
      };
    case "finish":
      // Whatever the runner made of it before it heard of the stop.
      return end(run, run.stop ? "cancelled" : event.outcome, event.result, now);
    case "fail":
      return end(run, "failed", { ...event.result, reason: event.reason }, now);
    case "die":
      return afterDeath(run, event.how, now);
  }
}

function end(run: Run, outcome: NonNullable<Run["outcome"]>, result: Partial<Run>, now: number): Run {
  const over = { progress: undefined, held: undefined, waiting: undefined };
  return { ...run, ...result, state: "done", outcome, endedAt: now, ...over };
}

/** While it is published, only GitHub can hold a run up: by its limits, or with a branch that others changed. */
function wait(run: Run, waiting: Waiting): Run | Refusal {
  const isHeldUp = run.state === "publishing" && (waiting.for === "limited" || waiting.for === "branch");
  if (run.state !== "running" && !isHeldUp) return { refused: `the run is ${run.state}` };
  // Nothing was pushed where the branch was in the way, so a stop is in time again.
  const publishingSince = waiting.for === "branch" ? undefined : run.publishingSince;
  const over = { pause: undefined, progress: undefined, held: undefined };
  return { ...run, state: "waiting", waiting, publishingSince, ...over };
}

/** Rounds that the next one is told of. */
const maxEarlier = 5;

/** The same branch and pull request, another Batch job. What belongs to the round before is over. */
function nextRound(
  run: Run,
  { task, grantUsd }: Extract<RunEvent, { type: "continue" }>,
  now: number,
): Run | Refusal {
  if (run.state !== "done" || !run.outcome) return { refused: "the round before is not over" };
  const { round, outcome, summary, headSha } = run;
  const { job, number, revision, repository, baseBranch, branch, fork, pullRequest, usage, costUsd } = run;
  const isAutomatic = task.kind === "fix-checks" && task.by === undefined;
  return {
    ...{ job, number, revision, repository, baseBranch, branch, fork, pullRequest, usage, costUsd, headSha },
    ...{ isSigned: run.isSigned, lookAt: run.lookAt, modelName: run.modelName, patchOnly: run.patchOnly },
    lookedAt: run.lookedAt,
    automaticRounds: (run.automaticRounds ?? 0) + (isAutomatic ? 1 : 0),
    grantedUsd: (run.grantedUsd ?? 0) + grantUsd,
    earlier: [...(run.earlier ?? []), { round, outcome, task: run.task, summary, headSha }].slice(
      -maxEarlier,
    ),
    round: round + 1,
    task,
    state: "queued",
    // A patch stands on the commit that it was made from.
    baseSha: run.pullRequest ? undefined : run.baseSha,
    attempts: 0,
    turns: 0,
    queuedAt: now,
  };
}

function observe(
  run: Run,
  { standing, lookAt }: Extract<RunEvent, { type: "observe" }>,
  now: number,
): Run | Refusal {
  if (!run.pullRequest) return { refused: "it has no pull request" };
  if ((run.pullRequest.standing?.readAt ?? 0) > standing.readAt) return { refused: "a newer look was taken" };
  return { ...run, pullRequest: { ...run.pullRequest, standing }, lookAt, lookedAt: lookedAt(run, now) };
}

/** Clocks differ a little, and a look is never older than the end of the round that it follows. */
function lookedAt({ endedAt = 0 }: Run, now: number): number {
  return Math.max(now, endedAt);
}

function lookAt(
  run: Run,
  { at, inVain = false }: Extract<RunEvent, { type: "look-at" }>,
  now: number,
): Run | Refusal {
  if (!run.pullRequest) return { refused: "it has no pull request" };
  if (run.pullRequest.standing?.state === "merged") return { refused: "it is merged" };
  if (inVain) return { ...run, lookAt: at, lookedAt: lookedAt(run, now) };
  return run.lookAt === at ? run : { ...run, lookAt: at };
}

/** A run that works has to store where it is first; one that has not begun simply waits. */
function pause(run: Run, by: string, now: number): Run | Refusal {
  if (isPublishing(run)) return { refused: "it is already being published" };
  if (run.state === "waiting") return { refused: "it is waiting already" };
  if (run.state === "running") return { ...run, pause: run.pause ?? { by, at: now } };
  return { ...run, state: "waiting", waiting: { for: "paused", since: now, by }, pause: undefined };
}

/** What has to be given to a run that waits for this. */
const wanted: Record<Waiting["for"], Given["kind"][]> = {
  question: ["reply"],
  budget: ["more", "deliver"],
  paused: ["resume"],
  "spend-limit": ["resume"],
  hold: ["release"],
  branch: ["branch"],
  limited: ["time"],
};

/** Back into the queue, with what the person gave; the runner goes on from its last turn. */
function resume(run: Run, by: string, given: Given, now: number): Run | Refusal {
  const { waiting } = run;
  if (run.state !== "waiting" || !waiting) return { refused: "it is not waiting" };
  if (!wanted[waiting.for].includes(given.kind)) return { refused: "it is waiting for something else" };
  const queued: Run = { ...run, state: "queued", waiting: undefined, queueJob: undefined };
  // Whoever decides how it goes on gives it the time for that.
  const granted: Run = { ...queued, grantedMs: run.workedMs };
  switch (given.kind) {
    case "resume":
    case "time":
      return queued;
    case "branch":
      if (waiting.for !== "branch") return queued;
      return { ...granted, branchChoice: { choice: given.choice, by, headSha: waiting.headSha } };
    case "reply":
      return { ...queued, reply: given.text };
    case "deliver":
      return { ...granted, deliverAsIs: true };
    case "release":
      if (waiting.for !== "hold") return queued;
      return { ...granted, released: { by, at: now, change: waiting.change } };
    case "more": {
      const offerUsd = waiting.for === "budget" ? waiting.offerUsd : 0;
      return {
        ...granted,
        grantedUsd: (run.grantedUsd ?? 0) + offerUsd,
        grantedTurns: (run.grantedTurns ?? 0) + maxTurns,
      };
    }
  }
}

/** A dead runner is replaced, but not for ever: not after five deaths, and not if it dies twice at the same place. */
function afterDeath(run: Run, how: string, now: number): Run | Refusal {
  if (run.state === "queued" || run.state === "waiting") return { refused: "no runner was at work" };
  if (run.stop) return end(run, "cancelled", {}, now);
  const again = run.death?.turns === run.turns && run.death.how === how;
  const count = (run.death?.count ?? 0) + 1;
  if (again || count >= maxAttempts) {
    const reason: Failure = {
      kind: "runner-died",
      detail: again ? `${how}, twice at turn ${run.turns}` : how,
    };
    return end(run, "failed", { reason }, now);
  }
  return {
    ...run,
    state: "queued",
    death: { turns: run.turns, how, count },
    queueJob: undefined,
    progress: undefined,
    held: undefined,
  };
}

/** A run as it begins: first round, waiting for its Batch job. */
export function newRun(job: Job, number: number, repository: Repository, now: number): Run {
  return {
    job: job.id,
    number,
    revision: 0,
    repository,
    baseBranch: job.baseBranch ?? repository.defaultBranch,
    branch: branchOf(job.id),
    round: 1,
    state: "queued",
    attempts: 0,
    turns: 0,
    usage: noUsage,
    costUsd: 0,
    queuedAt: now,
  };
}

export type JobStatus =
  | "refused"
  | "starting"
  | "queued"
  | "running"
  | "waiting"
  | "done"
  | "partly failed"
  | "failed"
  | "cancelled";

/** What a job is, from its runs; never stored, so that it cannot differ from them. */
export function jobStatus(job: Job, runs: readonly Run[]): JobStatus {
  if (job.refused) return "refused";
  // Runs are created one by one; one that ends at once must not end the job before the others are there.
  if (runs.length < job.repositories.length) return "starting";
  if (!runs.every((run) => run.state === "done")) {
    const open = runs.filter((run) => run.state !== "done");
    if (open.every((run) => run.state === "waiting")) return "waiting";
    return runs.every((run) => run.state === "queued" || run.state === "submitted") ? "queued" : "running";
  }
  const failed = runs.filter((run) => run.outcome === "failed").length;
  if (failed > 0) return failed === runs.length ? "failed" : "partly failed";
  return runs.some((run) => run.outcome === "cancelled") ? "cancelled" : "done";
}

/** Whether nothing will change any more unless somebody asks. */
export function isOver(job: Job, runs: readonly Run[]): boolean {
  return !["starting", "queued", "running", "waiting"].includes(jobStatus(job, runs));
}

/** Whether a run has a machine, or has been promised one. */
export function hasMachine({ state }: Pick<Run, "state">): boolean {
  return state === "submitted" || state === "running" || state === "publishing";
}

/** Whether the model has to be asked before the round can end. */
export function needsClaude(run: Run): boolean {
  return !(run.deliverAsIs || run.released || run.task?.kind === "apply-patch" || isPublishing(run));
}

/** Its branch or pull request may be there already, even where the runner that published it has died. */
function isPublishing(run: Run): boolean {
  return run.state === "publishing" || run.publishingSince !== undefined;
}
