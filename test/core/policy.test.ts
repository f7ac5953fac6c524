// The policy: closed until a pattern opens it, and a pattern opens no more than it says.
import { isAllowed, isPattern } from "@cody/core/policy.ts";
import { describe, expect, test } from "vitest";

test("nothing is allowed without a pattern", () => {
  expect(isAllowed("acme/shop", [])).toBe(false);
});

test.each([
  { pattern: "acme/shop", name: "acme/shop", allowed: true },
  { pattern: "acme/shop", name: "ACME/Shop", allowed: true },
  { pattern: "Acme/SHOP", name: "acme/shop", allowed: true },
  { pattern: "acme/shop", name: "acme/shop-2", allowed: false },
  { pattern: "acme/shop", name: "my-acme/shop", allowed: false },
  { pattern: "acme/*", name: "acme/shop", allowed: true },
  { pattern: "acme/*", name: "acme/.github", allowed: true },
  { pattern: "acme/*", name: "acme2/shop", allowed: false },
  { pattern: "acme/*", name: "other/acme", allowed: false },
  { pattern: "acme/*", name: "acme/shop/x", allowed: false },
  { pattern: "acme/*", name: "acme/..", allowed: false },
  { pattern: "acme/shop-*", name: "acme/shop-service", allowed: true },
  { pattern: "acme/shop-*", name: "acme/shop", allowed: false },
  { pattern: "acme/*-service", name: "acme/shop-service", allowed: true },
  { pattern: "acme-*/shop", name: "acme-eu/shop", allowed: true },
  { pattern: "*/*", name: "acme/shop", allowed: true },
  { pattern: "acme/shop.service", name: "acme/shopXservice", allowed: false },
  { pattern: "acme/shop.service", name: "acme/shop.service", allowed: true },
])("$pattern allows $name: $allowed", ({ pattern, name, allowed }) => {
  expect(isAllowed(name, [pattern])).toBe(allowed);
  expect(isAllowed(name, ["nobody/nothing", pattern])).toBe(allowed);
});

describe("a pattern", () => {
  test.each(["acme/*", "acme/shop", "*/*", "acme-*/shop_1.x"])("%s is one", (text) => {
    expect(isPattern(text)).toBe(true);
  });

  test.each([
    "*",
    "acme",
    "acme/",
    "/shop",
    "acme/*/x",
    "acme/(a|b)",
    "acme/[a-z]",
    "acme/?",
    "",
    "acme/ shop",
  ])("%j is none", (text) => {
    expect(isPattern(text)).toBe(false);
  });
});
