// A request that can be read in two ways: the agent asks, a person presses an option, and the change follows it.
import { type Reply, steps } from "../claude/script.ts";
import { pressInThread } from "../press.ts";
import type { Scenario } from "../scenario.ts";
import { edit, finish, run } from "./replies.ts";

const options = ["Half a cent up, as now", "Half a cent to the even cent"] as const;

const ask: Reply = {
  thinking: "The request names no rule for half a cent, and invoices that were sent depend on it.",
  calls: [
    {
      name: "ask_person",
      input: {
        question:
          "roundCents rounds half a cent away from zero, and the request does not say how it is to be from now on. Which rule is meant?",
        options: [...options],
      },
    },
  ],
};

const even = `export function roundCents(amount) {
  const rounded = Math.round(amount);
  const isHalf = Math.abs(amount % 1) === 0.5;
  return isHalf && rounded % 2 !== 0 ? rounded - 1 : rounded;
}`;

const checkout = steps(
  {
    calls: [
      { name: "search_code", input: { pattern: "roundCents" } },
      { name: "read_file", input: { path: "src/price.js" } },
    ],
  },
  ask,
  ({ results }) => {
    const answer = results.at(-1)?.text ?? "";
    if (!answer.includes(options[1]))
      throw new Error(`the answer is not the option that was pressed: ${answer}`);
    return {
      thinking: "Half a cent goes to the even cent.",
      calls: [
        {
          name: "update_plan",
          input: {
            steps: [
              { step: "Round half a cent to the even cent", status: "doing" },
              { step: "Change the tests with the rule", status: "open" },
            ],
          },
        },
        edit(
          "src/price.js",
          `export function roundCents(amount) {
  return Math.sign(amount) * Math.round(Math.abs(amount));
}`,
          even,
        ),
        edit(
          "src/price.js",
          "/** Rounds half a cent away from zero, as the invoices do. */",
          "/** Rounds half a cent to the even cent, so that many roundings do not add up. */",
        ),
        edit(
          "test/price-test.js",
          `test("half a cent is rounded away from zero", () => {
  assert.equal(roundCents(10.5), 11);
  assert.equal(roundCents(-10.5), -11);`,
          `test("half a cent is rounded to the even cent", () => {
  assert.equal(roundCents(10.5), 10);
  assert.equal(roundCents(11.5), 12);
  assert.equal(roundCents(-10.5), -10);`,
        ),
      ],
    };
  },
  { calls: [run("node --test")] },
  ...finish(
    "Half a cent is rounded to the even cent, as chosen in the thread; before, it went away from zero.",
    "`node --test` was run after the change.",
  ),
);

export const question: Scenario = {
  name: "question",
  says: "the agent asks what only a person can know, waits without a machine, and follows the answer",
  request: {
    repositories: ["acme/checkout"],
    prompt: "Change how half a cent is rounded, so that sums of many lines stay fair.",
    name: "Round half a cent fairly",
    kind: "anything",
  },
  scripts: { "acme/checkout": checkout },
  async during({ slack }, user) {
    await pressInThread(slack, user, options[1]);
  },
  expected: { status: "done", outcomes: { "acme/checkout": "changed" } },
};
