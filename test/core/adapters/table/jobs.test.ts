// Jobs, runs and asks in a real table: what is there already stays, and no write of many at once is lost.
import { isRefusal, newRun, transition } from "@cody/core/job.ts";
import { retentionMs } from "@cody/core/limits.ts";
import type { Run } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { endedRun, exampleAsk, exampleJob, exampleRun, repository } from "../../examples.ts";
import { atOnce, now, open, serveTable } from "./table-server.ts";

serveTable();

describe("a job", () => {
  test("is created once, and read as it was", async () => {
    const { jobs } = open();
    const job = exampleJob({ id: "created222", createdAt: now, baseBranch: undefined });
    expect(await jobs.create(job)).toBe(true);
    expect(await jobs.create({ ...job, prompt: "Something else" })).toBe(false);
    expect(await jobs.read(job.id)).toEqual({ job, runs: [], asks: [], posts: [] });
    expect(await jobs.read("unknown222")).toBeUndefined();
  });

  test("that fifty create at once is created by one of them", async () => {
    const job = exampleJob({ id: "fiftymake2", createdAt: now });
    const created = await atOnce(50, (index) => open().jobs.create({ ...job, requester: `U${index}` }));
    expect(created.filter(Boolean)).toHaveLength(1);
    const record = await open().jobs.read(job.id);
    expect(record?.job.requester).toBe(`U${created.indexOf(true)}`);
  });

  test("is read with everything that belongs to it, in the order of its numbers", async () => {
    const { jobs, posts } = open();
    const job = exampleJob({ id: "whole22222", createdAt: now });
    await jobs.create(job);
    for (const number of [10, 2, 1]) {
      await jobs.createRun(newRun(job, number, repository(`shop-${number}`), now));
    }
    const ask = exampleAsk({ job: job.id, at: now });
    await jobs.ask(ask);
    await posts.claim(job.id, "board", now);
    const record = await jobs.read(job.id);
    expect(record?.runs.map(({ number }) => number)).toEqual([1, 2, 10]);
    expect(record?.asks).toEqual([ask]);
    expect(record?.posts).toMatchObject([{ key: "board" }]);
  });

  test("is changed as it was decided, and not where nothing was", async () => {
    const { jobs } = open();
    const job = exampleJob({ id: "change2222", createdAt: now, thread: undefined });
    await jobs.create(job);
    const thread = { channel: "C1", ts: "1.1" };
    expect(await jobs.changeJob(job.id, (current) => ({ ...current, thread }))).toEqual({ ...job, thread });
    expect(await jobs.changeJob(job.id, () => undefined)).toEqual({ ...job, thread });
    expect(await jobs.changeJob("unknown222", (current) => current)).toBeUndefined();
    expect((await jobs.read(job.id))?.job).toEqual({ ...job, thread });
  });

  test("that many change at once loses none of their changes", async () => {
    const job = exampleJob({ id: "manyjobs22", createdAt: now, name: "0" });
    await open().jobs.create(job);
    await atOnce(20, () =>
      open().jobs.changeJob(job.id, (current) => ({ ...current, name: String(Number(current.name) + 1) })),
    );
    expect((await open().jobs.read(job.id))?.job.name).toBe("20");
  });

  test("is found by its thread, which never changes hands", async () => {
    const { jobs } = open();
    const ts = `${now / 1000}`;
    await jobs.nameThread("C1", ts, "first22222");
    await jobs.nameThread("C1", ts, "second2222");
    expect(await jobs.ofThread("C1", ts)).toBe("first22222");
    expect(await jobs.ofThread("C2", ts)).toBeUndefined();
  });
});

describe("a pull request", () => {
  test("leads to its run, by numbers that never change", async () => {
    const { jobs } = open();
    await jobs.namePullRequest(104, 12, exampleRun({ job: "pulls22222", number: 2 }));
    expect(await jobs.ofPullRequest(104, 12)).toEqual({ job: "pulls22222", number: 2 });
    expect(await jobs.ofPullRequest(104, 13)).toBeUndefined();
    expect(await jobs.ofPullRequest(105, 12)).toBeUndefined();
  });
});

