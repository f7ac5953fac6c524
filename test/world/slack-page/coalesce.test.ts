// One run under way, one waiting, whatever is asked meanwhile.
import { expect, test } from "vitest";
import { coalesce } from "./coalesce.ts";

test("answers a burst with two runs, the second after the last call", async () => {
  let calls = 0;
  const ends: (() => void)[] = [];
  const load = coalesce(async () => {
    calls += 1;
    await new Promise<void>((resolve) => ends.push(resolve));
  });
  const first = load();
  const later = [load(), load(), load()];
  expect(calls).toBe(1);
  ends[0]?.();
  await first;
  await Promise.resolve();
  expect(calls).toBe(2);
  ends[1]?.();
  await Promise.all(later);
  expect(calls).toBe(2);
});

test("goes on after a run that failed", async () => {
  let calls = 0;
  const load = coalesce(async () => {
    calls += 1;
    if (calls === 1) throw new Error("gone");
  });
  const [first, second] = [load(), load()];
  await expect(first).rejects.toThrow("gone");
  await second;
  expect(calls).toBe(2);
});
