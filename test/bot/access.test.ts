// Who may use Cody: full members of its own workspace, and nobody else, whatever Slack says of them.
import type { Member } from "@cody/core/ports/chat.ts";
import { expect, test } from "vitest";
import { mayBeListed, mayUse } from "../../packages/bot/src/stories/access.ts";
import { exampleJob } from "../core/examples.ts";

const full: Member = {
  name: "Ann",
  teams: ["T1"],
  isStranger: false,
  isGuest: false,
  isDeactivated: false,
  isBot: false,
  isAdmin: false,
};

test.each<[string, Member]>([
  ["a full member", full],
  ["an admin", { ...full, isAdmin: true }],
  ["a member of several workspaces of one organisation", { ...full, teams: ["T0", "T1"] }],
])("%s may", (_who, member) => {
  expect(mayUse(member, "T1")).toBeUndefined();
});

test.each<[string, Member | undefined, RegExp]>([
  ["nobody that Slack knows", undefined, /could not find out who you are/],
  ["a guest", { ...full, isGuest: true }, /you are a guest/],
  ["who is deactivated", { ...full, isDeactivated: true }, /is deactivated/],
  ["an app", { ...full, isBot: true }, /not for other apps/],
  ["somebody of another workspace", { ...full, teams: ["T2"] }, /from another one/],
  ["a stranger", { ...full, isStranger: true }, /from another one/],
  ["an admin who is a guest", { ...full, isAdmin: true, isGuest: true }, /you are a guest/],
  ["somebody of no workspace", { ...full, teams: [] }, /from another one/],
])("%s may not, and is told why", (_who, member, why) => {
  expect(mayUse(member, "T1")).toMatch(why);
});

test.each([
  ["of a public channel", {}, { user: "UBEN", channel: "COTHER" }, true],
  ["of a private channel, from elsewhere", { isPrivate: true }, { user: "UBEN", channel: "COTHER" }, false],
  ["of a private channel, from there", { isPrivate: true }, { user: "UBEN", channel: "CTEAM" }, true],
  ["of a private channel, for who asked", { isPrivate: true }, { user: "UANN", channel: "COTHER" }, true],
])("a job %s is listed or not", (_which, differences, looking, isListed) => {
  const job = exampleJob({ requester: "UANN", channel: "CTEAM", ...differences });
  expect(mayBeListed(job, looking)).toBe(isListed);
});
