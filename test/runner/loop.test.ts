// The agent's loop against the strict stand-in of Claude, with tools and a tree that are told what to answer.
import { noUsage } from "@cody/core/models.ts";
import type { Turn } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { forewarning } from "../../packages/runner/src/agent/forewarning.ts";
import { rebuild } from "../../packages/runner/src/agent/transcript.ts";
import { type Reply, steps } from "../world/claude/script.ts";
import { command, done, first, nothing, play, read } from "./playing.ts";

describe("finishing", () => {
  test("a change is shown once more before it is accepted", async () => {
    const { finished, saved } = await play(
      steps(done, ({ results }) => {
        expect(results.at(-1)?.text).toMatch(/Look over the whole change[\s\S]*\+ changed/);
        return done;
      }),
    );
    expect(finished).toEqual({ summary: "Done.", verification: "Ran the tests." });
    expect(saved.map(({ turn }) => turn)).toEqual([1, 2]);
    expect(JSON.stringify(saved.at(-1)?.messages)).toContain("Accepted.");
  });

  test("no change needs evidence, and is then accepted at once", async () => {
    const { finished } = await play(
      steps(done, ({ results }) => {
        expect(results.at(-1)).toMatchObject({
          isError: true,
          text: expect.stringContaining("Nothing has changed"),
        });
        return nothing;
      }),
      { diff: () => undefined },
    );
    expect(finished?.noChangeNeeded).toBe("It is not used.");
  });

  test("evidence for no change does not hide a change", async () => {
    const { finished } = await play(
      steps(
        nothing,
        ({ results }) => {
          expect(results.at(-1)).toMatchObject({ isError: true, text: expect.stringContaining("+ changed") });
          return done;
        },
        done,
      ),
    );
    expect(finished?.noChangeNeeded).toBeUndefined();
  });

  test("what git cannot hold is told with the diff", async () => {
    const { finished } = await play(
      steps(done, ({ results }) => {
        expect(results.at(-1)?.text).toContain("cannot hold them (1 in all): vendor/nested");
        return done;
      }),
      { leftOut: ["vendor/nested"] },
    );
    expect(finished).toBeDefined();
  });

  test("what would become of it at delivery is told before it is accepted, and again where that is new", async () => {
    const seen: string[] = [];
    const warnings = [
      forewarning({ verdict: "hold", reasons: ["It adds .npmrc, which says where packages come from."] }),
      forewarning({
        verdict: "refuse",
        failure: { kind: "change-refused", detail: "x is a link that leads out, to s3cret" },
        withPatch: true,
      }),
    ];
    const { finished } = await play(
      ({ results }) => {
        seen.push(...results.slice(seen.length).map(({ text }) => text));
        return done;
      },
      { forewarn: () => warnings[seen.length] ?? warnings[1] ?? "" },
    );
    expect(finished).toBeDefined();
    expect(seen).toHaveLength(2);
    expect(seen[0]).toMatch(/a person has looked at this:\n- It adds \.npmrc.*\nUndo[\s\S]*\+ changed/);
    expect(seen[1]).toMatch(/would be refused: x is a link that leads out, to \[hidden\]\. Undo that/);
    expect(forewarning({ verdict: "push" })).toBe("");
  });

  test("a finish beside other calls is judged after them", async () => {
    let changed = false;
    const both: Reply = { calls: [...(done.calls ?? []), command("make")] };
    const { finished, refused } = await play(steps(both, done), {
      tool: () => {
        changed = true;
        return "made";
      },
      diff: () => (changed ? "+ made" : undefined),
    });
    expect(finished?.summary).toBe("Done.");
    expect(refused).toEqual([]);
  });
});

