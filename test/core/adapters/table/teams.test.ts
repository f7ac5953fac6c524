// What a team shares, in a real table: the list of repositories is replaced as a whole, and wanted once; defaults.
import { describe, expect, test } from "vitest";
import { repository } from "../../examples.ts";
import { atOnce, now, open, serveTable } from "./table-server.ts";

serveTable();

describe("the list of repositories", () => {
  test("is not there before it was read, and then as it was read last", async () => {
    const { teams } = open();
    expect(await teams.catalogue("T1")).toBeUndefined();
    const first = { repositories: [repository("shop"), repository("docs")], readAt: now };
    await teams.saveCatalogue("T1", first);
    expect(await teams.catalogue("T1")).toEqual(first);
    const second = { repositories: [repository("api", { private: true, mayPush: false })], readAt: now + 1 };
    await teams.saveCatalogue("T1", second);
    expect(await teams.catalogue("T1")).toEqual(second);
    expect(await teams.catalogue("T2")).toBeUndefined();
  });

  test("of forty thousand repositories is stored and read", async () => {
    const { teams } = open();
    const repositories = Array.from({ length: 40_000 }, (_none, index) =>
      repository(`service-${index.toString(36)}-${(index * 7_919).toString(36)}`, { id: 1_000_000 + index }),
    );
    await teams.saveCatalogue("T-large", { repositories, readAt: now });
    expect(await teams.catalogue("T-large")).toEqual({ repositories, readAt: now });
  });

  test("is an empty list, and not none, where Cody sees nothing", async () => {
    const { teams } = open();
    await teams.saveCatalogue("T-empty", { repositories: [], readAt: now });
    expect(await teams.catalogue("T-empty")).toEqual({ repositories: [], readAt: now });
  });
});

describe("a fresh list", () => {
  test("is wanted once, until it was read", async () => {
    const { teams } = open();
    const wants = await atOnce(20, () => open().teams.wantCatalogue("T-want", now));
    expect(wants.filter(Boolean)).toHaveLength(1);
    expect(await known("T-want")).toEqual({ team: "T-want", readAt: undefined, wantedAt: now });
    await teams.saveCatalogue("T-want", { repositories: [], readAt: now + 5 });
    expect(await known("T-want")).toEqual({ team: "T-want", readAt: now + 5, wantedAt: undefined });
    expect(await teams.wantCatalogue("T-want", now + 10)).toBe(true);
  });
});

describe("a team's defaults", () => {
  test("are empty before somebody saved some, and then as they were saved last", async () => {
    const { teams } = open();
    expect(await teams.defaults("T-defaults")).toEqual({});
    const first = { deliver: "draft" as const, labels: ["cody"], reviewers: ["acme/shop"], autoMerge: true };
    await teams.saveDefaults("T-defaults", first);
    expect(await teams.defaults("T-defaults")).toEqual(first);
    await teams.saveDefaults("T-defaults", { fixChecks: true });
    expect(await teams.defaults("T-defaults")).toEqual({ fixChecks: true });
    expect(await teams.defaults("T-other")).toEqual({});
  });
});

async function known(team: string) {
  return (await open().teams.known()).find((one) => one.team === team);
}
