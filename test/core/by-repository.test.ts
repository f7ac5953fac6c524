// Values by repository: read as pairs or refused, and found by the first pattern that matches.
import { pairsSchema, valueFor } from "@cody/core/by-repository.ts";
import { expect, test } from "vitest";

const schema = pairsSchema("must be pairs");

test.each([
  [undefined, []],
  ["", []],
  ["acme/shop=one", [{ pattern: "acme/shop", value: "one" }]],
  [
    "acme/legacy-*=one,\n  */site=registry.example.com:5000/two@sha256:0 ",
    [
      { pattern: "acme/legacy-*", value: "one" },
      { pattern: "*/site", value: "registry.example.com:5000/two@sha256:0" },
    ],
  ],
])("%j is read", (text, pairs) => {
  expect(schema.parse(text)).toEqual(pairs);
});

test.each(["acme/shop", "acme/shop=", "=one", "*=one", "shop=one", "acme/shop = one", "acme/shop=one=two"])(
  "%s is refused with the given sentence",
  (text) => {
    const { error } = schema.safeParse(`acme/other=right, ${text}`);
    expect(error?.issues.map(({ message }) => message)).toEqual(["must be pairs"]);
  },
);

test("the first pattern that matches counts, in any case of letters", () => {
  const pairs = schema.parse("acme/legacy-shop=shop, acme/legacy-*=legacy, acme/*=acme");
  expect(valueFor("acme/legacy-shop", pairs)).toBe("shop");
  expect(valueFor("ACME/Legacy-Site", pairs)).toBe("legacy");
  expect(valueFor("acme/site", pairs)).toBe("acme");
  expect(valueFor("acme-eu/site", pairs)).toBeUndefined();
  expect(valueFor("acme/../legacy-x", pairs)).toBeUndefined();
});