describe("calls", () => {
  test("those that only read run at once, the others in their order, and all results are one message", async () => {
    const events: string[] = [];
    const { bodies, progress } = await play(
      steps({ calls: [read("a"), read("b"), command("one"), command("two"), read("c")] }, nothing),
      {
        diff: () => undefined,
        async tool(_name, input) {
          const which = Object.values(input as object).join();
          events.push(`${which} begins`);
          await new Promise((resolve) => setTimeout(resolve, 20));
          events.push(`${which} ends`);
          return which;
        },
      },
    );
    expect(events.slice(0, 2)).toEqual(["a begins", "b begins"]);
    expect(events.slice(4)).toEqual([
      "one begins",
      "one ends",
      "two begins",
      "two ends",
      "c begins",
      "c ends",
    ]);
    const results = bodies[1]?.messages.at(-1)?.content as { content: string }[];
    expect(results.map(({ content }) => content)).toEqual(["a", "b", "one", "two", "c"]);
    expect(progress).toEqual(
      expect.arrayContaining(["thinking", "reading a", "running one", "looking over the changes"]),
    );
  });

  test("results are redacted before they are sent or stored", async () => {
    const { bodies, saved } = await play(steps({ calls: [read("a")] }, nothing), {
      tool: () => "the s3cret is out",
      diff: () => undefined,
    });
    expect(JSON.stringify([bodies, saved])).not.toContain("s3cret");
    expect(JSON.stringify(saved)).toContain("the [hidden] is out");
  });

  test("an unknown tool and too many calls are told, and the rest goes on", async () => {
    const { refused, bodies } = await play(
      steps(
        {
          calls: [{ name: "bash", input: {} }, ...Array.from({ length: 60 }, (_, index) => read(`${index}`))],
        },
        nothing,
      ),
      { diff: () => undefined },
    );
    expect(refused).toEqual([]);
    const results = bodies[1]?.messages.at(-1)?.content as { content: string; is_error?: boolean }[];
    expect(results).toHaveLength(61);
    expect(results[0]).toMatchObject({
      is_error: true,
      content: expect.stringContaining("There are: list_files"),
    });
    expect(results[60]).toMatchObject({ is_error: true, content: expect.stringContaining("at most 40") });
  });

  test("a tree grown too large is told to the model", async () => {
    const { bodies } = await play(steps({ calls: [command("npm install")] }, nothing), {
      snapshot: () => "too-large",
      diff: () => undefined,
    });
    expect(JSON.stringify(bodies[1]?.messages.at(-1))).toContain("more than 20 MB");
  });
});

describe("answers that end in another way", () => {
  test("a call that was cut off is not run; those before it are", async () => {
    const ran: unknown[] = [];
    const { refused, finished } = await play(
      steps({ calls: [read("a"), command("rm -rf everything")], stop: "max_tokens" }, ({ results }) => {
        expect(results.map(({ isError }) => isError)).toEqual([false, true]);
        expect(results[1]?.text).toContain("cut off");
        return nothing;
      }),
      {
        diff: () => undefined,
        tool: (name) => {
          ran.push(name);
          return "fine";
        },
      },
    );
    expect(ran).toEqual(["read_file"]);
    expect(refused).toEqual([]);
    expect(finished).toBeDefined();
  });

  test.each<Reply>([
    { thinking: "long thoughts", stop: "max_tokens" },
    { thinking: "thoughts", text: "half a sen", stop: "max_tokens" },
    { text: "let me pause", stop: "pause_turn" },
    { text: "I think that is all." },
  ])("it goes on after %j", async (reply) => {
    let asked = 0;
    const { refused, finished, saved } = await play(
      () => {
        asked += 1;
        return asked === 1 ? reply : nothing;
      },
      { diff: () => undefined },
    );
    expect(refused).toEqual([]);
    expect(finished).toBeDefined();
    expect(saved).toHaveLength(2);
  });

  test("answers that are always too long end it", async () => {
    const { failure } = await play(() => ({ text: "on and on", stop: "max_tokens" }));
    expect(failure).toMatchObject({ kind: "limit-reached" });
  });

  test("a refusal ends it, with its category, and is stored", async () => {
    const { failure, saved } = await play(steps({ text: "No.", stop: "refusal", category: "cyber" }));
    expect(failure?.kind).toBe("claude-refused");
    expect(failure?.detail).toMatch(/cyber/);
    expect(saved).toHaveLength(1);
  });

  test("a full window ends it", async () => {
    const { failure } = await play(steps({ text: "…", stop: "model_context_window_exceeded" }));
    expect(failure).toMatchObject({ kind: "limit-reached", detail: expect.stringContaining("longer than") });
  });

  test("silence gets one nudge", async () => {
    const { failure, bodies } = await play(() => ({ text: "All done, I think." }));
    expect(failure?.kind).toBe("stuck");
    expect(bodies).toHaveLength(2);
    expect(JSON.stringify(bodies[1]?.messages.at(-1))).toContain("call finish");
  });
});

