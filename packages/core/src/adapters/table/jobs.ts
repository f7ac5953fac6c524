// Jobs, runs and asks in the table.
import { twoDigits } from "../../ids.ts";
import { hasMachine, isRefusal, type Refusal } from "../../job.ts";
import { maxRepositories, retentionMs } from "../../limits.ts";
import type { Jobs } from "../../ports/store.ts";
import {
  type Ask,
  askSchema,
  type Job,
  type JobRecord,
  jobSchema,
  postSchema,
  type Run,
  runSchema,
} from "../../schema.ts";
import type { Item, Key, Table } from "./table.ts";

/** Of fifty that write one item at once, the last gets through in the fiftieth try; more mean something else is wrong. */
const maxCollisions = 100;

/** What the index of open things holds of a run. */
const openRunSchema = runSchema.pick({ job: true, number: true, state: true });
const runNameSchema = runSchema.pick({ job: true, number: true });

/** Jobs of one table. */
export function makeJobs(table: Table): Jobs {
  return {
    create: (job) => table.put(itemOfJob(job), "absent"),
    read: async (id) => recordOf(await table.partition(`JOB#${id}`)),
    async changeJob(id, decide) {
      for (let tries = 0; tries < maxCollisions; tries += 1) {
        const item = await table.get(jobKey(id));
        if (!item) return undefined;
        const job = jobSchema.parse(item);
        const changed = decide(job);
        if (!changed) return job;
        const revision = Number(item.revision ?? 0);
        const next = { ...itemOfJob(changed), revision: revision + 1 };
        const before = { equal: { revision: item.revision as number | undefined } };
        if (await table.put(next, before)) return changed;
      }
      throw new Error(`job ${id} changed ${maxCollisions} times while it was written`);
    },
    createRun: (run) => table.put(itemOfRun(run), "absent"),
    async readRun(job, number) {
      const item = await table.get(runKey(job, number));
      return item && runSchema.parse(item);
    },
    async changeRun(job, number, decide) {
      for (let tries = 0; tries < maxCollisions; tries += 1) {
        const item = await table.get(runKey(job, number));
        if (!item) return { refused: "there is no such run" };
        const run = runSchema.parse(item);
        const changed: Run | Refusal = decide(run);
        if (isRefusal(changed) || changed === run) return changed;
        const next = { ...changed, revision: run.revision + 1 };
        if (await table.put(itemOfRun(next), { equal: { revision: run.revision } })) return next;
      }
      throw new Error(`run ${number} of job ${job} changed ${maxCollisions} times while it was written`);
    },
    ask: (ask) => table.put({ ...askKey(ask), ...ask, expires: expiry(ask.at) }, "absent"),
    async asksOf(job) {
      return (await table.partition(`JOB#${job}`, "ASK#")).map((item) => askSchema.parse(item));
    },
    async answer(ask, answer) {
      await table.update(askKey(ask), { answer }, { equal: { answer: undefined, job: ask.job } });
    },
    async newest(team, limit) {
      const items = await table.index("team", team, { newestFirst: true, limit });
      return items.map((item) => jobSchema.parse(item));
    },
    async newestOf(team, user, limit) {
      const items = await table.index("person", personOf(team, user), { newestFirst: true, limit });
      return items.map((item) => jobSchema.parse(item));
    },
    async open() {
      return (await table.index("open", "JOBS")).map((item) => String(item.id));
    },
    async openRuns() {
      return (await table.index("open", "RUNS")).map((item) => openRunSchema.parse(item));
    },
    async nameThread(channel, ts, job) {
      await table.put({ ...threadKey(channel, ts), job, expires: expiry(Number(ts) * 1000) }, "absent");
    },
    async ofThread(channel, ts) {
      const item = await table.get(threadKey(channel, ts));
      return item?.job as string | undefined;
    },
    async namePullRequest(repository, pull, { job, number }) {
      await table.put({ ...pullKey(repository, pull), job, number, expires: expiry(Date.now()) });
    },
    async ofPullRequest(repository, pull) {
      const item = await table.get(pullKey(repository, pull));
      return item && runNameSchema.parse(item);
    },
    async dueLooks(now, limit) {
      const runs = await table.index("open", "PULLS", { until: now, limit: limit * maxRepositories });
      return [...new Set(runs.map((item) => String(item.job)))].slice(0, limit);
    },
  };
}

function jobKey(id: string): Key {
  return { pk: `JOB#${id}`, sk: "JOB" };
}

function runKey(job: string, number: number): Key {
  return { pk: `JOB#${job}`, sk: `RUN#${twoDigits(number)}` };
}

function askKey(ask: Ask): Key {
  return { pk: `JOB#${ask.job}`, sk: `ASK#${ask.id}` };
}

function threadKey(channel: string, ts: string): Key {
  return { pk: `THREAD#${channel}#${ts}`, sk: "THREAD" };
}

function pullKey(repository: number, pull: number): Key {
  return { pk: `PULL#${repository}#${pull}`, sk: "PULL" };
}

function personOf(team: string, user: string): string {
  return `${team}#${user}`;
}

function itemOfJob(job: Job): Item {
  return {
    ...jobKey(job.id),
    ...job,
    person: personOf(job.team, job.requester),
    expires: expiry(job.createdAt),
    ...(job.closedAt === undefined ? { open: "JOBS", openAt: job.createdAt } : {}),
  };
}

function itemOfRun(run: Run): Item {
  return {
    ...runKey(run.job, run.number),
    ...run,
    expires: expiry(run.queuedAt),
    ...openOf(run),
  };
}

/** Where a run is listed: among those that need a machine, or those whose pull requests are looked at. */
function openOf(run: Run): { open?: string; openAt?: number } {
  if (run.state === "queued" || hasMachine(run)) return { open: "RUNS", openAt: run.queuedAt };
  return run.state === "done" && run.lookAt !== undefined ? { open: "PULLS", openAt: run.lookAt } : {};
}

function recordOf(items: Item[]): JobRecord | undefined {
  const of = (prefix: string) => items.filter((item) => item.sk.startsWith(prefix));
  const job = items.find((item) => item.sk === "JOB");
  if (!job) return undefined;
  return {
    job: jobSchema.parse(job),
    runs: of("RUN#").map((item) => runSchema.parse(item)),
    asks: of("ASK#").map((item) => askSchema.parse(item)),
    posts: of("POST#").map((item) => postSchema.parse(item)),
  };
}

function expiry(from: number): number {
  return Math.floor((from + retentionMs) / 1000);
}
