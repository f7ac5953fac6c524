// The guard by itself: every kind of path, mode and text that it lets go, holds or refuses.
import { maxHoldReasons, maxPatchBytes, maxUnheldFileBytes, maxUnheldFiles } from "@cody/core/limits.ts";
import type { Change, ChangedFile } from "@cody/core/ports/workspace.ts";
import { describe, expect, test } from "vitest";
import { guard } from "../../packages/runner/src/guard/guard.ts";
import { hiddenIn, shownName } from "../../packages/runner/src/guard/hidden-text.ts";
import { leadsOutside } from "../../packages/runner/src/guard/links.ts";
import { partsOf } from "../../packages/runner/src/guard/patch-parts.ts";
import { isInsideGit, protectedAs } from "../../packages/runner/src/guard/protected-paths.ts";

interface Given extends Partial<ChangedFile> {
  path: string;
  added?: string[];
  binary?: boolean;
}

const none = "000000";
const file = "100644";

/** A change as git would give it, with the patch in git's own form. */
function changeWith(given: Given[]): Pick<Change, "patch" | "diff" | "files"> {
  const files = given.map(({ path, oldMode = file, newMode = file, bytes = 10 }) => ({
    path,
    oldMode,
    newMode,
    bytes,
  }));
  const patch = Buffer.from(given.map(sectionOf).join(""));
  const diff = { files: files.length, additions: 1, deletions: 0, patchBytes: patch.length, preview: "" };
  return { patch, diff, files };
}

function sectionOf({ path, added = [], binary }: Given): string {
  const head = `diff --git a/${path} b/${path}\nindex 0..1\n`;
  if (binary) return `${head}GIT binary patch\nliteral 1\nIcmZPo000310RR91\n\nliteral 0\nHcmV?d00001\n\n`;
  if (added.length === 0) return head;
  const lines = added.map((line) => `+${line}\n`).join("");
  return `${head}--- a/${path}\n+++ b/${path}\n@@ -0,0 +1,${added.length} @@\n${lines}`;
}

const ownKey = "own-key-0123456789";
const judge = (...given: Given[]) => guard(changeWith(given), (text) => text.includes(ownKey));
const held = (reason: string | RegExp) => ({ verdict: "hold", reasons: [expect.stringMatching(reason)] });
const refused = (detail: string | RegExp, withPatch = true) => ({
  verdict: "refuse",
  failure: { kind: "change-refused", detail: expect.stringMatching(detail) },
  withPatch,
});

describe("paths", () => {
  test.each([
    ".github/workflows/ci.yml",
    ".github/workflows",
    ".GitHub/Workflows/ci.yml",
    ".github./workflows/ci.yml",
    ".git\u200Chub/workflows/ci.yml",
    ".github/actions/setup/action.yml",
    "tools/action.yaml",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".github/codeowners",
    ".gitmodules",
    "sub/.gitattributes",
    ".lfsconfig",
    ".npmrc",
    "web/.npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pnpmrc",
    "pip.conf",
    ".pypirc",
    "NuGet.Config",
    ".mvn/settings.xml",
    ".m2/settings.xml",
    "gradle/wrapper/gradle-wrapper.jar",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    "Jenkinsfile",
    "azure-pipelines.yml",
    ".buildkite/pipeline.yml",
    ".travis.yml",
    "bitbucket-pipelines.yml",
    ".drone.yml",
    "tls/server.pem",
    "server.KEY",
    "a.p12",
    "a.pfx",
    "a.jks",
    "id_rsa",
    ".ssh/id_rsa.pub",
    "id_ed25519",
    ".env",
    ".env.production",
    "web/.ENV",
  ])("%s is held, whether it comes, changes or goes", (path) => {
    expect(protectedAs(path)).toBeDefined();
    const [name] = shownName(path).split("<");
    for (const [oldMode, newMode, verb] of [
      [none, file, "adds"],
      [file, file, "changes"],
      [file, none, "removes"],
    ])
      expect(judge({ path, oldMode, newMode })).toMatchObject({
        verdict: "hold",
        reasons: expect.arrayContaining([expect.stringContaining(`It ${verb} ${name}`)]),
      });
  });

  test.each([
    ".github/ISSUE_TEMPLATE.md",
    ".github/dependabot.yml",
    "src/action.ts",
    "my-action.yml",
    "docs/workflows/ci.yml",
    "src/CODEOWNERS.md",
    "npmrc",
    ".env.example",
    "environment.ts",
    "keyboard.ts",
    "src/settings.xml",
    "Jenkins.md",
    ".gitignore",
    "gradle/wrapper/gradle-wrapper.properties",
    "src/main.c:old",
  ])("%s is pushed", (path) => {
    expect(judge({ path, added: ["x"] })).toEqual({ verdict: "push" });
  });

  test.each([
    ".git/config",
    "sub/.GIT/hooks/pre-commit",
    ".git./config",
    ".g\u200Cit/config",
    "GIT~1/x",
    ".git:x/y",
  ])("%s is git's own, and refused", (path) => {
    expect(isInsideGit(path)).toBe(true);
    expect(judge({ path })).toEqual(refused("git's own files", false));
  });

  test.each([".gitignore", "git/x", ".github/x", "x.git/y"])("%s is not git's own", (path) => {
    expect(isInsideGit(path)).toBe(false);
  });

  test("a name that hides something is held, and shown with what it hides", () => {
    expect(judge({ path: "patch\u202Egnp.diff" })).toEqual(held(/patch<U\+202E>gnp\.diff.*U\+202E/));
    expect(shownName("two\nlines")).toBe("two<U+000A>lines");
    expect(shownName("x".repeat(300))).toHaveLength(121);
  });
});

