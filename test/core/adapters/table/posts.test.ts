// Claims of messages, stale boards and the drawer's lease in a real table: one of many gets through.
import { claimMs, drawerLeaseMs } from "@cody/core/limits.ts";
import { describe, expect, test } from "vitest";
import { atOnce, now, open, serveTable } from "./table-server.ts";

serveTable();

describe("a message", () => {
  test("that fifty claim at once is claimed first by one, and taken for the others", async () => {
    const claims = await atOnce(50, () => open().posts.claim("claims2222", "result-01-1", now));
    const types = claims.map(({ type }) => type);
    expect(types.filter((type) => type === "first")).toHaveLength(1);
    expect(types.filter((type) => type === "taken")).toHaveLength(49);
  });

  test("is left alone while its claim lasts, then taken over by one of many", async () => {
    const { posts } = open();
    await posts.claim("takeover22", "board", now);
    expect(await posts.claim("takeover22", "board", now + claimMs)).toEqual({ type: "taken", ts: undefined });
    const later = now + claimMs + 1;
    const claims = await atOnce(20, () => open().posts.claim("takeover22", "board", later));
    expect(claims.filter(({ type }) => type === "again")).toHaveLength(1);
    expect(claims.filter(({ type }) => type === "taken")).toHaveLength(19);
    expect(await posts.claim("takeover22", "board", later + 1)).toMatchObject({ type: "taken" });
  });

  test("that is taken over comes with what was known of it", async () => {
    const { posts } = open();
    await posts.claim("known22222", "patch-01-1", now);
    await posts.record("known22222", "patch-01-1", { file: "F1" });
    expect(await posts.claim("known22222", "patch-01-1", now + claimMs + 1)).toMatchObject({
      type: "again",
      post: { job: "known22222", key: "patch-01-1", file: "F1", claimedUntil: now + 2 * claimMs + 1 },
    });
  });

  test("that was sent is never claimed again, and its ts is told", async () => {
    const { posts } = open();
    await posts.claim("sent222222", "end-1", now);
    await posts.record("sent222222", "end-1", { ts: "1.5" });
    expect(await posts.claim("sent222222", "end-1", now + 10 * claimMs)).toEqual({
      type: "taken",
      ts: "1.5",
    });
  });

  test("has a claim of its own for every key", async () => {
    const { posts } = open();
    expect(await posts.claim("keys222222", "end-1", now)).toMatchObject({ type: "first" });
    expect(await posts.claim("keys222222", "end-2", now)).toMatchObject({ type: "first" });
  });
});

describe("a stale board", () => {
  test("is none before it is posted", async () => {
    const { boards, posts } = open();
    expect(await boards.markStale("unposted22", now)).toBeUndefined();
    await posts.claim("unposted22", "board", now);
    expect(await boards.markStale("unposted22", now)).toBeUndefined();
  });

  test("is listed for its team, longest stale first, until it is drawn", async () => {
    const { boards } = open();
    for (const [job, since] of [
      ["stale22222", now + 2],
      ["stale33333", now + 1],
    ] as const) {
      await postBoard(job, "T-stale");
      expect(await boards.markStale(job, since)).toBe("T-stale");
    }
    const [first, second] = await boards.stale("T-stale");
    expect([first, second]).toMatchObject([
      { job: "stale33333", since: now + 1 },
      { job: "stale22222", since: now + 2 },
    ]);
    expect(await boards.stale("T-nobody")).toEqual([]);
    await boards.drawn("stale33333", "blocks", first?.mark ?? "", now + 5);
    expect((await boards.stale("T-stale")).map(({ job }) => job)).toEqual(["stale22222"]);
    const record = await open().posts.claim("stale33333", "board", now);
    expect(record).toEqual({ type: "taken", ts: "1.1" });
  });

  test("stays stale where it was marked anew while it was drawn", async () => {
    const { boards } = open();
    await postBoard("marked2222", "T-marked");
    await boards.markStale("marked2222", now);
    const [before] = await boards.stale("T-marked");
    await boards.markStale("marked2222", now + 100);
    await boards.drawn("marked2222", "old blocks", before?.mark ?? "", now + 200);
    const [after] = await boards.stale("T-marked");
    // Since when it is stale does not move, or a board that changes all the time would never come first.
    expect(after).toMatchObject({ job: "marked2222", since: now });
    expect(after?.mark).not.toBe(before?.mark);
    await boards.drawn("marked2222", "new blocks", after?.mark ?? "", now + 300);
    expect(await boards.stale("T-marked")).toEqual([]);
  });

  test("that was drawn can become stale again", async () => {
    const { boards } = open();
    await postBoard("again22222", "T-again");
    await boards.markStale("again22222", now);
    const [first] = await boards.stale("T-again");
    await boards.drawn("again22222", "blocks", first?.mark ?? "", now);
    await boards.markStale("again22222", now + 1_000);
    expect(await boards.stale("T-again")).toMatchObject([{ job: "again22222", since: now + 1_000 }]);
  });
});

describe("the drawer's lease", () => {
  test("has one owner a team", async () => {
    const taken = await atOnce(50, (index) => open().boards.takeDrawer("T-fifty", `drawer-${index}`, now));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await open().boards.takeDrawer("T-another", "drawer-1", now)).toBe(true);
  });

  test("runs out, and is free as soon as it is given back by its owner", async () => {
    const { boards } = open();
    expect(await boards.takeDrawer("T-lease", "one", now)).toBe(true);
    expect(await boards.takeDrawer("T-lease", "two", now + drawerLeaseMs)).toBe(false);
    expect(await boards.takeDrawer("T-lease", "two", now + drawerLeaseMs + 1)).toBe(true);
    await boards.giveDrawer("T-lease", "one");
    expect(await boards.takeDrawer("T-lease", "three", now + drawerLeaseMs + 2)).toBe(false);
    await boards.giveDrawer("T-lease", "two");
    expect(await boards.takeDrawer("T-lease", "three", now + drawerLeaseMs + 2)).toBe(true);
  });
});

async function postBoard(job: string, team: string): Promise<void> {
  const { posts } = open();
  await posts.claim(job, "board", now);
  await posts.record(job, "board", { ts: "1.1", team });
}
