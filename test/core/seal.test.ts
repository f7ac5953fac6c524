// Sealed tokens open for the person they were made for, with a key that is known, unchanged, and in no other way.
import { randomBytes } from "node:crypto";
import type { PersonTokens } from "@cody/core/ports/personal-code-host.ts";
import { openTokens, type SealOwner, sealTokens } from "@cody/core/seal.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const key = () => randomBytes(32).toString("base64");
const old = key();
const current = key();
const ann: SealOwner = { team: "T0ACME", user: "U0ANN", account: { id: 9002, login: "ann" } };
const tokens: PersonTokens = {
  access: "ghu_16C7e42F292c6912E7710c838347Ae178B4a",
  expiresAt: 1_800_000_000_000,
  refresh: "ghr_1B4a2e77838347a7E420ce178F2E7c6912E169246c34E1ccbF66C46812d16D5B1A9Dc86A1498",
  refreshExpiresAt: 1_815_000_000_000,
};

test("what was sealed opens again, and says nothing of what it holds", () => {
  const sealed = sealTokens(tokens, ann, [current, old]);
  expect(openTokens(sealed, ann, [current, old])).toEqual({ tokens });
  // Long enough that chance does not spell it.
  for (const start of ["ghu_16C7", "ghr_1B4a", current.slice(0, 8), old.slice(0, 8)])
    expect(sealed).not.toContain(start);
});

test("any tokens survive, also those that never expire", () => {
  const some = fc.record(
    {
      access: fc.string({ minLength: 1 }),
      expiresAt: fc.integer(),
      refresh: fc.string({ minLength: 1 }),
      refreshExpiresAt: fc.integer(),
    },
    { requiredKeys: ["access"] },
  );
  fc.assert(
    fc.property(some, (given) => {
      expect(openTokens(sealTokens(given, ann, [current]), ann, [current])).toEqual({ tokens: given });
    }),
  );
});

test("the same tokens never look the same twice", () => {
  const seals = Array.from({ length: 50 }, () => sealTokens(tokens, ann, [current]));
  expect(new Set(seals).size).toBe(50);
  expect(new Set(seals.map((sealed) => sealed.split(".")[2])).size).toBe(50);
});

describe("keys", () => {
  test("an older one still opens what it sealed, and new seals are of the newest", () => {
    const before = sealTokens(tokens, ann, [old]);
    expect(openTokens(before, ann, [current, old])).toEqual({ tokens });
    const after = sealTokens(tokens, ann, [current, old]);
    expect(openTokens(after, ann, [current])).toEqual({ tokens });
    expect(openTokens(after, ann, [old])).toEqual({
      refused: expect.stringContaining("key that is not known"),
    });
  });

  test("one that was given up opens nothing", () => {
    const sealed = sealTokens(tokens, ann, [old]);
    expect(openTokens(sealed, ann, [current])).toEqual({ refused: expect.stringContaining("not known") });
    expect(openTokens(sealed, ann, [])).toHaveProperty("refused");
  });

  test("none, or one of another length, is a fault of the configuration", () => {
    expect(() => sealTokens(tokens, ann, [])).toThrow(/no key/);
    expect(() => sealTokens(tokens, ann, [randomBytes(16).toString("base64")])).toThrow(/32 bytes/);
  });
});

describe("somebody else", () => {
  test.each([
    ["another user", { ...ann, user: "U0BEN" }],
    ["another team", { ...ann, team: "T0OTHER" }],
    ["another account", { ...ann, account: { id: 9003, login: "ann" } }],
    ["team and user that join to the same", { ...ann, team: "T0ACMEU0", user: "ANN" }],
  ])("as %s is refused", (_, other) => {
    const sealed = sealTokens(tokens, ann, [current]);
    expect(openTokens(sealed, other, [current])).toEqual({
      refused: expect.stringContaining("belong to somebody else"),
    });
  });

  test("a new login of the same account is the same person", () => {
    const renamed = { ...ann, account: { id: 9002, login: "ann-new" } };
    expect(openTokens(sealTokens(tokens, ann, [current]), renamed, [current])).toEqual({ tokens });
  });
});

describe("tampering", () => {
  const sealed = sealTokens(tokens, ann, [current, old]);

  test("no changed character opens", () => {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom(...letters), (at, letter) => {
        fc.pre(sealed[at] !== letter);
        const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1);
        expect(openTokens(changed, ann, [current, old])).toHaveProperty("refused");
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["nothing", ""],
    ["other text", "hello"],
    ["a part too many", `${sealed}.AAAA`],
    ["another version", sealed.replace(/^1/, "2")],
    ["no ciphertext", sealed.slice(0, sealed.lastIndexOf(".") + 1)],
    ["a tag cut short", sealed.slice(0, -8)],
    [
      "the key id of another key",
      sealed.replace(sealed.split(".")[1] ?? "", sealTokens(tokens, ann, [old]).split(".")[1] ?? ""),
    ],
    ["a padded spelling", `${sealed}=`],
  ])("%s does not open", (_, text) => {
    const opened = openTokens(text, ann, [current, old]);
    expect(opened).toHaveProperty("refused");
    expect(JSON.stringify(opened)).not.toContain("gh");
  });

  test("what is sealed with the right key but holds no tokens does not open", () => {
    expect(() => sealTokens({ access: "" }, ann, [current])).toThrow();
  });
});
