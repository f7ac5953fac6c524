// Holds a runner's lease on its round: renews it, hears what people ask, and lets nothing be written once it is lost.
import { setTimeout as sleep } from "node:timers/promises";
import { isRefusal, type Refusal, type RunEvent, type RunProgress, transition } from "@cody/core/job.ts";
import { heartbeatMs, leaseMs, workToldEveryMs } from "@cody/core/limits.ts";
import type { Log } from "@cody/core/log.ts";
import type { Jobs, SpendLimits, Work } from "@cody/core/ports/store.ts";
import type { Run } from "@cody/core/schema.ts";
import { backoffMs, pause } from "./backoff.ts";
import { Interruption, SpendLimitMet } from "./interruption.ts";

export interface HeartbeatOptions {
  jobs: Jobs;
  work: Work;
  spendLimit: Pick<SpendLimits, "read">;
  run: Pick<Run, "job" | "number" | "round" | "workedMs">;
  /** Who holds the lease. */
  owner: string;
  /** Aborted, with an Interruption, where the machine is going away. */
  terminated: AbortSignal;
  now: () => number;
  log: Log;
  /** Milliseconds between two beats. */
  everyMs?: number;
}

/** Tries at one write while the table is away: about a minute and a half, longer than a lease lasts without beats. */
const maxTries = 8;

