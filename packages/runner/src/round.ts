// The story of a round: take the lease, clone, let the agent work, deliver, and say how it ended.
import { Failed, failureOf } from "@cody/core/failure.ts";
import { isRefusal, type Refusal, type RunEvent } from "@cody/core/job.ts";
import { maxRoundMs } from "@cody/core/limits.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import { timeUsedUp } from "./agent/budget.ts";
import { letAgentWork } from "./agent/session.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Interruption, isStop, leavesRound } from "./interruption.ts";
import { deliver, keepPatch } from "./publish/deliver.ts";
import { refusalOf } from "./publish/guard.ts";
import { checkRepository } from "./repository-check.ts";
import type { FinishInput } from "./tools/finish.ts";
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
    const ended = await heartbeat.write(ending);
    world.log.info("The round ended", isRefusal(ended) ? { ...ended } : { outcome: ended.outcome });
    const isUnexpected = ending.type === "fail" && ending.reason.kind === "unexpected";
    return isUnexpected ? exitCodes.unexpected : exitCodes.ended;
  } finally {
    await heartbeat.end();
  }
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
    if (isStop(error)) return { type: "finish", outcome: "cancelled", result: {} };
    const reason = failureOf(error);
    world.log[reason.kind === "unexpected" ? "error" : "warn"]("The round failed", { error });
    return { type: "fail", reason: { ...reason, detail: world.redact(reason.detail) }, result: round.result };
  } finally {
    clearTimeout(timer);
  }
}

async function workAndDeliver(round: Round): Promise<RunEvent> {
  const { world, job, run, heartbeat, signal, result } = round;
  const stored = await world.work.turns(run.round);
  const place = await checkRepository(round, stored.length > 0 ? run.baseSha : undefined);
  const modelName = await world.model.nameOf(job.model, signal);
  await heartbeat.tell({ progress: "cloning", baseSha: place.baseSha, modelName });
  signal.throwIfAborted();
  const { baseBranch } = run;
  const { fullName: repository, cloneUrl, baseSha } = place;
  const workspace = await world.openWorkspace({ repository, cloneUrl, baseSha, baseBranch, signal });
  try {
    const worked = await outcomeOf(letAgentWork(round, workspace, stored));
    const change = await workspace.diff();
    const refusal = change && refusalOf(change);
    if (change && !refusal) await keepPatch(round, change);
    if ("error" in worked) throw worked.error;
    if (refusal) throw refusal;
    const words = worked.finished;
    if (change) return await deliver(round, workspace, { place, change, words });
    if (!words.noChangeNeeded) throw new Failed("stuck", "it finished a change, but nothing differs");
    result.summary = world.redact(words.noChangeNeeded);
    result.verification = world.redact(words.verification);
    return { type: "finish", outcome: "unchanged", result };
  } finally {
    await workspace.remove();
  }
}

/** A failure of the agent is kept, for its work so far is delivered first; an interruption is not. */
async function outcomeOf(
  work: Promise<FinishInput>,
): Promise<{ finished: FinishInput } | { error: unknown }> {
  try {
    return { finished: await work };
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
  return attempt > 1 ? Heartbeat.beginAfterDeath(options) : Heartbeat.begin(options);
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
