// Acting as a person: tokens are opened and refreshed, two at once agree on one, and an ended link is a sentence.
import { randomBytes } from "node:crypto";
import { makeActAs } from "@cody/core/act-as.ts";
import { Failed } from "@cody/core/failure.ts";
import type { PersonalCodeHost, PersonTokens } from "@cody/core/ports/personal-code-host.ts";
import { openTokens, sealTokens } from "@cody/core/seal.ts";
import type { Person } from "@cody/core/team-schema.ts";
import { describe, expect, test } from "vitest";

const keys = [randomBytes(32).toString("base64")];
const now = 1_800_000_000_000;
const hour = 3_600_000;

function personWith(tokens: PersonTokens, sealedWith = keys): Person {
  const owner = { team: "T", user: "U", account: { id: 7, login: "ann" } };
  return { ...owner, sealedTokens: sealTokens(tokens, owner, sealedWith), linkedAt: now };
}

/** One person's item in a table, and a GitHub whose refresh tokens are good for one use. */
function worldOf(start: Person, good: string[] = ["r1"]) {
  let item: Person | undefined = start;
  const made: string[] = [];
  const refreshable = new Set(good);
  const waited: number[] = [];
  const hooks: {
    /** What happens while somebody waits. */
    meanwhile?: () => void;
    refresh: (token: string) => Promise<PersonTokens | undefined>;
  } = {
    refresh: async (token) => {
      if (!refreshable.delete(token)) return undefined;
      const next = `${Number(token.slice(1)) + 1}`;
      made.push(next);
      refreshable.add(`r${next}`);
      return {
        access: `a${next}`,
        expiresAt: now + 8 * hour,
        refresh: `r${next}`,
        refreshExpiresAt: now + 9 * hour,
      };
    },
  };
  return {
    hooks,
    made,
    waited,
    put: (person: Person | undefined) => {
      item = person;
    },
    stored: () => item && openTokens(item.sealedTokens, item, keys),
    actAs: makeActAs({
      people: {
        read: async () => item,
        changeTokens: async (person, sealedTokens) => {
          if (item?.sealedTokens !== person.sealedTokens) return false;
          item = { ...item, sealedTokens };
          return true;
        },
      },
      linking: { refresh: (token) => hooks.refresh(token) },
      keys,
      host: (token) => ({ token }) as unknown as PersonalCodeHost,
      now: () => now,
      wait: async (ms) => {
        waited.push(ms);
        hooks.meanwhile?.();
      },
    }),
  };
}

const expired = personWith({ access: "a1", expiresAt: now - 1, refresh: "r1", refreshExpiresAt: now + hour });

test("a token that is good is used as it is", async () => {
  const world = worldOf(personWith({ access: "a1", expiresAt: now + hour, refresh: "r1" }));
  expect(await world.actAs(personWith({ access: "a1", expiresAt: now + hour }))).toEqual({ token: "a1" });
  expect(world.made).toEqual([]);
});

test("a token without an end is used as it is", async () => {
  const person = personWith({ access: "gho_1" });
  expect(await worldOf(person).actAs(person)).toEqual({ token: "gho_1" });
});

describe("an expired token", () => {
  test.each([
    ["has ended", now - 1],
    ["ends in a minute", now + 60_000],
  ])("that %s is refreshed, and the new ones are stored sealed", async (_, expiresAt) => {
    const person = personWith({ access: "a1", expiresAt, refresh: "r1", refreshExpiresAt: now + hour });
    const world = worldOf(person);
    expect(await world.actAs(person)).toEqual({ token: "a2" });
    expect(world.stored()).toMatchObject({ tokens: { access: "a2", refresh: "r2" } });
  });

  test("is refreshed once by two at once, and both act with the same token", async () => {
    const world = worldOf(expired);
    const both = await Promise.all([world.actAs(expired), world.actAs(expired)]);
    expect(both).toEqual([{ token: "a2" }, { token: "a2" }]);
    expect(world.made).toEqual(["2"]);
  });

  test("that somebody else refreshed a moment ago: the loser waits until the new one is written", async () => {
    const world = worldOf(expired, []);
    world.hooks.meanwhile = () => {
      if (world.waited.length === 2)
        world.put(personWith({ access: "a2", expiresAt: now + 8 * hour, refresh: "r2" }));
    };
    expect(await world.actAs(expired)).toEqual({ token: "a2" });
    expect(world.waited).toHaveLength(2);
  });

  test("that was read long ago: the table's is used", async () => {
    const world = worldOf(personWith({ access: "a5", expiresAt: now + hour, refresh: "r5" }), []);
    expect(await world.actAs(expired)).toEqual({ token: "a5" });
    expect(world.waited).toEqual([]);
  });

  test("that cannot be refreshed is a sentence that says what to do", async () => {
    const world = worldOf(expired, []);
    const answer = await world.actAs(expired);
    expect(answer).toEqual({
      words: expect.stringMatching(/no longer accepts the link.*Connect GitHub again/),
    });
    expect(world.stored()).toMatchObject({ tokens: { access: "a1" } });
  });

  test("whose refresh token has ended as well is not even asked for", async () => {
    const person = personWith({ access: "a1", expiresAt: now - 1, refresh: "r1", refreshExpiresAt: now - 1 });
    const world = worldOf(person);
    expect(await world.actAs(person)).toHaveProperty("words");
    expect(world.made).toEqual([]);
  });

  test("of somebody who unlinked meanwhile: what was refreshed is not stored, and nobody acts", async () => {
    const world = worldOf(expired);
    world.put(undefined);
    expect(await world.actAs(expired)).toEqual({ words: expect.stringContaining("no longer linked") });
    expect(world.stored()).toBeUndefined();
  });

  test("where GitHub does not answer is thrown, and nothing is lost", async () => {
    const world = worldOf(expired);
    world.hooks.refresh = async () => {
      throw new Failed("github-unavailable", "HTTP 502");
    };
    await expect(world.actAs(expired)).rejects.toThrow(Failed);
    expect(world.stored()).toMatchObject({ tokens: { access: "a1" } });
  });
});

test("tokens that are sealed for somebody else, or with a key that is gone, are a sentence", async () => {
  const foreign = { ...expired, user: "U0OTHER" };
  expect(await worldOf(foreign).actAs(foreign)).toEqual({
    words: expect.stringContaining("can no longer open"),
  });
  const lost = personWith({ access: "a1" }, [randomBytes(32).toString("base64")]);
  expect(await worldOf(lost).actAs(lost)).toHaveProperty("words");
});
