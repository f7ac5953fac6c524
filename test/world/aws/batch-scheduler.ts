// Takes jobs through their states: waits for a place, runs attempts, stops them, decides what comes after each.

import { type Container, type ContainerExit, startContainer } from "./batch-container.ts";
import type { BatchQueue, Detail, Job } from "./batch-job.ts";
import { hasEnded } from "./batch-job.ts";
import { isRetried } from "./batch-retry.ts";
import { pause } from "./pause.ts";

export interface SchedulerOptions {
  maxParallel: number;
  /** From submission to running: half of it RUNNABLE, half STARTING. */
  startDelayMs: number;
  /** Between SIGTERM and SIGKILL; AWS gives 30 seconds. */
  stopTimeoutMs: number;
  /** What a second of a job's timeout lasts, as a part of a real one. */
  timeoutFactor: number;
  computeEnvironment: string;
  cwd: string;
  onChange: (detail: Detail) => void;
  onLog: (jobId: string, line: string) => void;
}

export interface Scheduler {
  submit(job: Job, queue: BatchQueue): void;
  /** Ends a job that has not started; others go on. */
  cancel(job: Job, reason: string): void;
  /** Ends a job in any state. */
  terminate(job: Job, reason: string): void;
  /** Ends the attempt under way for a reason that is not the job's: politely, or by loss of its host. */
  interrupt(job: Job, statusReason: string): void;
  loseHost(job: Job, statusReason: string): void;
  pidOf(job: Job): number | undefined;
  close(): Promise<void>;
}

/** Why an attempt was stopped from outside. */
interface Stop {
  statusReason: string;
  final: boolean;
  hostLost?: boolean;
}

interface Place {
  job: Job;
  queue: BatchQueue;
  /** True starts the job, false says that it ended while it waited. */
  take: (start: boolean) => void;
}

