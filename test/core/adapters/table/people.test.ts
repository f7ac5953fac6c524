// People and links in a real table: a request is used up once, and a refreshed token overwrites nobody's newer one.

import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { linkMs } from "@cody/core/limits.ts";
import type { LinkRequest, Person } from "@cody/core/team-schema.ts";
import { describe, expect, test } from "vitest";
import { atOnce, now, open, rawClient, serveTable, tableName } from "./table-server.ts";

serveTable();

describe("a person", () => {
  test("is of one team, and linked to the account that was linked last", async () => {
    const { people } = open();
    expect(await people.read("T1", "UANN")).toBeUndefined();
    await people.link(person());
    expect(await people.read("T1", "UANN")).toEqual(person());
    expect(await people.read("T2", "UANN")).toBeUndefined();
    const other = person({ account: { id: 9, login: "ann-at-work" }, linkedAt: now + 1 });
    await people.link(other);
    expect(await people.read("T1", "UANN")).toEqual(other);
  });

  test("who is unlinked leaves no token behind", async () => {
    const { people } = open();
    await people.link(person({ user: "UGONE" }));
    await people.unlink("T1", "UGONE");
    await people.unlink("T1", "UGONE");
    expect(await people.read("T1", "UGONE")).toBeUndefined();
    const stored = await rawClient().send(
      new GetCommand({ TableName: tableName, Key: { pk: "TEAM#T1", sk: "USER#UGONE" } }),
    );
    expect(stored.Item).toBeUndefined();
  });

  test("keeps one of many tokens that are refreshed at once", async () => {
    const before = person({ user: "UREFRESH" });
    await open().people.link(before);
    const kept = await atOnce(20, (index) => open().people.changeTokens(before, `sealed ${index}`));
    expect(kept.filter(Boolean)).toHaveLength(1);
    const after = await open().people.read("T1", "UREFRESH");
    expect(after).toEqual({ ...before, sealedTokens: `sealed ${kept.indexOf(true)}` });
  });

  test("who was unlinked or linked anew meanwhile does not get the refreshed token", async () => {
    const { people } = open();
    const before = person({ user: "ULATE" });
    await people.link(before);
    await people.unlink("T1", "ULATE");
    expect(await people.changeTokens(before, "refreshed")).toBe(false);
    expect(await people.read("T1", "ULATE")).toBeUndefined();
    const again = { ...before, sealedTokens: "linked again" };
    await people.link(again);
    expect(await people.changeTokens(before, "refreshed")).toBe(false);
    expect(await people.read("T1", "ULATE")).toEqual(again);
  });
});

test("everybody who linked the same account is known, in that team alone", async () => {
  const { people } = open();
  const account = { id: 77, login: "shared" };
  for (const user of ["UONE", "UTWO"]) await people.link(person({ team: "T-shared", user, account }));
  await people.link(person({ team: "T-shared", user: "UTHREE" }));
  await people.link(person({ team: "T-elsewhere", user: "UFOUR", account }));
  expect(await people.usersOf("T-shared", 77)).toEqual(["UONE", "UTWO"]);
  expect(await people.usersOf("T-shared", 78)).toEqual([]);
});

describe("a link request", () => {
  test("is bound to one browser and used up once, whoever is first", async () => {
    const request = linkRequest("bound");
    await open().people.beginLink(request);
    const bound = await atOnce(20, (index) =>
      open().people.bindLink("bound", { verifier: `v${index}`, nonceDigest: `n${index}` }),
    );
    expect(bound.filter(Boolean)).toHaveLength(1);
    const winner = bound.indexOf(true);
    const whole = { ...request, verifier: `v${winner}`, nonceDigest: `n${winner}` };
    expect(await open().people.readLink("bound", now)).toEqual(whole);
    const taken = await atOnce(20, () => open().people.takeLink("bound", now));
    expect(taken.filter(Boolean)).toEqual([whole]);
    expect(await open().people.readLink("bound", now)).toBeUndefined();
  });

  test("is over after its time, used or not", async () => {
    const { people } = open();
    const request = linkRequest("over");
    await people.beginLink(request);
    expect(await people.readLink("over", request.expiresAt - 1)).toEqual(request);
    expect(await people.readLink("over", request.expiresAt)).toBeUndefined();
    expect(await people.takeLink("over", request.expiresAt)).toBeUndefined();
  });

  test("that nobody began is not made by binding or taking it", async () => {
    const { people } = open();
    expect(await people.bindLink("unknown", { verifier: "v", nonceDigest: "n" })).toBe(false);
    expect(await people.takeLink("unknown", now)).toBeUndefined();
    expect(await people.readLink("unknown", now)).toBeUndefined();
  });

  test("does not take the place of another one with its id", async () => {
    const { people } = open();
    await people.beginLink(linkRequest("twice"));
    await expect(people.beginLink({ ...linkRequest("twice"), user: "UBEN" })).rejects.toThrow(/already/);
    expect((await people.readLink("twice", now))?.user).toBe("UANN");
  });
});

function person(differences: Partial<Person> = {}): Person {
  const account = { id: 7, login: "ann" };
  return { team: "T1", user: "UANN", account, sealedTokens: "sealed", linkedAt: now, ...differences };
}

function linkRequest(id: string): LinkRequest {
  return { id, team: "T1", user: "UANN", expiresAt: now + linkMs };
}
