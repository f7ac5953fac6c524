// A conversation that grew too long: when it begins anew, what it keeps, and that the loop goes on with it.
import type { Turn } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { begunAnew, longTokens } from "../../packages/runner/src/agent/context.ts";
import { type Message, resultBlock, userResults, userText } from "../../packages/runner/src/agent/message.ts";
import { answering, finish, playRound, reads } from "../bench/scripted-round.ts";
import type { Script } from "../world/claude/script.ts";

const first = userText("Repository: acme/shop\n\nRaise the VAT.");

let ids = 0;
/** An answer with one call, and its result. */
function turn(
  name: string,
  input: object,
  result: string,
  more: { isError?: boolean; said?: string[]; thinking?: string } = {},
): Message[] {
  ids += 1;
  const id = `toolu_${ids}`;
  const thought = more.thinking ? [{ type: "thinking", thinking: more.thinking, signature: "s" }] : [];
  return [
    { role: "assistant", content: [...thought, { type: "tool_use", id, name, input }] },
    userResults([resultBlock(id, result, more.isError ?? false)], more.said),
  ];
}

const filler = Array.from({ length: 40 }, (_, index) =>
  turn("read_file", { path: `src/part-${index}.ts` }, "x".repeat(10_000)),
).flat();

function textsOf(messages: readonly Message[] | undefined): string[] {
  expect(messages).toHaveLength(1);
  expect(messages?.[0]?.role).toBe("user");
  return (messages?.[0]?.content ?? []).map((block) => (block as { text: string }).text);
}

describe("when a conversation begins anew", () => {
  test.each([
    ["it is short", longTokens - 1, filler, false],
    ["it is long", longTokens, filler, true],
    ["nothing was answered yet", longTokens, [userText("more")], false],
  ])("%s (%i tokens)", (_why, promptTokens, later, expected) => {
    expect(begunAnew([first, ...later], { promptTokens }) !== undefined).toBe(expected);
  });

  test("one that would stay as long is left as it is, unless it does not fit at all", () => {
    const large = [userText("y".repeat(250_000)), ...turn("read_file", { path: "a" }, "x")];
    expect(begunAnew(large, { promptTokens: longTokens })).toBeUndefined();
    expect(begunAnew(large, { promptTokens: 0, must: true })).toHaveLength(1);
    expect(begunAnew([first], { promptTokens: 0, must: true })).toBeUndefined();
  });
});

describe("the account", () => {
  const path = `src/${"deep/".repeat(60)}price.ts`;
  const error = `src/price.ts:7:3 - error TS2304: Cannot find name 'vat'. "quoted" $& \\ 'text'`;
  const messages = [
    first,
    ...turn("edit_file", { path, oldText: "a".repeat(5_000), newText: "b" }, "Done.", {
      thinking: "One place holds the VAT.",
    }),
    ...turn("edit_file", { path: "gone.ts", oldText: "a", newText: "b" }, error, { isError: true }),
    ...turn(
      "run_command",
      { command: "npm test -- --run price" },
      `${"log\n".repeat(2_000)}${error}\n(exit code 1)`,
      {
        said: ["Also raise the reduced rate.\nBoth, please."],
      },
    ),
    ...turn("write_file", { path: "new.ts", content: "c" }, "Written."),
    ...filler,
    ...turn("run_command", { command: "npm run lint" }, `all good ${"z".repeat(5_000)}\n(exit code 0)`),
  ];
  const [asked, files, said, history, newest] = textsOf(begunAnew(messages, { promptTokens: longTokens }));

  test("begins with the request as it was, and is the same every time", () => {
    expect(asked).toBe("Repository: acme/shop\n\nRaise the VAT.");
    const again = begunAnew(structuredClone(messages), { promptTokens: longTokens + 5 });
    expect(textsOf(again)).toEqual([asked, files, said, history, newest]);
  });

  test("keeps the files that were changed, and not those where it failed", () => {
    expect(files?.split("\n").slice(2, -1)).toEqual([path, "new.ts"]);
  });

  test("keeps what people wrote, word for word", () => {
    expect(said).toContain(JSON.stringify("Also raise the reduced rate.\nBoth, please."));
  });

  test("keeps paths, commands, errors and decisions, and leaves out long results", () => {
    expect(history).toContain(path);
    expect(history).toContain(error);
    expect(history).toContain("npm test -- --run price");
    expect(history).toContain("(exit code 1)");
    expect(history).toContain("thought: One place holds the VAT.");
    expect(history).toContain('read_file {"path":"src/part-7.ts"} -> (10000 characters)');
    expect(history).not.toContain("xxxxxxxxxx");
    expect(history).not.toContain("a".repeat(200));
  });

  test("keeps the newest turns whole", () => {
    expect(newest).toContain("z".repeat(5_000));
    expect(newest).toContain("src/part-39.ts");
    expect(newest).not.toContain("src/part-3.ts");
    expect(newest?.length).toBeLessThan(45_000);
  });

  test("of one giant turn keeps the ends", () => {
    const giant = turn("run_command", { command: "make" }, `${"x".repeat(500_000)}\n${error}\n(exit code 2)`);
    const texts = textsOf(begunAnew([first, ...filler, ...giant], { promptTokens: longTokens }));
    expect(texts[4]).toContain(error);
    expect(texts[4]?.length).toBeLessThan(45_000);
  });

  test("goes into the next account", () => {
    const once = begunAnew(messages, { promptTokens: longTokens }) ?? [];
    const later = [
      ...turn("write_file", { path: "third.ts", content: "c" }, "Written.", { said: ["One more."] }),
      ...filler,
    ];
    const texts = textsOf(begunAnew([...once, ...later], { promptTokens: longTokens }));
    expect(texts).toHaveLength(5);
    expect(texts[0]).toBe(asked);
    expect(texts[1]?.split("\n").slice(2, -1)).toEqual([path, "new.ts", "third.ts"]);
    expect(texts[2]).toMatch(/reduced rate[\s\S]*One more\./);
    expect(texts[3]).toContain(error);
    expect(texts[3]).toContain("third.ts");
    expect(texts[4]).not.toContain("npm run lint");
  });

  test("cannot be ended by what a tool gave", () => {
    const tag = /<(account-\w+)>/.exec(history ?? "")?.[1];
    expect(tag).toBeDefined();
    expect(
      textsOf(begunAnew([userText("Other."), ...filler], { promptTokens: longTokens }))[3],
    ).not.toContain(tag);
  });
});

