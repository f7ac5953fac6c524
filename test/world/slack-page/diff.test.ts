// Patches as git writes them, with the lines that are easily taken for something else.
import { expect, test } from "vitest";
import { diffLinesOf, parseDiff } from "./diff.ts";

const patch = `From 1f2e Mon Sep 17 00:00:00 2001
Subject: [PATCH] Two files

---
 a.sql | 3 +--
diff --git a/a.sql b/a.sql
index 1..2 100644
--- a/a.sql
+++ b/a.sql
@@ -1,3 +1,2 @@ header
 select 1;
--- a comment that was removed
-select 2;
+++ a line of two signs
diff --git a/old name.txt b/new name.txt
similarity index 90%
rename from old name.txt
rename to new name.txt
@@ -7 +7 @@
-a
+b
\\ No newline at end of file
--${" "}
2.39.5
`;

test("counts and numbers the lines of every file, and leaves the mail around them out", () => {
  const [first, second, ...more] = parseDiff(patch);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ path: "a.sql", added: 1, removed: 2 });
  expect(first?.lines.map(({ kind, oldLine, newLine }) => [kind, oldLine, newLine])).toEqual([
    ["hunk", undefined, undefined],
    ["context", 1, 1],
    ["removed", 2, undefined],
    ["removed", 3, undefined],
    ["added", undefined, 2],
  ]);
  expect(second).toMatchObject({ path: "new name.txt", added: 1, removed: 1 });
  expect(second?.lines.at(-1)).toMatchObject({ kind: "meta", text: "\\ No newline at end of file" });
});

test("says that a binary file changed", () => {
  const [file] = parseDiff("diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n");
  expect(file).toMatchObject({ added: 0, lines: [{ kind: "meta" }] });
});

test("tells the lines of a piece of a diff apart by their first character", () => {
  const kinds = diffLinesOf("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n c\n").map(({ kind }) => kind);
  expect(kinds).toEqual(["meta", "meta", "hunk", "removed", "added", "context"]);
});