describe("modes", () => {
  test.each([
    ["an executable bit gained", { oldMode: file, newMode: "100755" }, "It makes run.sh executable."],
    ["an executable bit lost", { oldMode: "100755", newMode: file }, "It makes run.sh no longer executable."],
    ["a new executable", { oldMode: none, newMode: "100755" }, "It adds run.sh, which can be executed."],
  ])("%s is held", (_, modes, reason) => {
    expect(judge({ path: "run.sh", ...modes })).toEqual({ verdict: "hold", reasons: [reason] });
  });

  test("an executable that stays one, or goes, is pushed", () => {
    expect(judge({ path: "run.sh", oldMode: "100755", newMode: "100755" }).verdict).toBe("push");
    expect(judge({ path: "run.sh", oldMode: "100755", newMode: none }).verdict).toBe("push");
  });

  test.each([
    { oldMode: none, newMode: "160000" },
    { oldMode: "160000", newMode: "160000" },
    { oldMode: "160000", newMode: none },
  ])("a repository inside is refused: $oldMode to $newMode", (modes) => {
    expect(judge({ path: "lib", ...modes })).toEqual(refused("lib is a repository of its own"));
  });
});

describe("links", () => {
  test.each([
    ["creds", "/etc/shadow"],
    ["creds", "../x"],
    ["a/b", "../../x"],
    ["a", "b/../../x"],
    ["a", "b/../x"],
    ["a", ".git/config"],
    ["a/b", "../.GIT"],
    ["a", "C:\\x"],
    ["a", "..\\x"],
    ["a", "./../x"],
    ["a", ""],
  ])("%s to %j leads out of the tree, and is refused", (path, target) => {
    expect(leadsOutside(path, target)).toBe(true);
    const link = { path, oldMode: none, newMode: "120000", added: [target] };
    expect(judge(link)).toEqual(refused("is a link that leads out of the repository"));
  });

  test.each([
    ["a", "b"],
    ["a/b", "../c"],
    ["a/b", ".."],
    ["a/b/c", "../../d/e"],
    ["a", "./b//c"],
    ["a", "..b"],
  ])("%s to %j stays inside, and is held", (path, target) => {
    expect(leadsOutside(path, target)).toBe(false);
    const link = { path, oldMode: none, newMode: "120000", added: [target] };
    expect(judge(link)).toEqual(held(`It adds ${path}, a link to`));
  });

  test("a link that goes is pushed, a file in its place is held", () => {
    expect(judge({ path: "a", oldMode: "120000", newMode: none }).verdict).toBe("push");
    const [removed, added] = [sectionOf({ path: "a" }), sectionOf({ path: "a", added: ["x"] })];
    const change = changeWith([{ path: "a", oldMode: "120000" }]);
    const patch = Buffer.from(removed + added);
    expect(guard({ ...change, patch }, () => false)).toEqual(held("in the place of the link a"));
  });
});

