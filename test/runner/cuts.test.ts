// A round that is cut at every boundary with the outside, by a death, an announced end or a lost lease, and gone on with.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExitCode } from "../../packages/runner/src/exit-code.ts";
import type { Reply, Script } from "../world/claude/script.ts";
import type { Machine } from "./machines.ts";
import { command, edit, finish } from "./replies.ts";
import { submitAgain, write } from "./submitted-run.ts";
import { leaseLeftMs, outputOf, type Play, type Point, type State, Theatre, type Whole } from "./theatre.ts";

/** Hundreds of rounds; most of each is waiting, and a busy machine lets them wait. */
const timeout = 300_000;
/** A dead runner's lease has run out by then. */
const laterMs = 61_000;
const atOnce = 6;

const sources = { "README.md": "# Shop\n", "src/price.ts": "export const vat = 19;\n" };
const askFirst = "Ask whether food is meant as well.";
const question: Reply = {
  calls: [{ name: "ask_person", input: { question: "Food as well?", options: ["Yes", "No"] } }],
};
const [change] = edit.calls ?? [];
const [add] = command("echo 1 > kept.txt").calls ?? [];
/** Two calls in one answer; what was broken off is done again. */
const script: Script = ({ firstText, results }) => {
  const done = new Set(results.filter(({ isError }) => !isError).map(({ name }) => name));
  if (firstText.includes(askFirst) && !done.has("ask_person")) return question;
  const calls = [change, add].flatMap((call) => (call && !done.has(call.name) ? [call] : []));
  return calls.length > 0 ? { calls } : finish;
};

let theatre: Theatre;
let whole: Whole;

beforeAll(async () => {
  theatre = await Theatre.open(script, sources);
  whole = await theatre.playWhole(await theatre.begin());
}, timeout);
afterAll(() => theatre.close());

/** Does it for each point, and tells at which of them it went wrong, and how. */
async function atEach<Each extends Point>(points: readonly Each[], work: (point: Each) => Promise<void>) {
  expect(points.length).toBeGreaterThan(5);
  const problems: string[] = [];
  const left = points.values();
  const workers = Array.from({ length: atOnce }, async () => {
    for (const point of left) {
      const { at, call } = point;
      await work(point).catch((error: unknown) => {
        const words = error instanceof Error ? error.stack : String(error);
        problems.push(`${at.side} call ${at.call}, ${call}: ${words?.slice(0, 1_000)}`);
      });
    }
  });
  await Promise.all(workers);
  expect(problems.join("\n\n")).toBe("");
}

/** A machine that is met by a blow at that point. Fails where it never gets there. */
async function meeting(
  play: Play,
  { at }: Point,
  strike: (machine: Machine) => Promise<void> | void,
  options: { queueJob?: string } = {},
): Promise<ExitCode> {
  let isStruck = false;
  const machine = theatre.machine(play, {
    ...options,
    meet({ call, side }, self) {
      if (call !== at.call || side !== at.side) return;
      isStruck = true;
      return strike(self);
    },
  });
  const code = await machine.ended;
  expect(isStruck, "the machine came to that point").toBe(true);
  return code;
}

/** A machine that dies where nothing outside has changed since an earlier point dies as if it were there. */
const differing = ({ points }: Whole) => points.filter(({ isNew }) => isNew);

/** Batch tries again, or the watchdog gives the run to a new job; either way the one before is taken for dead. */
async function goOn(play: Play, next: "Batch" | "watchdog"): Promise<void> {
  const { jobs } = theatre.store;
  const { run } = await theatre.stateOf(play);
  const queueJob = run.queueJob ?? "";
  if (next === "Batch" || run.state === "done" || run.state === "waiting") {
    expect(await theatre.machine(play, { queueJob, attempt: 2, laterMs }).ended).toBe(0);
    return;
  }
  await write(jobs, play.job, { type: "die", how: "its host is gone" });
  await submitAgain(jobs, play.job, `${queueJob}-again`);
  expect(await theatre.machine(play, { queueJob: `${queueJob}-again`, laterMs }).ended).toBe(0);
}

test("killed anywhere, it is gone on with", { timeout }, async () => {
  // Both ways where it is published, where the run's own state matters, and else by turns.
  const deaths = differing(whole).flatMap((point, index) => {
    const both = ["Batch", "watchdog"] as const;
    const isPublished = point.state === "publishing" || point.state === "done";
    return (isPublished ? both : [both[index % 2] ?? "Batch"]).map((next) => ({ ...point, next }));
  });
  await atEach(deaths, async (point) => {
    const play = await theatre.begin();
    await meeting(play, point, (machine) => machine.kill());
    const left = await theatre.stateOf(play);
    expect(leaseLeftMs(left)).toBeLessThan(laterMs);
    if (leaseLeftMs(left) > 0) {
      // Whoever does not come after a death finds the lease taken.
      const other = theatre.machine(play, { queueJob: "batch-7" });
      expect(await other.ended).toBe(0);
      expect(other.border.calls.length).toBeLessThan(5);
    }
    await goOn(play, point.next);
    const { run } = await theatre.expectSame(play, whole, 1);
    expect(run.usage.outputTokens).toBeGreaterThanOrEqual(left.run.usage.outputTokens);
  });
});