const OVERRIDES_TOO_LONG = "Container Overrides length must be at most 8192";
const MAX_OVERRIDES_LENGTH = 8192;
const MAX_LOG_LINES = 10_000;
/** Longer waits than this overflow the timer; Fargate ends jobs after 14 days anyway. */
const MAX_TIMER_MS = 14 * 24 * 3600 * 1000;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const closing = new AbortController();
  const waiting: Place[] = [];
  /** Jobs that hold a place, from STARTING on. */
  const placed = new Map<Job, BatchQueue>();
  const containers = new Map<Job, Container>();
  const stops = new Map<Job, Stop>();
  const lives = new Set<Promise<void>>();

  function change(job: Job, changes: Partial<Detail>): void {
    Object.assign(job.detail, changes);
    if (!closing.signal.aborted) options.onChange(job.detail);
  }

  function finish(
    job: Job,
    status: "SUCCEEDED" | "FAILED",
    statusReason: string,
    flags: Partial<Detail> = {},
  ): void {
    change(job, { status, statusReason, stoppedAt: Date.now(), ...flags });
  }

  /** A fair-share queue gives the next place to the share that has the fewest; others go by order of arrival. */
  function fillPlaces(): void {
    const inUse = ({ job, queue }: Place) =>
      queue.schedulingPolicy
        ? [...placed].filter(
            ([other, of]) => of === queue && other.detail.shareIdentifier === job.detail.shareIdentifier,
          ).length
        : 0;
    while (placed.size < options.maxParallel && waiting.length > 0) {
      const next = waiting.reduce((best, place) => (inUse(place) < inUse(best) ? place : best));
      waiting.splice(waiting.indexOf(next), 1);
      placed.set(next.job, next.queue);
      next.take(true);
    }
  }

  async function live(job: Job, queue: BatchQueue): Promise<void> {
    // SubmitJob has answered before anything else happens.
    await pause(0, closing.signal);
    let again = !hasEnded(job);
    while (again && !closing.signal.aborted) {
      change(job, { status: "RUNNABLE" });
      if (options.startDelayMs > 0) await pause(options.startDelayMs / 2, closing.signal);
      if (hasEnded(job) || closing.signal.aborted) return;
      const started = await new Promise<boolean>((take) => {
        waiting.push({ job, queue, take });
        fillPlaces();
      });
      if (!started) return;
      change(job, { status: "STARTING" });
      await pause(options.startDelayMs / 2, closing.signal);
      again = !closing.signal.aborted && (await attempt(job, queue));
      placed.delete(job);
      fillPlaces();
    }
  }

  /** Runs one attempt and returns whether another follows. */
  async function attempt(job: Job, queue: BatchQueue): Promise<boolean> {
    const { detail } = job;
    const number = detail.attempts.length + 1;
    const early = stops.get(job)?.statusReason;
    if (early !== undefined || job.overridesLength > MAX_OVERRIDES_LENGTH) {
      stops.delete(job);
      finish(job, "FAILED", early ?? OVERRIDES_TOO_LONG);
      return false;
    }
    const logStreamName = `${detail.jobDefinition?.split("/").pop()?.split(":")[0]}/default/${detail.jobId}-${number}`;
    const container = startContainer({
      command: job.command,
      cwd: options.cwd,
      environment: {
        ...job.environment,
        ...job.secrets,
        AWS_BATCH_JOB_ID: detail.jobId ?? "",
        AWS_BATCH_JOB_ATTEMPT: String(number),
        AWS_BATCH_JQ_NAME: queue.name,
        AWS_BATCH_CE_NAME: options.computeEnvironment,
      },
      onLine(line) {
        job.logs.push(line);
        if (job.logs.length > MAX_LOG_LINES) job.logs.shift();
        options.onLog(detail.jobId ?? "", line);
      },
    });
    const startedAt = Date.now();
    if (container.pid !== undefined) {
      containers.set(job, container);
      const { exitCode: _, reason: __, ...settings } = detail.container;
      change(job, { status: "RUNNING", startedAt, container: { ...settings, logStreamName } });
    }
    const timer = startTimer(job);
    const exit = await container.exited;
    clearTimeout(timer);
    containers.delete(job);
    return settle(job, exit, startedAt, logStreamName);
  }

  function startTimer(job: Job): NodeJS.Timeout | undefined {
    const seconds = job.detail.timeout?.attemptDurationSeconds;
    if (seconds === undefined) return undefined;
    const stop = { statusReason: "Job attempt duration exceeded timeout", final: true };
    return setTimeout(
      () => stopContainer(job, stop),
      Math.min(seconds * 1000 * options.timeoutFactor, MAX_TIMER_MS),
    );
  }

  /** Records how an attempt ended and returns whether another follows. */
  function settle(job: Job, exit: ContainerExit, startedAt: number, logStreamName: string): boolean {
    const stop = stops.get(job);
    stops.delete(job);
    const end = {
      exitCode: stop?.hostLost ? undefined : exit.exitCode,
      reason: exit.reason,
      statusReason:
        stop?.statusReason ?? (exit.reason ? "Task failed to start" : "Essential container in task exited"),
    };
    const { detail } = job;
    const shown = { exitCode: end.exitCode, reason: end.reason, logStreamName };
    detail.attempts.push({
      container: { ...shown, networkInterfaces: [] },
      startedAt,
      stoppedAt: Date.now(),
      statusReason: end.statusReason,
    });
    Object.assign(detail.container, shown);
    if (!stop?.final && end.exitCode === 0) {
      finish(job, "SUCCEEDED", end.statusReason);
      return false;
    }
    if (!stop?.final && isRetried(detail.retryStrategy, detail.attempts.length, end)) {
      detail.statusReason = end.statusReason;
      return true;
    }
    finish(job, "FAILED", end.statusReason);
    return false;
  }

  /** The first reason stands, unless the new one is final. */
  function stopContainer(job: Job, stop: Stop): void {
    const earlier = stops.get(job);
    if (!earlier || (stop.final && !earlier.final)) stops.set(job, stop);
    if (!earlier) containers.get(job)?.stop(options.stopTimeoutMs);
  }

  /** Ends a job that holds no place yet. Returns false when it does, or has ended. */
  function endUnstarted(job: Job, reason: string, flags: Partial<Detail>): boolean {
    if (hasEnded(job) || placed.has(job)) return false;
    finish(job, "FAILED", reason, flags);
    const index = waiting.findIndex((place) => place.job === job);
    if (index >= 0) waiting.splice(index, 1)[0]?.take(false);
    return true;
  }

  function running(job: Job): Container {
    const container = containers.get(job);
    if (container) return container;
    throw new Error(
      `Job ${job.detail.jobId} is ${job.detail.status}: only one that is RUNNING can lose its place.`,
    );
  }

  return {
    submit(job, queue) {
      const life = live(job, queue).finally(() => lives.delete(life));
      lives.add(life);
    },
    cancel(job, reason) {
      endUnstarted(job, reason, { isCancelled: true });
    },
    terminate(job, reason) {
      if (hasEnded(job) || endUnstarted(job, reason, { isTerminated: true })) return;
      job.detail.isTerminated = true;
      stopContainer(job, { statusReason: reason, final: true });
    },
    interrupt(job, statusReason) {
      running(job);
      stopContainer(job, { statusReason, final: false });
    },
    loseHost(job, statusReason) {
      const container = running(job);
      stops.set(job, { statusReason, final: stops.get(job)?.final ?? false, hostLost: true });
      container.kill();
    },
    pidOf: (job) => containers.get(job)?.pid,
    async close() {
      closing.abort();
      for (const place of waiting.splice(0)) place.take(false);
      for (const container of containers.values()) container.kill();
      await Promise.all(lives);
    },
  };
}
