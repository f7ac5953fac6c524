// Whether a run's runner is well, from what Batch and its lease say.
import { leaseMs, submittedTooLongMs } from "@cody/core/limits.ts";
import type { QueueState } from "@cody/core/ports/queue.ts";
import type { Run } from "@cody/core/schema.ts";
import { expect, test } from "vitest";
import { verdictOn } from "../../packages/bot/src/effects/repair-runs.ts";
import { exampleRun, start } from "../core/examples.ts";

const now = start + 60 * 60_000;
const submitted = exampleRun({ state: "submitted", submittedAt: now - 60_000, queueJob: "b1" });
const waitedLong = { ...submitted, submittedAt: now - submittedTooLongMs - 1 };
const running = exampleRun({ state: "running", startedAt: now - 30 * 60_000, queueJob: "b1" });
const waits: QueueState = { state: "waiting", reason: "no capacity" };
const runs: QueueState = { state: "running" };
const ended: QueueState = { state: "ended", reason: "Host EC2 terminated" };
const well = { type: "well" };

const cases: { name: string; run: Run; queued?: QueueState; leaseUntil?: number; verdict: object }[] = [
  { name: "submitted, waits in the queue", run: submitted, queued: waits, verdict: well },
  { name: "submitted, its container runs but has not said so", run: submitted, queued: runs, verdict: well },
  { name: "submitted, Batch has not heard of it yet", run: submitted, verdict: well },
  {
    name: "submitted, ended before it began",
    run: submitted,
    queued: ended,
    verdict: { type: "dead", how: "Host EC2 terminated" },
  },
  {
    name: "submitted, ended without a word",
    run: submitted,
    queued: { state: "ended" },
    verdict: { type: "dead", how: "it ended before it began" },
  },
  {
    name: "submitted just short of too long ago",
    run: { ...submitted, submittedAt: now - submittedTooLongMs },
    queued: waits,
    verdict: well,
  },
  {
    name: "submitted too long ago, Batch says why",
    run: waitedLong,
    queued: waits,
    verdict: { type: "unstarted", how: "no capacity" },
  },
  {
    name: "submitted too long ago, Batch knows nothing of it",
    run: waitedLong,
    verdict: { type: "unstarted", how: "no machine was free in time" },
  },
  { name: "running, its lease holds", run: running, queued: runs, leaseUntil: now + 1, verdict: well },
  {
    name: "running, its lease holds though Batch has forgotten it",
    run: running,
    leaseUntil: now + 1,
    verdict: well,
  },
  {
    name: "running, Batch has ended it",
    run: running,
    queued: ended,
    leaseUntil: now,
    verdict: { type: "dead", how: "Host EC2 terminated" },
  },
  {
    name: "running, Batch has forgotten it",
    run: running,
    verdict: { type: "dead", how: "Batch does not know its job any more" },
  },
  {
    name: "running, silent for as long as a lease",
    run: running,
    queued: runs,
    leaseUntil: now - leaseMs,
    verdict: well,
  },
  {
    name: "running, silent for longer than three leases",
    run: running,
    queued: runs,
    leaseUntil: now - 3 * leaseMs - 1,
    verdict: { type: "hung", how: "it stopped answering" },
  },
  {
    name: "running, its next attempt waits for a machine for longer than that",
    run: running,
    queued: waits,
    leaseUntil: now - 10 * leaseMs,
    verdict: well,
  },
  {
    name: "running, its lease was given back before the next attempt",
    run: running,
    queued: waits,
    verdict: well,
  },
  {
    name: "publishing, Batch has ended it",
    run: { ...running, state: "publishing" },
    queued: ended,
    verdict: { type: "dead", how: "Host EC2 terminated" },
  },
  {
    name: "publishing, its lease holds",
    run: { ...running, state: "publishing" },
    queued: runs,
    leaseUntil: now + 1,
    verdict: well,
  },
];

test.each(cases)("$name: $verdict.type", ({ run, queued, leaseUntil, verdict }) => {
  expect(verdictOn(run, queued, leaseUntil, now)).toEqual(verdict);
});