test("killed while it asks, and while it takes up the answer, it asks once and hears it once", {
  timeout,
}, async () => {
  const { jobs } = theatre.store;
  const answer = async (play: Play) => {
    expect((await theatre.stateOf(play)).run).toMatchObject({
      state: "waiting",
      waiting: { for: "question" },
    });
    await write(jobs, play.job, { type: "resume", by: "U0ANN", given: { kind: "reply", text: "Yes" } });
    await submitAgain(jobs, play.job, "batch-2");
  };
  const first = await theatre.begin(askFirst);
  const asking = await theatre.playWhole(first, { until: "waiting" });
  await answer(first);
  const answered = await theatre.playWhole(first, { queueJob: "batch-2" });
  const isAsking = ({ call }: Point) => call.startsWith("claude.answer");
  const deaths = [
    ...differing(asking)
      .slice(differing(asking).findIndex(isAsking))
      .map((point) => ({ ...point, isAnswered: false })),
    ...differing(answered)
      .slice(0, differing(answered).findIndex(isAsking))
      .map((point) => ({ ...point, isAnswered: true })),
  ];
  await atEach(deaths, async (point) => {
    const play = await theatre.begin(askFirst);
    const kill = (machine: Machine) => machine.kill();
    const second = { queueJob: "batch-2" };
    if (point.isAnswered) {
      await theatre.machine(play).ended;
      await answer(play);
      await meeting(play, point, kill, second);
      await goOn(play, "watchdog");
    } else {
      await meeting(play, point, kill);
      await goOn(play, "Batch");
      await answer(play);
      await theatre.machine(play, { ...second, laterMs }).ended;
    }
    const { asked } = await theatre.expectSame(play, answered, 1);
    const heard = JSON.stringify(asked.at(-1)?.body).match(/<reply-/g);
    expect(heard).toHaveLength(1);
  });
});

test("told to end anywhere, it ends at once, loses nothing, and is gone on with", { timeout }, async () => {
  // Where a call of the model or of a tool begins, and in the middle of whatever takes its time.
  const announcements = whole.points.flatMap((point) => {
    const { at, call } = point;
    if (at.side !== "before") return [];
    const begins = /^(claude|tools)\./.test(call) ? [{ ...point, inMs: 0 }] : [];
    return /^(claude|git|github)\.|publish/.test(call) ? [...begins, { ...point, inMs: 4 }] : begins;
  });
  await atEach(announcements, async (point) => {
    const play = await theatre.begin();
    let toldAt = 0;
    const code = await meeting(play, point, (machine) => {
      const tell = () => {
        toldAt = Date.now();
        machine.terminate();
      };
      if (point.inMs === 0) tell();
      else setTimeout(tell, point.inMs);
    });
    expect(Date.now() - toldAt).toBeLessThan(25_000);
    const left = await theatre.stateOf(play);
    expect(leaseLeftMs(left)).toBe(0);
    // A pull request that is on its way is waited for.
    expect(code).toBe(left.run.state === "done" ? 0 : 20);
    const isCut = point.call.startsWith("claude.answer") && point.inMs > 0;
    // What an answer cost that nobody waited for is not known.
    if (!isCut) expect(left.run.usage.outputTokens).toBe(outputOf(left));
    expect(await theatre.machine(play, { attempt: 2 }).ended).toBe(0);
    // A command that was not let begin is for the model to repeat.
    const isRepeated = isCut || point.call.startsWith("tools.run");
    const { run } = await theatre.expectSame(play, whole, isRepeated ? 1 : 0);
    expect(run.usage.outputTokens).toBeGreaterThanOrEqual(left.run.usage.outputTokens);
  });
});

test("away for so long that another did its work, it changes nothing any more", { timeout }, async () => {
  // Calls that have an effect, on their way when the machine stands still: the first and the last of each kind.
  const effects = whole.points.filter(
    ({ at, isNew }) =>
      at.side === "before" &&
      !isNew &&
      whole.points.some((after) => after.isNew && after.at.call === at.call),
  );
  const kinds = Object.values(Object.groupBy(effects, ({ call }) => call.replace(/\d/g, "")));
  const late = new Set(kinds.flatMap((points = []) => [...points.slice(0, 1), ...points.slice(-1)]));
  await atEach([...late], async (point) => {
    const play = await theatre.begin();
    let ended: unknown;
    const awayFor = async (machine: Machine) => {
      machine.laterMs = laterMs;
      await goOn(play, "Batch");
      ended = remains(await theatre.expectSame(play, whole, 1));
    };
    await meeting(play, point, (machine) => machine.border.freeze(awayFor(machine)));
    expect(remains(await theatre.expectSame(play, whole, 2))).toEqual(ended);
  });
});

/** What the lateness of a machine must not change; a lease that is still its own it may give back. */
function remains({ run, work, moves, pulls }: State): unknown {
  const lease = work.find(({ sk, owner }) => sk === "LEASE" && owner !== "batch-1#1");
  return { run, moves, pulls, lease, items: work.filter(({ sk }) => sk !== "LEASE") };
}
