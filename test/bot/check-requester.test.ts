// Who asked is checked before anything is spent: a member, linked, with the rights, and no private beside a public one.
import { Failed } from "@cody/core/failure.ts";
import type { Member } from "@cody/core/ports/chat.ts";
import type { PersonalCodeHost } from "@cody/core/ports/personal-code-host.ts";
import type { Job, Repository } from "@cody/core/schema.ts";
import type { Person } from "@cody/core/team-schema.ts";
import { describe, expect, test } from "vitest";
import { checkRequester } from "../../packages/bot/src/effects/check-requester.ts";
import type { EffectContext } from "../../packages/bot/src/effects/context.ts";
import { exampleJob, repository, start } from "../core/examples.ts";

type Rights = Awaited<ReturnType<PersonalCodeHost["rights"]>>;

const ann: Member = {
  name: "Ann Ashdown (@ann)",
  teams: ["T1"],
  isStranger: false,
  isGuest: false,
  isDeactivated: false,
  isBot: false,
  isAdmin: false,
};
const linked: Person = {
  team: "T1",
  user: "U1",
  account: { id: 7, login: "ann" },
  sealedTokens: "sealed",
  linkedAt: start,
};

interface World {
  job?: Partial<Job>;
  repositories?: Repository[];
  member?: Member;
  person?: Person | null;
  access?: "linked" | "members";
  rights?: Record<string, Rights | Error>;
  mixesVisibility?: boolean;
  actAs?: { words: string };
}

/** What becomes of the job; GitHub gives `write` where nothing else is said. */
function check(world: World) {
  const { repositories = [repository("a"), repository("b2")], person = linked, rights = {} } = world;
  const host = {
    rights: async ({ fullName }: { fullName: string }) => {
      const right = rights[fullName] ?? "write";
      if (right instanceof Error) throw right;
      return right;
    },
  };
  const context = {
    store: { people: { read: async () => person ?? undefined } },
    chat: { member: async () => world.member ?? ann },
    linked: { actAs: async () => world.actAs ?? host },
    access: world.access ?? "linked",
    allowed: ["acme/*"],
    mixesVisibility: world.mixesVisibility ?? false,
  } as unknown as EffectContext;
  return checkRequester(exampleJob({ repositories, ...world.job }), repositories, context);
}

const account = linked.account;

describe("by linked accounts", () => {
  test("who has linked, and may push to everything, may start", async () => {
    expect(await check({})).toEqual({ account });
  });

  test("F9: who has not linked may not, and is told how to", async () => {
    expect(await check({ person: null })).toEqual({
      refused: { kind: "not-linked", detail: "Ann Ashdown (@ann)" },
    });
  });

  test("F9: who may only read what is to be pushed to may not, and it says where", async () => {
    expect(await check({ rights: { "acme/b2": "read" } })).toEqual({
      refused: { kind: "no-right", detail: "ann may not push to acme/b2" },
    });
  });

  test("X4: all that is missing is told at once", async () => {
    expect(await check({ rights: { "acme/a": "none", "acme/b2": "read" } })).toEqual({
      refused: { kind: "no-right", detail: "ann cannot see acme/a and ann may not push to acme/b2" },
    });
  });

  test.each<[string, World]>([
    ["only patches are wanted", { job: { deliver: "patch" } }],
    [
      "Cody itself may not push there",
      { repositories: [repository("a", { mayPush: false }), repository("b2", { mayPush: false })] },
    ],
  ])("reading is enough where %s", async (_why, world) => {
    const rights = { "acme/a": "read", "acme/b2": "read" } as const;
    expect(await check({ ...world, rights })).toEqual({ account });
    expect(await check({ ...world, rights: { ...rights, "acme/b2": "none" } })).toMatchObject({
      refused: { kind: "no-right" },
    });
  });

  test("a repository that Cody may not work on is left to its own run", async () => {
    const repositories = [repository("a"), { ...repository("c"), fullName: "other/c" }];
    expect(await check({ repositories, rights: { "other/c": "none" } })).toEqual({ account });
  });

  test.each<[string, World]>([
    ["here", { actAs: { words: "Connect again." } }],
    ["on GitHub", { rights: { "acme/a": new Failed("link-ended", "ann") } }],
  ])("a link that ended %s is told as that", async (_where, world) => {
    expect(await check(world)).toEqual({ refused: { kind: "link-ended", detail: "ann" } });
  });

  test("a GitHub that does not answer refuses nothing", async () => {
    const away = new Failed("github-unavailable", "acme/a");
    await expect(check({ rights: { "acme/a": away } })).rejects.toBe(away);
  });
});

describe("by membership", () => {
  test("nobody is asked for a link, and a link that is there names who asked", async () => {
    expect(await check({ access: "members", person: null })).toEqual({ account: undefined });
    expect(await check({ access: "members", rights: { "acme/a": "none" } })).toEqual({ account });
  });
});

test.each<["linked" | "members"]>([["linked"], ["members"]])(
  "whoever is a guest by now may not start, whether access is %s",
  async (access) => {
    expect(await check({ access, member: { ...ann, isGuest: true } })).toMatchObject({
      refused: { kind: "not-a-member", detail: expect.stringMatching(/guest/) },
    });
  },
);

describe("a private repository beside a public one", () => {
  const repositories = [repository("a", { private: true }), repository("b2"), repository("c33")];

  test.each<["linked" | "members"]>([["linked"], ["members"]])(
    "X1: is refused, whether access is %s",
    async (access) => {
      expect(await check({ access, repositories })).toEqual({
        refused: {
          kind: "visibility-mixed",
          detail: "acme/a is private, acme/b2 and acme/c33 are public",
        },
      });
    },
  );

  test("is taken where the operator allows it", async () => {
    expect(await check({ repositories, mixesVisibility: true })).toEqual({ account });
  });

  test("is no matter where all are of one kind", async () => {
    const allPrivate = repositories.map((one) => ({ ...one, private: true }));
    expect(await check({ repositories: allPrivate })).toEqual({ account });
  });
});