/** The hold of one runner on one round, from the taken lease to its return. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #broken = new AbortController();
  readonly #noMore = new AbortController();
  readonly #begunAt: number;
  #workTold: number;
  #isOver = false;
  /** The lease as this side knows it: it runs from before the call that renewed it. */
  #until: number;
  #pending: RunProgress = {};
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  /** Takes the lease and begins to beat; undefined where another runner holds it. */
  static async begin(options: HeartbeatOptions): Promise<Heartbeat | undefined> {
    const before = options.now();
    if (!(await options.work.takeLease(options.owner, before))) return undefined;
    return new Heartbeat(options, before + leaseMs);
  }

  /**
   * The same for a later attempt of one Batch job. It runs because the one before is dead, so it waits for that lease
   * to run out; a lease that is renewed meanwhile belongs to somebody who is alive, and is left alone.
   */
  static async beginAfterDeath(options: HeartbeatOptions): Promise<Heartbeat | undefined> {
    const { work, now, terminated, everyMs = heartbeatMs } = options;
    const until = await work.leaseUntil();
    for (;;) {
      const begun = await Heartbeat.begin(options);
      if (begun) return begun;
      const latest = await work.leaseUntil();
      // Moved on it belongs to somebody alive; moved back it was given away, and is free.
      if ((latest ?? 0) > (until ?? 0)) return undefined;
      // Any beat of somebody alive would be seen in between.
      const leftMs = Math.max(0, (latest ?? 0) - now()) + 1;
      await pause(Math.min(everyMs, leftMs), terminated);
    }
  }

  private constructor(options: HeartbeatOptions, until: number) {
    this.#options = options;
    this.#until = until;
    this.#begunAt = options.now();
    this.#workTold = this.#begunAt;
    const { terminated } = options;
    const leave = () => this.#break(terminated.reason);
    if (terminated.aborted) leave();
    else terminated.addEventListener("abort", leave, { once: true });
    this.#schedule();
  }

  /** Aborted with an Interruption where the round has to be broken off. */
  get signal(): AbortSignal {
    return this.#broken.signal;
  }

  /** Aborted with a SpendLimitMet where Claude takes nothing more; what goes on without it may go on. */
  get noMore(): AbortSignal {
    return this.#noMore.signal;
  }

  /** Hears now, and not with the next beat, of a spend limit that another run met. */
  hearSpendLimit(): Promise<void> {
    return this.whileHeld(() => this.#hearSpendLimit());
  }

  /** Throws where this runner may no longer write or push. */
  assertHeld(): void {
    if (this.#options.now() < this.#until) return;
    this.#lose("it ran out");
    throw lost("it ran out");
  }

  /** Lets what is new be written with the next beat. */
  report(progress: RunProgress): void {
    Object.assign(this.#pending, progress);
  }

  /** Writes progress now, because something new begins, and hears what people asked. */
  async tell(progress: RunProgress): Promise<void> {
    this.#heed(await this.write({ type: "progress", progress }));
  }

  /** Does a write, again and again while the table is away and the lease lasts. */
  async whileHeld<Result>(write: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      this.assertHeld();
      try {
        return await write();
      } catch (error) {
        if (tries === maxTries || error instanceof Interruption) throw error;
        this.#options.log.warn("The table did not take a write", { error, tries });
        await sleep(backoffMs(tries));
      }
    }
  }

  /** Writes an event now, with all that was reported. A refusal is the caller's to judge. */
  async write(event: RunEvent): Promise<Run | Refusal> {
    return this.whileHeld(() => this.#write(event));
  }

  async #write(event: RunEvent): Promise<Run | Refusal> {
    const { jobs, run, now } = this.#options;
    const pending = this.#pending;
    this.#pending = {};
    const told = now();
    const progress = { ...pending, workedMs: (run.workedMs ?? 0) + told - this.#begunAt };
    try {
      const written = await jobs.changeRun(run.job, run.number, (newest) => {
        if (newest.round !== run.round) return { refused: "another round has begun" };
        const latest = transition(newest, { type: "progress", progress }, now());
        return transition(isRefusal(latest) ? newest : latest, event, now());
      });
      this.#workTold = told;
      this.#isOver = !isRefusal(written) && (written.state === "done" || written.state === "waiting");
      if (this.#isOver) this.#rest();
      return written;
    } catch (error) {
      this.#pending = { ...pending, ...this.#pending };
      throw error;
    }
  }

  /** The run as the table has it now. */
  read(): Promise<Run | undefined> {
    const { jobs, run } = this.#options;
    return this.whileHeld(() => jobs.readRun(run.job, run.number));
  }

  /** Stops beating, writes what is new, and gives the lease back. */
  async end(): Promise<void> {
    this.#rest();
    await this.#beating;
    const { work, owner, now, log } = this.#options;
    if (now() >= this.#until) return;
    try {
      if (!this.#isOver) await this.#write({ type: "progress", progress: {} });
      await work.giveLease(owner, now());
    } catch (error) {
      log.warn("The lease was not given back; it runs out by itself", { error });
    }
  }

  get #hasNews(): boolean {
    const { now } = this.#options;
    return Object.keys(this.#pending).length > 0 || now() - this.#workTold >= workToldEveryMs;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#beating = this.#beat();
    }, this.#options.everyMs ?? heartbeatMs);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #beat(): Promise<void> {
    const { log, now } = this.#options;
    try {
      await this.#renew();
      if (this.#until > 0) this.#heed(await this.#tellOrRead());
      await this.#hearSpendLimit();
    } catch (error) {
      // The lease outlives many lost beats, so the table may be away for a while.
      log.warn("A heartbeat failed", { error });
      if (now() >= this.#until) this.#lose("the table could not be reached");
    }
    if (this.#timer) this.#schedule();
  }

  async #renew(): Promise<void> {
    const { work, owner, now } = this.#options;
    const before = now();
    if (await work.renewLease(owner, before)) this.#until = before + leaseMs;
    else this.#lose("another runner has it");
  }

  /** One write where there is something to tell, one read where there is not; both show what people asked. */
  async #tellOrRead(): Promise<Run | Refusal> {
    if (this.#hasNews) return this.#write({ type: "progress", progress: {} });
    const { jobs, run } = this.#options;
    return (await jobs.readRun(run.job, run.number)) ?? { refused: "the run is gone" };
  }

  async #hearSpendLimit(): Promise<void> {
    if (this.noMore.aborted) return;
    const limit = await this.#options.spendLimit.read();
    if (limit) this.#noMore.abort(new SpendLimitMet(limit));
  }

  #heed(run: Run | Refusal): void {
    if (isRefusal(run)) this.#lose(run.refused);
    else if (run.state === "done" || run.round !== this.#options.run.round) this.#lose("the round was ended");
    else if (run.stop) this.#break(new Interruption("stopped", `${run.stop.by} asked to stop`));
    else if (run.pause && run.state === "running") this.#break(new Interruption("paused", run.pause.by));
  }

  #lose(why: string): void {
    this.#until = 0;
    this.#break(lost(why));
  }

  #break(reason: Interruption): void {
    if (this.signal.aborted) return;
    this.#options.log.info("The round is broken off", { kind: reason.kind, why: reason.message });
    this.#broken.abort(reason);
  }
}

function lost(why: string): Interruption {
  return new Interruption("lease-lost", `the lease on the round was lost: ${why}`);
}
