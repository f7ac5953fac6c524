// A run that reaches its share of the budget with the work half done; a person allows as much again.
import { type Reply, steps } from "../claude/script.ts";
import { pressInThread } from "../press.ts";
import type { Scenario } from "../scenario.ts";
import { edit, finish, run } from "./replies.ts";

/** A repository may spend three dollars; at ten dollars for a million tokens the sixth of these is over it. */
const dear = (reply: Reply): Reply => ({ ...reply, outputTokens: 52_000 });

const files = ["package.json", "src/cart.js", "src/discount.js", "test/cart-test.js"];

const checkout = steps(
  ...files.map((path) => dear({ calls: [{ name: "read_file", input: { path } }] })),
  dear({
    calls: [
      edit(
        "src/discount.js",
        "  WELCOME: { cents: 500, fromCents: 1000 },",
        "  WELCOME: { cents: 500, fromCents: 1000 },\n  SPRING: { percent: 15, fromCents: 3000 },",
      ),
    ],
  }),
  dear({ calls: [run("grep -n SPRING src/discount.js")] }),
  {
    calls: [
      edit(
        "test/cart-test.js",
        'test("a small cart gets no discount", () => {',
        `test("the coupon of spring takes 15 percent from 30 euros on", () => {
  const cart = new Cart();
  cart.add(teapot, 2);
  assert.equal(cart.totals({ coupon: "SPRING", taxPercent: 0 }).discountCents, 597);
});

test("a small cart gets no discount", () => {`,
      ),
    ],
  },
  { calls: [run("node --test")] },
  ...finish(
    "Added the coupon SPRING: 15 percent from 30 euros on, with its test.",
    "`node --test` was run after the change.",
  ),
);

export const budget: Scenario = {
  name: "budget",
  says: "a run reaches its limit, waits without a machine, and goes on with what a person allows",
  request: {
    repositories: ["acme/checkout"],
    prompt: "Add the coupon SPRING: 15 percent off from 30 euros on.",
    name: "Add the coupon SPRING",
    kind: "anything",
  },
  scripts: { "acme/checkout": checkout },
  async during({ slack }, user) {
    await pressInThread(slack, user, "Continue with $3.00 more");
  },
  expected: { status: "done", outcomes: { "acme/checkout": "changed" } },
};