describe("a run", () => {
  test("is created once", async () => {
    const { jobs } = open();
    const run = exampleRun({ job: "runs222222", queuedAt: now });
    expect(await jobs.createRun(run)).toBe(true);
    expect(await jobs.createRun({ ...run, round: 2 })).toBe(false);
    expect(await jobs.readRun("runs222222", 1)).toEqual(run);
    expect(await jobs.readRun("runs222222", 2)).toBeUndefined();
  });

  test("that fifty change at once has all fifty changes", async () => {
    const { jobs } = open();
    await jobs.createRun(exampleRun({ job: "fifty22222", queuedAt: now }));
    const after = await atOnce(50, () =>
      jobs.changeRun("fifty22222", 1, (run) => ({ ...run, turns: run.turns + 1 })),
    );
    const run = await jobs.readRun("fifty22222", 1);
    expect(run).toMatchObject({ turns: 50, revision: 50 });
    // Each of them was told of its own write and of no other.
    const told = after.map((result) => (isRefusal(result) ? -1 : result.revision));
    expect(told.toSorted((one, other) => one - other)).toEqual(
      Array.from({ length: 50 }, (_none, at) => at + 1),
    );
  });

  test("that is stopped and published at once is one of both, and everyone is told the same", async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const { jobs } = open();
      const job = `race22222${String.fromCharCode(97 + attempt)}`;
      await jobs.createRun(exampleRun({ job, state: "running", queuedAt: now, startedAt: now }));
      const [stopped, published] = await Promise.all([
        jobs.changeRun(job, 1, (run) => transition(run, { type: "stop", by: "U1" }, now)),
        jobs.changeRun(job, 1, (run) => transition(run, { type: "publish" }, now)),
      ]);
      const run = await jobs.readRun(job, 1);
      expect([isRefusal(stopped), isRefusal(published)].filter(Boolean)).toHaveLength(1);
      expect(run?.state).toBe(isRefusal(published) ? "running" : "publishing");
      expect(run?.stop !== undefined).toBe(!isRefusal(stopped));
    }
  });

  test("is left as it is where the change is refused, or changes nothing", async () => {
    const { jobs } = open();
    const run = exampleRun({ job: "refused222", queuedAt: now });
    await jobs.createRun(run);
    expect(await jobs.changeRun(run.job, 1, () => ({ refused: "not now" }))).toEqual({ refused: "not now" });
    expect(await jobs.changeRun(run.job, 1, (current) => current)).toEqual(run);
    expect(await jobs.readRun(run.job, 1)).toEqual(run);
    expect(await jobs.changeRun(run.job, 2, (current) => current)).toEqual({
      refused: "there is no such run",
    });
  });

  test("keeps everything that it holds", async () => {
    const { jobs } = open();
    const run = endedRun("failed", {
      job: "keeps22222",
      queuedAt: now,
      reason: { kind: "clone-failed", detail: "ümlaut “$&” 🙂" },
      costUsd: null,
      death: { turns: 3, how: "exit code 137", count: 1 },
      pullRequest: { number: 1, url: "https://github.com/acme/shop/pull/1", headSha: "f00", draft: true },
    });
    await jobs.createRun(run);
    expect(await jobs.readRun(run.job, 1)).toEqual(run);
  });

  test("forgets what a change takes away", async () => {
    const { jobs } = open();
    await jobs.createRun(
      exampleRun({ job: "forgets222", queuedAt: now, progress: "thinking", queueJob: "b1" }),
    );
    await jobs.changeRun("forgets222", 1, (run) => ({ ...run, progress: undefined, queueJob: undefined }));
    const run = await jobs.readRun("forgets222", 1);
    expect(run).not.toHaveProperty("progress");
    expect(run).not.toHaveProperty("queueJob");
  });
});

describe("an ask", () => {
  test("is there once, and keeps its first answer", async () => {
    const { jobs } = open();
    const ask = exampleAsk({ job: "asks222222", at: now });
    expect(await jobs.ask(ask)).toBe(true);
    expect(await jobs.ask({ ...ask, by: "U9" })).toBe(false);
    await jobs.answer(ask, "Stopping 1 run.");
    await jobs.answer(ask, "Too late.");
    expect(await jobs.asksOf("asks222222")).toEqual([{ ...ask, answer: "Stopping 1 run." }]);
  });

  test("that fifty answer at once has one answer", async () => {
    const { jobs } = open();
    const ask = exampleAsk({ job: "asks333333", at: now });
    await jobs.ask(ask);
    await atOnce(50, (index) => open().jobs.answer(ask, `answer ${index}`));
    const [answered] = await jobs.asksOf("asks333333");
    await jobs.answer(ask, "late");
    expect(await jobs.asksOf("asks333333")).toEqual([answered]);
  });

  test("that is not there is not made by its answer", async () => {
    const { jobs } = open();
    await jobs.answer(exampleAsk({ job: "asks444444" }), "Too late.");
    expect(await jobs.asksOf("asks444444")).toEqual([]);
  });
});

