// Ids: the same parts give the same id, others another one, in letters that Batch, git and Slack all take.
import { branchOf, idFrom, queueJobName, twoDigits } from "@cody/core/ids.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

describe("an id", () => {
  test("stays what it was: stored items are found by it", () => {
    expect(idFrom("T1", "V1")).toBe("sfyrojrz3z");
  });

  test("has ten characters of a–z and 2–7", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        expect(idFrom(...parts)).toMatch(/^[a-z2-7]{10}$/);
      }),
    );
  });

  test("depends on the order of its parts and on where one ends", () => {
    const ids = [idFrom("ab", "c"), idFrom("a", "bc"), idFrom("abc"), idFrom("c", "ab"), idFrom("abc", "")];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("differs for ten thousand forms", () => {
    const ids = Array.from({ length: 10_000 }, (_none, index) => idFrom("T1", `V${index}`));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("uses all of its letters", () => {
    const letters = Array.from({ length: 1_000 }, (_none, index) => idFrom(String(index))).join("");
    expect(new Set(letters).size).toBe(32);
  });
});

test("a run's branch and its Batch job are named after the job", () => {
  expect(branchOf("abcdefgh23")).toBe("cody/abcdefgh23");
  expect(queueJobName("abcdefgh23", 2, 1, 3)).toBe("cody-abcdefgh23-2-1-3");
});

test("the longest name of a Batch job is one that Batch takes", () => {
  expect(queueJobName("abcdefgh23", 99, 9_999, 9_999)).toMatch(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/);
});

test("numbers in keys sort as numbers", () => {
  const keys = [10, 2, 1, 99].map(twoDigits);
  expect(keys.toSorted()).toEqual(["01", "02", "10", "99"]);
});