describe("content", () => {
  test.each([
    ["a token", `key = "ghp_${"a1B2".repeat(9)}"`],
    ["a private key", "-----BEGIN RSA PRIVATE " + "KEY-----"],
    ["a header", "curl -H 'Authorization: Bearer abcdefghij0123456789'"],
  ])("%s in an added line is held, with its line", (_, line) => {
    expect(judge({ path: "a.ts", added: ["fine", line] })).toEqual(held("secret is in a.ts, line 2."));
  });

  test.each([
    "private Token currentlyParsedTokenOfInput;",
    "Basic internationalization",
    "token = readToken()",
  ])("%s is no secret", (line) => {
    expect(judge({ path: "a.ts", added: [line] }).verdict).toBe("push");
  });

  test("one of Cody's own keys is refused, without the patch", () => {
    const refusal = refused("a.ts holds one of Cody's own secrets", false);
    expect(judge({ path: "a.ts", added: ["x", `k = ${ownKey}`] })).toEqual(refusal);
    expect(judge({ path: ownKey })).toMatchObject({ verdict: "refuse", withPatch: false });
  });

  test.each([
    ["a direction", "if (a\u202E) {", "U+202E"],
    ["an isolate", "a\u2066b", "U+2066"],
    ["zero width", "ad\u200Bmin", "U+200B"],
    ["a joiner between letters", "ad\u200Dmin", "U+200D"],
    ["a tag", `x\u{E0041}`, "U+E0041"],
    ["a flag with a message", `\u{1F3F4}\u{E0068}\u{E0069}\u{E007F}`, "U+E0068"],
    ["a filler", "const \u3164 = 1", "U+3164"],
    ["a message in variation selectors", "a\uFE01\uFE05", "U+FE01"],
    ["more variation selectors", "a\u{E0101}", "U+E0101"],
    ["a mark in the middle", "a\uFEFFb", "U+FEFF"],
  ])("%s in an added line is held", (_, line, named) => {
    expect(judge({ path: "a.ts", added: ["fine", line] })).toEqual(
      held(`such as ${named.replace("+", "\\+")}, are in a.ts, line 2`),
    );
  });

  test.each([
    ["a mark at the beginning of a file", "\uFEFFusing System;"],
    [
      "emoji",
      "\u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u2764\uFE0F \u{1F3F3}\uFE0F\u200D\u{1F308} \u{1F9D1}\u{1F3FD}\u200D\u{1F680}",
    ],
    ["the flag of Scotland", "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}"],
    ["Persian", "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645"],
    ["accents and other scripts", "é ü 日本語 Ελλάδα"],
  ])("%s is pushed", (_, line) => {
    expect(hiddenIn(line.replace(/^\uFEFF/, ""))).toBeUndefined();
    expect(judge({ path: "a.ts", added: [line] }).verdict).toBe("push");
  });

  test("bytes are held where they come, and pushed where they go", () => {
    expect(judge({ path: "a.png", binary: true })).toEqual(held("a.png, whose content cannot be read"));
    expect(judge({ path: "a.png", binary: true, newMode: none }).verdict).toBe("push");
  });

  test("a large file is held", () => {
    expect(judge({ path: "a.json", bytes: maxUnheldFileBytes })).toEqual({ verdict: "push" });
    expect(judge({ path: "a.json", bytes: maxUnheldFileBytes + 1 })).toEqual(held("a.json is large, 6 MB."));
  });
});

describe("the change as a whole", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ path: `f${index}` }));

  test("many files are held", () => {
    expect(judge(...many(maxUnheldFiles)).verdict).toBe("push");
    expect(judge(...many(maxUnheldFiles + 1))).toEqual(held("It changes 301 files"));
  });

  test("more than can be kept is refused, and its patch is not whole", () => {
    const change = changeWith([{ path: "a" }]);
    const diff = { ...change.diff, patchBytes: maxPatchBytes + 1 };
    expect(guard({ ...change, diff }, () => false)).toEqual({
      verdict: "refuse",
      failure: { kind: "limit-reached", detail: "the change has 21 MB of 20" },
      withPatch: false,
    });
  });

  test("reasons have a bound, and say how many there are", () => {
    const verdict = judge(...many(50).map(({ path }) => ({ path: `${path}.pem` })));
    expect(verdict).toMatchObject({ verdict: "hold" });
    const { reasons } = verdict as { reasons: string[] };
    expect(reasons).toHaveLength(maxHoldReasons);
    expect(reasons.at(-1)).toBe("There are 31 more reasons like these.");
  });

  test("what is refused is refused beside anything that would be held", () => {
    const link = { path: "x", oldMode: none, newMode: "120000", added: ["/etc"] };
    expect(judge({ path: ".npmrc" }, link).verdict).toBe("refuse");
  });
});

describe("the patch", () => {
  test("lines that look like git's own are lines", () => {
    const lines = ["diff --git a/x b/x", "@@ -1 +1 @@", "++ b/x", "GIT binary patch", "\\ No newline", ""];
    const { files, patch } = changeWith([{ path: "a", added: lines }, { path: "b" }]);
    const [first, second] = partsOf({ files, patch });
    expect(first).toMatchObject({
      isBinary: false,
      added: lines.map((text, index) => ({ number: index + 1, text })),
    });
    expect(second?.added).toEqual([]);
  });

  test("a patch of another change is an error", () => {
    const { patch } = changeWith([{ path: "a" }, { path: "b" }]);
    const files = [{ path: "a", oldMode: file, newMode: file, bytes: 1 }];
    expect(() => partsOf({ files, patch })).toThrow("not of the same change");
    expect(() => partsOf({ files, patch: Buffer.alloc(0) })).toThrow("not of the same change");
  });

  test("one line of many megabytes is judged in a moment", () => {
    const started = Date.now();
    judge({ path: "a", added: ["xox.".repeat(1_000_000)] });
    judge({ path: "a", added: ["\u200D\u0645".repeat(500_000)] });
    expect(Date.now() - started).toBeLessThan(5_000);
  });
});
