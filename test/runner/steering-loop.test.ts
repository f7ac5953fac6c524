// What steers the loop between two calls of the model: plans, questions, limits that come near, messages, repetition.
import { noUsage } from "@cody/core/models.ts";
import { type Ask, noted, type Turn } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { systemPrompt } from "../../packages/runner/src/agent/prompt.ts";
import { tools } from "../../packages/runner/src/tools/catalogue.ts";
import { type Reply, steps } from "../world/claude/script.ts";
import { command, done, first, nothing, play, read } from "./playing.ts";

const begin: Turn = { turn: 0, round: 1, at: 1, messages: [first], usage: noUsage, costUsd: 0 };

function told(bodies: { messages: unknown[] }[], text: string): boolean[] {
  return bodies.map(({ messages }) => JSON.stringify(messages.at(-1)).includes(text));
}

test("tools and system prompt have at most 2,000 tokens, by four bytes each", () => {
  const described = tools.map(({ name, description, inputSchema }) => ({
    name,
    description,
    input_schema: inputSchema,
  }));
  const bytes = Buffer.byteLength(systemPrompt) + Buffer.byteLength(JSON.stringify(described));
  expect(bytes / 4).toBeLessThanOrEqual(2_000);
});

describe("the plan", () => {
  const planned = (plan: unknown): Reply => ({ calls: [{ name: "update_plan", input: { steps: plan } }] });

  test("is told as it is, redacted, and is no call of the tool process", async () => {
    const ran: string[] = [];
    const { plans, refused } = await play(
      steps(planned([{ step: "Use the s3cret", status: "doing" }]), nothing),
      {
        diff: () => undefined,
        tool: (name) => {
          ran.push(name);
          return name;
        },
      },
    );
    expect(plans).toEqual([[{ step: "Use the [hidden]", status: "doing" }]]);
    expect(ran).toEqual([]);
    expect(refused).toEqual([]);
  });

  test.each([
    ["eight steps", Array.from({ length: 8 }, () => ({ step: "a", status: "open" }))],
    ["a step of 81 characters", [{ step: "a".repeat(81), status: "open" }]],
    ["no steps", []],
    ["another status", [{ step: "a", status: "soon" }]],
  ])("of %s is refused with what is wrong, and not shown", async (_what, plan) => {
    const { plans, finished } = await play(
      steps(planned(plan), ({ results }) => {
        expect(results.at(-1)).toMatchObject({
          isError: true,
          text: expect.stringContaining("nothing was done"),
        });
        return nothing;
      }),
      { diff: () => undefined },
    );
    expect(plans).toEqual([]);
    expect(finished).toBeDefined();
  });
});

describe("a question", () => {
  const question = { question: "Which?", options: ["This", "That"] };
  const ask = { name: "ask_person", input: question };

  test("ends the loop with its turn stored, and stays open until somebody answers", async () => {
    const one = await play(steps({ calls: [ask] }));
    expect(one.end).toEqual({ question });
    expect(one.saved).toHaveLength(1);
    const two = await play(steps(), { stored: [begin, ...one.saved] });
    expect(two.end).toEqual({ question });
    expect(two.bodies).toEqual([]);
  });

  test.each([
    ["beside other calls", [read("a"), ask], "only call"],
    [
      "with one option",
      [{ name: "ask_person", input: { question: "Which?", options: ["This"] } }],
      "nothing was done",
    ],
    [
      "with five options",
      [{ name: "ask_person", input: { question: "Which?", options: ["1", "2", "3", "4", "5"] } }],
      "options",
    ],
  ])("%s is not asked, and the model is told why", async (_how, calls, why) => {
    const { finished, refused } = await play(
      steps({ calls }, ({ results }) => {
        expect(results.at(-1)).toMatchObject({ isError: true, text: expect.stringContaining(why) });
        return nothing;
      }),
      { diff: () => undefined },
    );
    expect(finished).toBeDefined();
    expect(refused).toEqual([]);
  });

  test("that was cut off is not asked", async () => {
    const { finished } = await play(steps({ calls: [ask], stop: "max_tokens" }, nothing), {
      diff: () => undefined,
    });
    expect(finished).toBeDefined();
  });
});

describe("coming to an end", () => {
  const words = "Most of what this run may use is used up";

  test("is asked for once, beside the results, when little is left of the turns", async () => {
    const { bodies, end } = await play(({ turn }) => ({ calls: [read(`${turn}`)] }), {
      budget: { turns: 20, costUsd: 100 },
    });
    expect(told(bodies, words)).toEqual(Array.from({ length: 20 }, (_, index) => index === 17));
    expect(end).toEqual({ reached: "20 turns" });
  });

  test("is asked for by dollars and by time as well", async () => {
    const dear = await play(
      ({ turn }) => (turn < 3 ? { calls: [read(`${turn}`)], outputTokens: 10_000 } : nothing),
      { budget: { costUsd: 0.34 }, diff: () => undefined },
    );
    expect(told(dear.bodies, words)).toEqual([false, false, false, true]);

    let now = 0;
    const late = await play(
      ({ turn }) => {
        now += 30;
        return turn < 3 ? { calls: [read(`${turn}`)] } : nothing;
      },
      { budget: { time: { from: 0, until: 100 } }, now: () => now, diff: () => undefined },
    );
    expect(told(late.bodies, words)).toEqual([false, false, false, true]);
  });

  test("is taken back once where more was allowed, and not said again by another machine", async () => {
    const looking = ({ turn }: { turn: number }) => ({ calls: [read(`${turn}`)] });
    const one = await play(looking, { budget: { turns: 9 } });
    const stopped = await play(looking, { budget: { turns: 9 }, stored: [begin, ...one.saved.slice(0, 8)] });
    expect(JSON.stringify(stopped.bodies[0]?.messages).split(words)).toHaveLength(2);
    expect(told(stopped.bodies, words)).toEqual([false]);
    const more = await play(({ turn }) => (turn < 11 ? looking({ turn }) : nothing), {
      budget: { turns: 200 },
      stored: [begin, ...one.saved],
      diff: () => undefined,
    });
    expect(told(more.bodies, "There is room again")).toEqual([true, false, false]);
    expect(more.refused).toEqual([]);
  });
});

