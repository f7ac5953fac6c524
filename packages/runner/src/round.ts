// The story of a round: take the lease, clone, let the agent work, deliver, and say how it ended.
import { shareUsd, timeLeftMs } from "@cody/core/budget.ts";
import { Failed, failureOf } from "@cody/core/failure.ts";
import { isRefusal, needsClaude, type Refusal, type RunEvent } from "@cody/core/job.ts";
import { ContentLimited } from "@cody/core/ports/code-host.ts";
import type { Workspace } from "@cody/core/ports/workspace.ts";
import type { Job, Run, Turn } from "@cody/core/schema.ts";
import { timeUsedUp } from "./agent/budget.ts";
import { parseMessages, textsIn } from "./agent/message.ts";
import { letAgentWork, type Worked } from "./agent/session.ts";
import { taskOf, threadsIn } from "./agent/task.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { guard } from "./guard/guard.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Interruption, isPause, isStop, leavesRound, SpendLimitMet } from "./interruption.ts";
import { answerThreads } from "./publish/answer-threads.ts";
import { deliver, keepPatch, patienceOf } from "./publish/deliver.ts";
import { pacedCodeHost, whileGitHubIsAway } from "./publish/patience.ts";
import { nothingToDo, wordsWithoutAgent } from "./publish/stored-words.ts";
import { checkRepository, type Place } from "./repository-check.ts";
import { type Beginning, beginningOf } from "./round-beginning.ts";
import { shareClaude } from "./shared-claude.ts";
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
  const { job, run, heartbeat } = begun;
  const usedUp = new Failed("limit-reached", timeUsedUp(job, run));
  const outOfTime = new AbortController();
  const leftMs = timeLeftMs(run);
  const timer = setTimeout(() => outOfTime.abort(usedUp), leftMs);
  const deadline = world.now() + leftMs;
  const signal = AbortSignal.any([heartbeat.signal, outOfTime.signal]);
  const model = shareClaude({ ...world, heartbeat, deadline });
  const codeHost = pacedCodeHost(world.codeHost, { ...world, signal: heartbeat.signal });
  const round: Round = { ...begun, world: { ...world, model, codeHost }, signal, deadline, result: {} };
  try {
    if (leftMs === 0) throw usedUp;
    await heartbeat.hearSpendLimit();
    // Nothing need be cloned where nothing could follow.
    if (needsClaude(run)) heartbeat.noMore.throwIfAborted();
    return await workAndDeliver(round);
  } catch (error) {
    if (leavesRound(error)) throw error;
    return endingAfter(error, round, error === usedUp);
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
  if (error instanceof SpendLimitMet) {
    world.log.warn("A spend limit of the key holds the round up", { ...error.limit });
    return { type: "wait", waiting: { for: "spend-limit", ...error.limit } };
  }
  if (isPause(error)) return { type: "wait", waiting: { for: "paused", since, by: error.message } };
  // It goes on by itself when the time has come, and a machine that waits has to be paid.
  if (error instanceof ContentLimited)
    return { type: "wait", waiting: { for: "limited", since, until: error.until, reached: error.message } };
  const reason = failureOf(error);
  const detail = world.redact(reason.detail);
  if (isOutOfTime)
    return { type: "wait", waiting: { for: "budget", since, reached: detail, offerUsd: shareUsd(job) } };
  world.log[reason.kind === "unexpected" ? "error" : "warn"]("The round failed", { error });
  return { type: "fail", reason: { ...reason, detail }, result };
}

async function workAndDeliver(round: Round): Promise<RunEvent> {
  const { world, job, run, heartbeat, signal } = round;
  const stored = await world.work.turns(run.round);
  const place = await checkRepository(round);
  const isResumed = stored.length > 0 || run.released !== undefined || run.publishingSince !== undefined;
  const beginning = await beginningOf(round, place, isResumed);
  if ("waiting" in beginning) return { type: "wait", waiting: beginning.waiting };
  if (beginning.merge && beginning.merge.sha === beginning.merge.ancestor) {
    const summary = `The branch holds the newest commit of \`${run.baseBranch}\` already.`;
    return { type: "finish", outcome: "unchanged", result: { summary, verification: "Asked GitHub." } };
  }
  const onWait = (why: string) => heartbeat.report({ progress: world.redact(why) });
  const [modelName, isolation] = await Promise.all([
    needsClaude(run) ? world.model.nameOf(job.model, signal, onWait) : run.modelName,
    world.isolate(),
  ]);
  const { baseSha, merge } = beginning;
  await heartbeat.tell({ progress: "cloning", baseSha, mergeSha: merge?.sha, modelName, isolation });
  signal.throwIfAborted();
  const { codeHost } = world;
  const { cloneUrl } = place;
  const { patch, fork } = beginning;
  const from = { baseSha, patch, merge, fork, cloneUrl, baseBranch: run.baseBranch };
  const workspace = await world.openWorkspace({ ...from, repository: place, codeHost, signal });
  try {
    return await workIn(round, workspace, { place, beginning, stored });
  } finally {
    const denied = world.denied();
    if (denied.length > 0 || run.denied) heartbeat.report({ denied });
    await workspace.remove();
  }
}

interface Begun {
  place: Place;
  beginning: Beginning;
  stored: readonly Turn[];
}

async function workIn(
  round: Round,
  workspace: Workspace,
  { place, beginning, stored }: Begun,
): Promise<RunEvent> {
  const { world, job, run, result } = round;
  const already = wordsWithoutAgent(run, beginning, workspace);
  const isNew = stored.length === 0 && !already;
  const task = isNew ? await taskOf(round, { place, beginning, workspace }) : { words: [] };
  const worked: Worked | { error: unknown } =
    "nothing" in task
      ? { finished: task.nothing }
      : already
        ? { finished: already }
        : await outcomeOf(letAgentWork(round, workspace, { stored, task: task.words }));
  if ("waiting" in worked) return { type: "wait", waiting: worked.waiting };
  const change = await workspace.diff();
  const judged = change && guard(change, world.isOwnSecret);
  const refused = judged?.verdict === "refuse" ? judged : undefined;
  if (change && refused?.withPatch !== false) await keepPatch(round, change);
  if ("error" in worked) throw worked.error;
  if (refused) throw new Failed(refused.failure.kind, refused.failure.detail);
  const marked = await workspace.marked();
  if (marked.length > 0)
    throw new Failed("change-refused", `marks of a conflict are left in ${marked.join(", ")}`);
  const given = stored.length > 0 ? firstWords(stored) : "words" in task ? task.words.join("\n\n") : "";
  const threads = threadsIn(job, given);
  const words = worked.finished;
  if (change || beginning.lacksPullRequest)
    return deliver(round, workspace, { place, beginning, change, words, threads });
  const why = already ? nothingToDo(run) : words.noChangeNeeded;
  if (!why) throw new Failed("stuck", "it finished a change, but nothing differs");
  result.summary = world.redact(why);
  result.verification = world.redact(words.verification);
  const pull = run.pullRequest?.number;
  if (pull !== undefined && threads.length > 0) {
    const replies = words.reviewReplies ?? [];
    result.notes = await whileGitHubIsAway(patienceOf(round), () =>
      answerThreads(round, { place, pull, threads, replies }),
    );
  }
  return { type: "finish", outcome: "unchanged", result };
}

/** The message that the round began with. */
function firstWords([first]: readonly Turn[]): string {
  return first ? textsIn(parseMessages(first.messages), "user").join("\n\n") : "";
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
