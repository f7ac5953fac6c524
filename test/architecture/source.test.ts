// How the rules read a source: its code without comments and literals, and its imports.
import { expect, test } from "vitest";
import { importsOf } from "./imports.ts";
import { codeOf } from "./source.ts";

test.each([
  ["a // b\nc", "a     \nc"],
  ["a /* b\nc */ d", "a     \n     d"],
  ['"a // b" + c', '"      " + c'],
  ["'it\\'s' + c", "'     ' + c"],
  ["`a ${b + `c ${d}`} e` + f", "`  ${b + `  ${d}`}  ` + f"],
  ["`a ${{ b: 1 }.b} c` + d", "`  ${{ b: 1 }.b}  ` + d"],
  ["x.replace(/[/'\"]/g, y)", "x.replace(/     /g, y)"],
  ["return /a\\/b/.test(c)", "return /    /.test(c)"],
  ["a / b / c", "a / b / c"],
  ["(a) / 'b' / c", "(a) / ' ' / c"],
  ["/* never closed", "               "],
  ['"never closed', '"            '],
])("%j", (text, code) => {
  expect(codeOf(text)).toBe(code);
  expect(codeOf(text)).toHaveLength(text.length);
});

test("every import of a source is found", () => {
  const text = [
    'import one from "one";',
    "import { type A, b } from 'two';",
    "import type {",
    "  C,",
    '} from "three";',
    'import { type D, type E } from "four";',
    'export * as five from "five";',
    'import "six";',
    'const seven = () => import("seven");',
    'const eight = require("eight");',
    '// import "nine";',
    "const ten = 'import \"ten\"';",
    "const eleven = Array.from(ten);",
    "export function from(from: string) {}",
    "export const url = import.meta.url;",
  ].join("\n");
  const found = importsOf({ path: "packages/core/src/job.ts", text });
  expect(found.map(({ specifier, line }) => [specifier, line])).toEqual([
    ["one", 1],
    ["two", 2],
    ["three", 3],
    ["four", 6],
    ["five", 7],
    ["six", 8],
    ["seven", 9],
    ["eight", 10],
  ]);
  expect(found.filter(({ isTypeOnly }) => isTypeOnly).map(({ specifier }) => specifier)).toEqual([
    "three",
    "four",
  ]);
  expect(found.filter(({ isExport }) => isExport).map(({ specifier }) => specifier)).toEqual(["five"]);
});
