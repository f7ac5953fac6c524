// A value is made once, and made again only where it could not be made.
import { once } from "@cody/core/once.ts";
import { expect, test } from "vitest";

test("everybody gets the same value, also those who ask while it is made", async () => {
  let made = 0;
  const value = once(async () => {
    made += 1;
    return { number: made };
  });
  const [one, other] = await Promise.all([value(), value()]);
  expect(one).toEqual({ number: 1 });
  expect(other).toBe(one);
  expect(await value()).toBe(one);
});

test("a failure is told to everybody who waited for it, and then tried again", async () => {
  let tries = 0;
  const value = once(async () => {
    tries += 1;
    if (tries === 1) throw new Error("not now");
    return tries;
  });
  const waiting = [value(), value()];
  await expect(waiting[0]).rejects.toThrow("not now");
  await expect(waiting[1]).rejects.toThrow("not now");
  expect(await value()).toBe(2);
});
