// The story of a round: take the lease, clone, let the agent work, deliver, and say how it ended.
import { Failed, failureOf } from "@cody/core/failure.ts";
import { isRefusal, type Refusal, type RunEvent } from "@cody/core/job.ts";
import { maxRoundMs } from "@cody/core/limits.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import { shareUsd, timeUsedUp } from "./agent/budget.ts";
import { letAgentWork, type Worked } from "./agent/session.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Interruption, isPause, isStop, leavesRound } from "./interruption.ts";
import { deliver, keepPatch } from "./publish/deliver.ts";
import { guard } from "./publish/guard/guard.ts";
import { checkRepository } from "./repository-check.ts";
import type { Assignment, Round, World } from "./world.ts";

/** Does the assigned round, or as much of it as is left. Throws only where the table itself cannot be used. */
export async function doRound(
  world: World,
  assignment: Assignment,
  terminated: AbortSignal,
): Promise<ExitCode> {
  try {
    return await takeRound(world, assignment, terminated);
  } catch (error) {
    if (!leavesRound(error)) throw error;
    return exitCodes.interrupted;
  }
}

async function takeRound(world: World, assignment: Assignment, terminated: AbortSignal): Promise<ExitCode> {
  const { job, run } = await readAssigned(world, assignment);
  if (run.state === "done") return exitCodes.ended;
  const heartbeat = await hold(world, assignment, run, terminated);
  if (!heartbeat) {
    world.log.info("Another runner holds the lease");
    return exitCodes.ended;
  }
  try {
    const begun = await heartbeat.write({ type: "start" });
    if (isRefusal(begun)) return await refuseToBegin(world, heartbeat, run, begun);
    const ending = await carryOut(world, { job, run: begun, heartbeat });
    const ended = await conclude(heartbeat, ending);
    world.log.info(
      "The round ended",
      isRefusal(ended) ? { ...ended } : { outcome: ended.outcome ?? ended.state },
    );
    const isUnexpected = ending.type === "fail" && ending.reason.kind === "unexpected";
    return isUnexpected ? exitCodes.unexpected : exitCodes.ended;
  } finally {
    await heartbeat.end();
  }
}

/** A stop that came before the run began to wait wins; so does being published, which the next attempt goes on with. */
async function conclude(heartbeat: Heartbeat, ending: RunEvent): Promise<Run | Refusal> {
  const written = await heartbeat.write(ending);
  if (ending.type !== "wait" || !isRefusal(written)) return written;
  const newest = await heartbeat.read();
  if (newest?.state === "publishing") throw new Interruption("terminated", written.refused);
  return heartbeat.write({ type: "finish", outcome: "cancelled", result: {} });
}

/** Everything between the beginning and the end of a round; whatever goes wrong on the way becomes its end. */
async function carryOut(world: World, begun: Pick<Round, "job" | "run" | "heartbeat">): Promise<RunEvent> {
  const outOfTime = new AbortController();
  const timer = setTimeout(() => outOfTime.abort(new Failed("limit-reached", timeUsedUp)), maxRoundMs);
  const deadline = world.now() + maxRoundMs;
  const signal = AbortSignal.any([begun.heartbeat.signal, outOfTime.signal]);
  const round: Round = { ...begun, world, signal, deadline, result: {} };
  try {
    return await workAndDeliver(round);
  } catch (error) {
    if (leavesRound(error)) throw error;
    return endingAfter(error, round, error === outOfTime.signal.reason);
  } finally {
    clearTimeout(timer);
  }
}