describe("repetition", () => {
  test("the third time gets a nudge, the fifth ends it", async () => {
    const { failure, bodies } = await play(() => ({ calls: [read("a")] }));
    expect(failure?.kind).toBe("stuck");
    expect(bodies).toHaveLength(5);
    const nudged = bodies.map(({ messages }) =>
      JSON.stringify(messages.at(-1)).includes("Try something else"),
    );
    expect(nudged).toEqual([false, false, false, true, false]);
  });

  test("the same test run after each edit is no repetition", async () => {
    let version = 0;
    const { failure } = await play(({ turn }) => (turn < 8 ? { calls: [command("npm test")] } : nothing), {
      tool: () => "1 failed",
      diff: () => undefined,
      snapshot: () => {
        version += 1;
        return Buffer.from(`${version}`);
      },
    });
    expect(failure).toBeUndefined();
  });
});

describe("budget", () => {
  test("turns", async () => {
    const { end, saved } = await play(({ turn }) => ({ calls: [read(`${turn}`)] }), {
      budget: { turns: 3, costUsd: 1 },
    });
    expect(end).toEqual({ reached: "3 turns" });
    expect(saved).toHaveLength(3);
  });

  test("dollars, summed over calls", async () => {
    const { end, saved } = await play(({ turn }) => ({ calls: [read(`${turn}`)], outputTokens: 10_000 }), {
      budget: { turns: 100, costUsd: 0.25 },
    });
    expect(end).toEqual({ reached: expect.stringMatching(/^\$0\.3\d of the \$0\.25/) });
    expect(saved).toHaveLength(3);
    expect(saved[0]?.costUsd).toBeGreaterThan(0.1);
  });

  test("an unknown price is unknown, and not nothing", async () => {
    const { saved } = await play(steps(nothing), { model: "claude-opus-5", diff: () => undefined });
    expect(saved[0]?.costUsd).toBeNull();
  });
});

describe("going on", () => {
  test("another runner goes on with the stored conversation, byte for byte", async () => {
    const begin: Turn = { turn: 0, round: 1, at: 1, messages: [first], usage: noUsage, costUsd: 0 };
    const looking: Reply = { thinking: "Where is it?", calls: [read("a")] };
    const one = await play(steps(looking), { budget: { turns: 1, costUsd: 1 } });
    expect(one.end).toEqual({ reached: "1 turn" });
    const two = await play(({ turn }) => (turn === 1 ? nothing : looking), {
      stored: [begin, ...one.saved],
      diff: () => undefined,
    });
    expect(two.refused).toEqual([]);
    expect(two.finished).toBeDefined();
    expect(JSON.stringify(two.bodies[0]?.messages.at(-1))).toContain("The machine was replaced");
    expect(two.saved[0]?.turn).toBe(2);
    // The note is part of what was sent, so it is stored with the turn that followed it.
    expect(JSON.stringify(two.saved[0]?.messages)).toContain("The machine was replaced");
    expect(rebuild([begin, ...one.saved, ...two.saved]).messages).toHaveLength(6);
  });

  test("calls without results are answered as interrupted", async () => {
    const answer = {
      role: "assistant",
      content: [{ type: "tool_use", id: "toolu_1", name: "run_command", input: {} }],
    };
    const { messages, unsaved } = rebuild([
      { turn: 0, round: 1, at: 1, messages: [first], usage: noUsage, costUsd: 0 },
      { turn: 1, round: 1, at: 1, messages: [answer], usage: noUsage, costUsd: null },
    ]);
    expect(messages).toHaveLength(3);
    expect(unsaved[0]?.content[0]).toMatchObject({ tool_use_id: "toolu_1", is_error: true });
  });

  test("a conversation that ended with an accepted finish asks nothing more", async () => {
    const begin: Turn = { turn: 0, round: 1, at: 1, messages: [first], usage: noUsage, costUsd: 0 };
    const one = await play(steps(done, done));
    const two = await play(steps(), { stored: [begin, ...one.saved] });
    expect(two.finished).toEqual(one.finished);
    expect(two.bodies).toHaveLength(0);
  });

  test("broken off in a command, the turn is stored with what is known, and the reason is thrown", async () => {
    const controller = new AbortController();
    const { error, saved } = await play(steps({ calls: [read("a"), command("sleep 60")] }), {
      signal: controller.signal,
      tool: async (name) => {
        if (name === "run_command") controller.abort(new Error("the machine goes away"));
        return name;
      },
    });
    expect(error).toMatchObject({ message: "the machine goes away" });
    expect(saved).toHaveLength(1);
  });
});
