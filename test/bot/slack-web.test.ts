// Slack's Web API in Cody's words, with the real client against the stand-in: who people are, and what only one sees.
import { MessageGone } from "@cody/core/failure.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSlackChat } from "../../packages/bot/src/adapters/slack-web.ts";
import { clientOf, workspaceWith } from "../world/slack/client-fixture.ts";
import type { Workspace } from "../world/slack/workspace.ts";

let workspace: Workspace;
let now = 0;

beforeAll(async () => {
  workspace = await workspaceWith();
  workspace.addPerson({ id: "UADMIN", name: "ada", realName: "Ada Example", admin: true });
  workspace.addPerson({ id: "USINGLE", name: "sid", realName: "Sid Example", singleChannelGuest: true });
  workspace.addPerson({ id: "UOTHER", name: "olu", realName: "Olu Example", otherTeam: "T2" });
  workspace.addPerson({ id: "UAPP", name: "app", realName: "App", bot: true });
});

afterAll(() => workspace.close());

const chat = () => makeSlackChat(clientOf(workspace), () => now);

describe("a member", () => {
  const full = {
    teams: ["T1"],
    isStranger: false,
    isGuest: false,
    isDeactivated: false,
    isBot: false,
    isAdmin: false,
  };

  test.each([
    ["UANN", { ...full, name: "Ann Example (@ann)" }],
    ["UADMIN", { ...full, name: "Ada Example (@ada)", isAdmin: true }],
    ["UGUEST", { ...full, name: "Gus Example (@gus)", isGuest: true }],
    ["USINGLE", { ...full, name: "Sid Example (@sid)", isGuest: true }],
    ["UGONE", { ...full, name: "Gil Example (@gil)", isDeactivated: true }],
    ["UOTHER", { ...full, name: "Olu Example (@olu)", teams: ["T2"], isStranger: true }],
    ["UAPP", { ...full, name: "App (@app)", isBot: true }],
  ])("%s is who Slack says", async (user, member) => {
    expect(await chat().member(user)).toEqual(member);
  });

  test("is undefined where Slack knows nobody of that id", async () => {
    expect(await chat().member("UNOBODY")).toBeUndefined();
  });

  test("is remembered for a minute and not longer", async () => {
    const remembering = chat();
    await remembering.member("UANN");
    workspace.changePerson("UANN", { deactivated: true });
    now += 59_000;
    expect((await remembering.member("UANN"))?.isDeactivated).toBe(false);
    now += 1_000;
    expect((await remembering.member("UANN"))?.isDeactivated).toBe(true);
    workspace.changePerson("UANN", { deactivated: false });
  });
});

test("the team has its name, and is asked for once", async () => {
  const asking = chat();
  const before = workspace.record.calls.length;
  expect(await asking.team()).toBe("T1");
  expect(await asking.team()).toBe("T1");
  expect(workspace.record.calls.length - before).toBe(1);
  expect(await asking.teamName()).toBe("Acme");
});

test("a Home tab is shown to one person, and replaced by the next", async () => {
  const view = (text: string) => ({
    type: "home",
    blocks: [{ type: "section", text: { type: "mrkdwn", text } }],
  });
  await chat().publishHome("UANN", view("first"));
  await chat().publishHome("UANN", view("second"));
  expect(JSON.stringify(workspace.as("UANN").state().home)).toContain("second");
  expect(workspace.as("UADMIN").state().home).toBeNull();
});

test("what is whispered is seen by one person alone", async () => {
  await chat().whisper({ channel: "CIN", user: "UANN" }, "Only for you.");
  const seen = (user: string) =>
    workspace
      .as(user)
      .state()
      .messages.map(({ text }) => text);
  expect(seen("UANN")).toContain("Only for you.");
  expect(seen("UADMIN")).not.toContain("Only for you.");
});

test("who is not there cannot be whispered to, and who is deactivated cannot be told", async () => {
  await expect(chat().whisper({ channel: "CIN", user: "UGUEST" }, "Hello.")).rejects.toThrow(MessageGone);
  await expect(chat().tell("UGONE", "Hello.")).rejects.toThrow(MessageGone);
});

test("a direct message reaches the person it is for", async () => {
  const ts = await chat().tell("UANN", "Linked.");
  const message = workspace
    .as("UANN")
    .state()
    .messages.find((one) => one.ts === ts);
  expect(message).toMatchObject({ text: "Linked.", channel: workspace.direct("UANN").id });
});
