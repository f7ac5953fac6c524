// The drawer of boards: which is next, and that a pause which Slack wants is kept.
import { MessageGone, RateLimited } from "@cody/core/failure.ts";
import { drawerMs, redrawEveryMs } from "@cody/core/limits.ts";
import { makeLog } from "@cody/core/log.ts";
import type { Chat } from "@cody/core/ports/chat.ts";
import type { JobRecord } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { drawBoards, nextToDraw } from "../../packages/bot/src/draw-boards.ts";
import { drawBoard } from "../../packages/bot/src/views/board.ts";
import { endedRun, exampleJob, exampleRecord, exampleRun, sentPost, start } from "../core/examples.ts";

const now = start + 60_000;

describe("the next board", () => {
  const board = (job: string, drawnAt: number, hasEnded = false) => ({
    record: exampleRecord({
      job: exampleJob({ id: job }),
      runs: [hasEnded ? endedRun("changed") : exampleRun({ state: "running" })],
    }),
    since: start,
    mark: "m",
    drawnAt,
  });
  const drawnLong = board("long", now - 30_000);
  const drawnLonger = board("longer", now - 40_000);
  const ended = board("ended", now - 10_000, true);
  const endedLonger = board("endedlonger", now - 20_000, true);
  const rests = board("rests", now - redrawEveryMs + 1);
  const endedRests = board("endedrests", now - redrawEveryMs + 200, true);
  const never = board("never", 0);

  test.each([
    { name: "the longest undrawn", stale: [drawnLong, drawnLonger], next: "longer" },
    { name: "one that was never drawn", stale: [drawnLonger, never], next: "never" },
    { name: "one that ended before any other", stale: [drawnLonger, never, ended], next: "ended" },
    { name: "of the ended the longest undrawn", stale: [ended, endedLonger], next: "endedlonger" },
    { name: "none that was drawn a moment ago, ended or not", stale: [endedRests, drawnLong], next: "long" },
  ])("is $name", ({ stale, next }) => {
    expect(nextToDraw(stale, now)).toMatchObject({ record: { job: { id: next } } });
    expect(nextToDraw(stale.toReversed(), now)).toMatchObject({ record: { job: { id: next } } });
  });

  test("is waited for until the first has rested", () => {
    expect(nextToDraw([endedRests, rests], now)).toEqual({ waitMs: 1 });
    expect(nextToDraw([endedRests], now)).toEqual({ waitMs: 200 });
  });

  test("may be one that has rested just long enough", () => {
    const rested = board("rested", now - redrawEveryMs);
    expect(nextToDraw([rested], now)).toBe(rested);
  });
});

describe("drawing", () => {
  test("edits a board whose state is another, and takes its mark away", async () => {
    const team = makeTeam(["one"]);
    await team.draw({ edit: () => team.pass(drawerMs) });
    expect(team.edits).toEqual(["one"]);
    expect(team.stale).toEqual(new Map());
    expect(team.lease).toBeUndefined();
  });

  test("leaves a board alone that shows its state already", async () => {
    const team = makeTeam(["one", "two"]);
    for (const id of ["one", "two"]) team.drawn.set(id, JSON.stringify(drawBoard(team.record(id)).blocks));
    await team.draw({});
    expect(team.edits).toEqual([]);
    expect(team.stale).toEqual(new Map());
  });

  test("keeps a pause that is longer than its time: nothing more is sent", async () => {
    const team = makeTeam(["one", "two"]);
    await team.draw({
      edit: () => {
        team.pass(25_000);
        throw new RateLimited(30_000);
      },
    });
    expect(team.edits).toEqual(["one"]);
    expect(team.stale.size).toBe(2);
    expect(team.lease).toBe("me");
  });

  test("keeps its pace to the end of its time", async () => {
    const team = makeTeam(["one", "two", "three"]);
    await team.draw({ edit: () => team.pass(drawerMs - 1_000) });
    expect(team.edits).toEqual(["one"]);
    expect([...team.stale.keys()]).toEqual(["two", "three"]);
  });

  test("forgets a board that can no longer be edited", async () => {
    const team = makeTeam(["one"]);
    await team.draw({
      edit: () => {
        throw new MessageGone("is_archived");
      },
    });
    expect(team.stale).toEqual(new Map());
  });

  test("gives the lease back when Slack fails, and the board stays stale", async () => {
    const team = makeTeam(["one"]);
    const drawing = team.draw({
      edit: () => {
        throw new Error("internal_error");
      },
    });
    await expect(drawing).rejects.toThrow("internal_error");
    expect(team.lease).toBeUndefined();
    expect([...team.stale.keys()]).toEqual(["one"]);
  });

  test("leaves everything to a drawer that is at work", async () => {
    const team = makeTeam(["one"]);
    team.lease = "another";
    await team.draw({});
    expect(team.edits).toEqual([]);
    expect(team.lease).toBe("another");
  });

  test("looks once more after the lease is given back, for whoever found it taken", async () => {
    const team = makeTeam([]);
    team.drawn.set("late", JSON.stringify(drawBoard(team.record("late")).blocks));
    let gave = 0;
    await team.draw({
      given: () => {
        gave += 1;
        if (gave === 1) team.stale.set("late", "m2");
      },
    });
    expect(gave).toBe(2);
    expect(team.stale).toEqual(new Map());
  });
});

/** A team's boards in memory, with a clock that moves when it is told to. */
function makeTeam(ids: string[]) {
  let clock = now;
  const team = {
    stale: new Map(ids.map((id) => [id, "m1"])),
    drawn: new Map<string, string>(),
    edits: [] as string[],
    lease: undefined as string | undefined,
    pass: (ms: number) => {
      clock += ms;
    },
    record: (id: string): JobRecord =>
      exampleRecord({
        job: exampleJob({ id }),
        runs: [exampleRun({ job: id, state: "running", startedAt: start })],
        posts: [sentPost("board", { job: id, ts: id, drawn: team.drawn.get(id) })],
      }),
    async draw({ edit, given }: { edit?: () => void; given?: () => void }): Promise<void> {
      await drawBoards("T1", "me", {
        jobs: { read: async (id) => team.record(id) } as Parameters<typeof drawBoards>[2]["jobs"],
        boards: {
          markStale: async () => undefined,
          stale: async () => [...team.stale].map(([job, mark]) => ({ job, mark, since: start })),
          drawn: async (job, drawn, mark) => {
            team.drawn.set(job, drawn);
            if (team.stale.get(job) === mark) team.stale.delete(job);
          },
          takeDrawer: async (_team, owner) => {
            team.lease ??= owner;
            return team.lease === owner;
          },
          giveDrawer: async () => {
            team.lease = undefined;
            given?.();
          },
        },
        chat: {
          edit: async ({ ts }: { ts: string }) => {
            team.edits.push(ts);
            edit?.();
          },
        } as unknown as Chat,
        now: () => clock,
        log: makeLog({ level: "error", redact: (text) => text, write: () => {}, now: () => clock }),
      });
    },
  };
  return team;
}