/** Plays a script through the real loop and client; every read gives this many characters. */
function play(
  script: Script,
  { model, chars = 20_000, stored }: { model?: string; chars?: number; stored?: Turn[] } = {},
) {
  let calls = 0;
  return playRound({
    script,
    model,
    stored,
    async tool() {
      calls += 1;
      return `${calls} ${"x".repeat(chars)}`;
    },
  });
}

const done = { finished: { summary: "Done.", verification: "Read it again." } };

describe("the loop", () => {
  test("goes on past the point where a conversation is long, and the API refuses nothing", async () => {
    const { end, saved, requests } = await play(answering(60, (index) => reads(1, index)));
    expect(end).toEqual(done);
    expect(requests.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
    const anew = saved.filter(({ restarts }) => restarts);
    expect(anew.length).toBeGreaterThanOrEqual(2);
    const sizes = requests.map(
      ({ usage }) => (usage?.cache_read_input_tokens ?? 0) + (usage?.cache_creation_input_tokens ?? 0),
    );
    expect(Math.max(...sizes)).toBeLessThan(longTokens + 10_000);
  });

  test("goes on where the window is exceeded in one step", async () => {
    const { end, saved, requests } = await play(
      answering(3, (index) => reads(40, index)),
      { model: "claude-haiku-4-5", chars: 29_000 },
    );
    expect(end).toEqual(done);
    expect(requests.filter(({ status }) => status === 400)).not.toHaveLength(0);
    expect(saved.some(({ restarts }) => restarts)).toBe(true);
  });

  test("goes on where the model says in the middle of an answer that its window is full", async () => {
    let asked = 0;
    const { end, saved } = await play(() => {
      asked += 1;
      if (asked === 3) return { text: "I was about to", stop: "model_context_window_exceeded" };
      return asked > 4 ? finish : reads(1, asked);
    });
    expect(end).toEqual(done);
    expect(JSON.stringify(saved)).not.toContain("I was about to");
    expect(saved.filter(({ restarts }) => restarts)).toHaveLength(1);
  });

  test("another runner sends the same bytes after a conversation began anew", async () => {
    const { saved, requests } = await play(answering(40, (index) => reads(1, index)));
    const before = saved.slice(0, -2);
    const again = await play(
      answering(0, (index) => reads(1, index)),
      { stored: before },
    );
    const bodyOf = (request: (typeof requests)[number] | undefined) => {
      const { messages } = (request?.body ?? {}) as { messages?: unknown[] };
      return JSON.stringify(messages ?? []).replace(/,"cache_control":\{[^}]*\}/g, "");
    };
    const [resumed] = again.requests;
    const original = requests.at(-3);
    expect(before.some(({ restarts }) => restarts)).toBe(true);
    // Everything up to where the word about the new machine stands.
    const stem = bodyOf(original).slice(0, -1);
    expect(bodyOf(resumed).startsWith(stem)).toBe(true);
    expect(resumed?.status).toBe(200);
  });
});