describe("what people write", () => {
  const said = (id: string, text: string, more: Partial<Ask> = {}): Ask => ({
    id,
    job: "j",
    kind: "message",
    by: "U0BEN",
    at: 1,
    text,
    ...more,
  });

  test("while the model thinks is given after that turn, oldest first, once, and its ids are stored", async () => {
    const asks: Ask[] = [];
    let now = 0;
    const { bodies, saved, refused } = await play(
      ({ turn }) => {
        now += 10_000;
        if (turn === 0) asks.push(said("2", "Second.", { at: 2 }), said("1", "First.", { answer: noted }));
        return turn < 2 ? { calls: [read(`${turn}`)] } : nothing;
      },
      { news: () => asks, now: () => now, diff: () => undefined },
    );
    expect(refused).toEqual([]);
    expect(saved.map(({ heard }) => heard)).toEqual([["1", "2"], undefined, undefined]);
    expect(JSON.stringify(bodies[1]?.messages.at(-1))).toMatch(/U0BEN wrote: First\..*U0BEN wrote: Second\./);
    expect(JSON.stringify(bodies[2]?.messages).split("First.")).toHaveLength(2);
    const again = await play(({ turn }) => (turn < 2 ? { calls: [read("x")] } : nothing), {
      stored: [begin, ...saved.slice(0, 1)],
      news: () => asks,
      diff: () => undefined,
    });
    expect(JSON.stringify(again.bodies[0]?.messages).split("First.")).toHaveLength(2);
  });

  test("before the first call is given with it, and again by the next machine where its turn was not stored", async () => {
    const options = { news: () => [said("1", "Mind the tests.")], diff: () => undefined };
    const { bodies, saved } = await play(steps(nothing, nothing), options);
    expect(told(bodies.slice(0, 1), "Mind the tests.")).toEqual([true]);
    expect(saved[0]?.heard).toEqual(["1"]);
    const again = await play(steps(nothing), { ...options, stored: [begin] });
    expect(told(again.bodies, "Mind the tests.")).toEqual([true]);
  });

  test("holds an end back until the model has read it", async () => {
    const asks: Ask[] = [];
    const { finished, bodies } = await play(
      steps(
        () => {
          asks.push(said("1", "Not the README, please."));
          return nothing;
        },
        ({ results }) => {
          expect(results.at(-1)).toMatchObject({
            isError: true,
            text: expect.stringContaining("Not finished yet"),
          });
          return nothing;
        },
      ),
      { news: () => asks, diff: () => undefined },
    );
    expect(finished).toBeDefined();
    expect(told(bodies, "Not the README, please.")).toEqual([false, true]);
  });

  test("to answer another run's question is not given", async () => {
    const { bodies } = await play(steps(nothing), {
      news: () => [
        said("1", "Twenty.", { answer: "Going on: 1 run: acme/other." }),
        said("2", "", { kind: "stop" }),
      ],
      diff: () => undefined,
    });
    expect(bodies[0]?.messages).toHaveLength(1);
  });
});

describe("cycles", () => {
  const around = [command("apply one"), command("npm test"), command("undo one")];
  const round = (length: number) => ({
    tool: (_name: string, input: unknown) => JSON.stringify(input),
    // The tree goes to and fro, so that counting calls alone would always begin anew.
    snapshot: (() => {
      let turns = 0;
      return () => {
        turns += 1;
        return Buffer.from(`change ${turns % length}`);
      };
    })(),
  });

  test.each([1, 2, 3])("of %i turns get a nudge after three rounds and end after five", async (length) => {
    const { failure, bodies } = await play(({ turn }) => {
      const call = around[turn % length];
      return { calls: call ? [call] : [] };
    }, round(length));
    expect(failure?.kind).toBe("stuck");
    expect(bodies).toHaveLength(5 * length);
    expect(told(bodies, "Try something else").indexOf(true)).toBe(3 * length);
    expect(told(bodies, "Try something else").filter(Boolean)).toHaveLength(1);
  });

  test("that change something each time are work", async () => {
    let turns = 0;
    const { finished } = await play(
      ({ turn }) => {
        const call = around[turn % 3];
        return turn < 20 && call ? { calls: [call] } : done;
      },
      {
        tool: () => "1 failed",
        snapshot: () => {
          turns += 1;
          return Buffer.from(`${turns}`);
        },
      },
    );
    expect(finished).toBeDefined();
  });
});