/** What a round that was broken off, or broke, comes to. Only what is nobody's wish and no limit is a failure. */
export function endingAfter(
  error: unknown,
  { world, job, result }: Pick<Round, "job" | "result"> & { world: Pick<World, "now" | "redact" | "log"> },
  isOutOfTime: boolean,
): RunEvent {
  const since = world.now();
  if (isStop(error)) return { type: "finish", outcome: "cancelled", result: {} };
  if (isPause(error)) return { type: "wait", waiting: { for: "paused", since, by: error.message } };
  const reason = failureOf(error);
  const detail = world.redact(reason.detail);
  if (isOutOfTime)
    return { type: "wait", waiting: { for: "budget", since, reached: detail, offerUsd: shareUsd(job) } };
  // Nothing is wrong with the run: when somebody has raised the limit, it goes on where it is.
  if (reason.kind === "claude-spend-limit")
    return { type: "wait", waiting: { for: "spend-limit", since, reached: detail } };
  world.log[reason.kind === "unexpected" ? "error" : "warn"]("The round failed", { error });
  return { type: "fail", reason: { ...reason, detail }, result };
}

async function workAndDeliver(round: Round): Promise<RunEvent> {
  const { world, job, run, heartbeat, signal, result } = round;
  const stored = await world.work.turns(run.round);
  const place = await checkRepository(round, stored.length > 0 ? run.baseSha : undefined);
  const [modelName, isolation] = await Promise.all([world.model.nameOf(job.model, signal), world.isolate()]);
  await heartbeat.tell({ progress: "cloning", baseSha: place.baseSha, modelName, isolation });
  signal.throwIfAborted();
  const { baseBranch } = run;
  const { cloneUrl, baseSha } = place;
  const workspace = await world.openWorkspace({ repository: place, cloneUrl, baseSha, baseBranch, signal });
  try {
    const worked = await outcomeOf(letAgentWork(round, workspace, stored));
    if ("waiting" in worked) return { type: "wait", waiting: worked.waiting };
    const change = await workspace.diff();
    const judged = change && guard(change, world.isOwnSecret);
    const refused = judged?.verdict === "refuse" ? judged : undefined;
    if (change && refused?.withPatch !== false) await keepPatch(round, change);
    if ("error" in worked) throw worked.error;
    if (refused) throw new Failed(refused.failure.kind, refused.failure.detail);
    const words = worked.finished;
    const reasons = judged?.verdict === "hold" ? judged.reasons : [];
    if (change) return await deliver(round, workspace, { place, change, words, reasons });
    if (!words.noChangeNeeded) throw new Failed("stuck", "it finished a change, but nothing differs");
    result.summary = world.redact(words.noChangeNeeded);
    result.verification = world.redact(words.verification);
    return { type: "finish", outcome: "unchanged", result };
  } finally {
    const denied = world.denied();
    if (denied.length > 0 || run.denied) heartbeat.report({ denied });
    await workspace.remove();
  }
}

/** A failure of the agent is kept, for its work so far is delivered first; an interruption is not. */
async function outcomeOf(work: Promise<Worked>): Promise<Worked | { error: unknown }> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Interruption) throw error;
    return { error };
  }
}

async function readAssigned(world: World, assignment: Assignment): Promise<{ job: Job; run: Run }> {
  const record = await world.jobs.read(assignment.job);
  const run = record?.runs.find(({ number }) => number === assignment.run);
  if (!record || !run) throw new Error(`there is no run ${assignment.run} of job ${assignment.job}`);
  return { job: record.job, run };
}

function hold(world: World, { queueJob, attempt }: Assignment, run: Run, terminated: AbortSignal) {
  const options = { ...world, run, owner: `${queueJob}#${attempt}`, terminated };
  // Whoever was there before is dead or about to give the lease back, whether Batch started this one or the table did.
  const isFirst = attempt === 1 && run.attempts <= 1;
  return isFirst ? Heartbeat.begin(options) : Heartbeat.beginAfterDeath(options);
}

/** A runner can die after it was told to stop; the one that follows only has to say so. Anything else is not its own. */
async function refuseToBegin(
  { jobs, log }: World,
  heartbeat: Heartbeat,
  { job, number }: Run,
  { refused }: Refusal,
): Promise<ExitCode> {
  log.info("There is nothing to begin", { refused });
  const newest = await jobs.readRun(job, number);
  if (newest?.stop) await heartbeat.write({ type: "finish", outcome: "cancelled", result: {} });
  return exitCodes.ended;
}