describe("lists", () => {
  test("of a team's jobs are newest first, of that team alone, and as long as asked", async () => {
    const { jobs } = open();
    for (const age of [3, 1, 2]) {
      await jobs.create(exampleJob({ id: `newest222${age}`, team: "T-newest", createdAt: now - age }));
    }
    await jobs.create(exampleJob({ id: "newest2229", team: "T-other", createdAt: now }));
    const ids = async (limit: number) => (await jobs.newest("T-newest", limit)).map(({ id }) => id);
    expect(await ids(10)).toEqual(["newest2221", "newest2222", "newest2223"]);
    expect(await ids(2)).toEqual(["newest2221", "newest2222"]);
  });

  test("of open jobs are oldest first, and lose a job that is closed", async () => {
    const { jobs } = open();
    const ids = ["open222222", "open333333", "open444444"];
    for (const [index, id] of ids.entries()) {
      await jobs.create(exampleJob({ id, createdAt: now - 1_000 + index }));
    }
    const mine = async () => (await jobs.open()).filter((id) => ids.includes(id));
    expect(await mine()).toEqual(ids);
    await jobs.changeJob("open333333", (job) => ({ ...job, closedAt: now }));
    expect(await mine()).toEqual(["open222222", "open444444"]);
  });

  test("of open runs are oldest first, and lose a run that ended", async () => {
    const { jobs } = open();
    const listed = async () => (await jobs.openRuns()).filter(({ job }) => job.startsWith("openruns"));
    for (const age of [1, 3, 2]) {
      await jobs.createRun(exampleRun({ job: `openruns2${age}`, queuedAt: now - age }));
    }
    expect((await listed()).map(({ job }) => job)).toEqual(["openruns23", "openruns22", "openruns21"]);
    await jobs.changeRun("openruns22", 1, (run) => transition(run, { type: "stop", by: "U1" }, now));
    expect((await listed()).map(({ job, state }) => ({ job, state }))).toEqual([
      { job: "openruns23", state: "queued" },
      { job: "openruns21", state: "queued" },
    ]);
  });

  test("of a person's jobs are newest first, of that person in that team alone", async () => {
    const { jobs } = open();
    const mine = { team: "T-mine", requester: "UMINE" };
    for (const age of [3, 1, 2]) {
      await jobs.create(exampleJob({ id: `mine22222${age}`, ...mine, createdAt: now - age }));
    }
    await jobs.create(exampleJob({ id: "mine222229", ...mine, requester: "UOTHER", createdAt: now }));
    await jobs.create(exampleJob({ id: "mine222228", ...mine, team: "T-other", createdAt: now }));
    const ids = async (limit: number) => (await jobs.newestOf("T-mine", "UMINE", limit)).map(({ id }) => id);
    expect(await ids(10)).toEqual(["mine222221", "mine222222", "mine222223"]);
    expect(await ids(1)).toEqual(["mine222221"]);
  });

  test("of pull requests to look at are longest due first, a job once, and none before its time", async () => {
    const { jobs } = open();
    const pull = (job: string, number: number, lookAt: number | undefined) =>
      jobs.createRun(endedRun("changed", { job, number, queuedAt: now, lookAt }));
    await pull("looks22222", 1, now - 1);
    await pull("looks33333", 1, now - 3);
    await pull("looks33333", 2, now - 2);
    await pull("looks44444", 1, now + 1);
    await pull("looks55555", 1, undefined);
    await jobs.createRun(exampleRun({ job: "looks66666", queuedAt: now, lookAt: now - 9 }));
    expect(await jobs.dueLooks(now, 10)).toEqual(["looks33333", "looks22222"]);
    expect(await jobs.dueLooks(now, 1)).toEqual(["looks33333"]);
    await jobs.changeRun("looks22222", 1, (run) => ({ ...run, lookAt: undefined }));
    expect(await jobs.dueLooks(now + 1, 10)).toEqual(["looks33333", "looks44444"]);
    expect((await jobs.openRuns()).filter(({ job }) => job.startsWith("looks"))).toHaveLength(1);
  });

  test("leave out what has expired, though it is still stored", async () => {
    const { jobs } = open();
    const old = exampleJob({ id: "expired222", team: "T-expired", createdAt: now - retentionMs - 1_000 });
    const fresh = { ...old, id: "fresh22222", createdAt: now - retentionMs + 60_000 };
    await jobs.create(old);
    await jobs.create(fresh);
    await jobs.createRun(exampleRun({ job: old.id, queuedAt: old.createdAt }));
    expect(await jobs.newest("T-expired", 10)).toEqual([fresh]);
    expect(await jobs.open()).not.toContain(old.id);
    expect(await jobs.read(old.id)).toBeUndefined();
    expect(await jobs.readRun(old.id, 1)).toBeUndefined();
    expect((await jobs.openRuns()).filter(({ job }) => job === old.id)).toEqual([]);
  });
});

test("an item that is not what it should be is not read as one", async () => {
  const { jobs } = open();
  const wrong = { ...exampleRun({ job: "wrong22222", queuedAt: now }), state: "sleeping" } as unknown as Run;
  await jobs.createRun(wrong);
  await expect(jobs.readRun("wrong22222", 1)).rejects.toThrow(/state/);
});
