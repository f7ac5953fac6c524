// Names of repositories and branches: what git and GitHub take passes, what could be read as anything else does not.
import { execFileSync } from "node:child_process";
import { branchOf } from "@cody/core/ids.ts";
import { fullNameSchema, isBranchName, isFullName } from "@cody/core/repository.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("a repository's name", () => {
  test.each([
    "acme/shop",
    "acme/shop-service",
    "ACME/Shop.Service_2",
    "a/b",
    "a-b/-rf",
    "acme/.github",
    `${"o".repeat(39)}/${"n".repeat(100)}`,
  ])("%s is one", (name) => {
    expect(isFullName(name)).toBe(true);
    expect(fullNameSchema.parse(name)).toBe(name);
  });

  test.each([
    "--upload-pack=touch /tmp/x",
    "acme/../../etc",
    "acme/app;id",
    "https://github.com@evil.example/acme/app",
    "ext::sh -c id",
    "аcme/app",
    "acme/app.git/",
    "acme/app.git",
    "acme/..",
    "acme/.",
    "acme/a..b",
    "../app",
    "acme",
    "acme/",
    "/app",
    "acme/app/x",
    "acme//app",
    "-acme/app",
    "acme-/app",
    "ac--me/app",
    "ac_me/app",
    "acme/app\n",
    "acme/app\u0000",
    " acme/app",
    "acme/ap p",
    "acme/$(id)",
    "acme/`id`",
    "acme/app\u202e",
    `${"o".repeat(40)}/app`,
    `acme/${"n".repeat(101)}`,
    "",
  ])("%j is none", (name) => {
    expect(isFullName(name)).toBe(false);
    expect(fullNameSchema.safeParse(name).success).toBe(false);
  });

  test("stays itself in an address", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), fc.string({ unit: "binary-ascii" }), (owner, name) => {
        const fullName = `${owner}/${name}`;
        if (isFullName(fullName)) {
          expect(new URL(`https://github.com/${fullName}`).href).toBe(`https://github.com/${fullName}`);
        }
      }),
    );
  });
});

const branches = [
  "main",
  "release/2.x",
  "feature/CODY-1_a",
  "a/-b",
  "user@host",
  "v1.0",
  branchOf("abcdefgh23"),
];

describe("a branch's name", () => {
  test.each(branches)("%s is one, for git as well", (name) => {
    expect(isBranchName(name)).toBe(true);
    expect(gitTakes(name)).toBe(true);
  });

  test.each([
    "main:refs/heads/main",
    "+HEAD:main",
    "+main",
    "-f",
    "--force",
    "a..b",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[b",
    "a\\b",
    "a@{1}",
    "HEAD",
    "/a",
    "a/",
    "a//b",
    "a.",
    ".a",
    "a/.b",
    "a.lock",
    "a.lock/b",
    "a\nb",
    "a\tb",
    "",
  ])("%j is none, for git neither", (name) => {
    expect(isBranchName(name)).toBe(false);
    // Git itself takes a plus at the beginning, which a push would read as force.
    if (name !== "+main") expect(gitTakes(name)).toBe(false);
  });

  test.each(["@", "refs/heads/main", "ümlaut", "a\u202eb", "b".repeat(201)])(
    "%j is none here, though git would take it",
    (name) => {
      expect(isBranchName(name)).toBe(false);
    },
  );

  test("is never one that git refuses", () => {
    const parts = fc.constantFrom(
      "a",
      "B",
      "1",
      "-",
      ".",
      "/",
      "@",
      "{",
      "lock",
      ".lock",
      "HEAD",
      "~",
      "+",
      "_",
      "..",
    );
    const names = fc
      .sample(fc.array(parts, { minLength: 1, maxLength: 6 }), 2_000)
      .map((some) => some.join(""));
    const taken = [...new Set(names.filter(isBranchName))].slice(0, 100);
    expect(taken.filter((name) => !gitTakes(name))).toEqual([]);
  });
});

function gitTakes(name: string): boolean {
  try {
    execFileSync("git", ["check-ref-format", "--branch", name], { cwd: "/", stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
