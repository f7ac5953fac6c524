// Claude as the runs of one key share it: who meets a spend limit tells the others, and a long wait is on the run.
import { Failed } from "@cody/core/failure.ts";
import type { ModelClient, ModelRequest, OnWait } from "@cody/core/ports/model.ts";
import type { Run, SpendLimit } from "@cody/core/schema.ts";
import { expect, test } from "vitest";
import { SpendLimitMet } from "../../packages/runner/src/interruption.ts";
import { shareClaude } from "../../packages/runner/src/shared-claude.ts";

const answer = { content: [], text: "hello", calls: [], stop: "end", usage: {} } as unknown as Awaited<
  ReturnType<ModelClient["answer"]>
>;
const request = { messages: [] } as unknown as ModelRequest;
const met = new Failed("claude-spend-limit", "The limit of s3cret is reached.");
const deadline = 900;

interface Options {
  /** What happens when Claude is asked. */
  ask?: (onWait?: OnWait) => void;
  /** The limit that another run met. */
  known?: SpendLimit;
}

function open({ ask = () => {}, known }: Options = {}) {
  const noMore = new AbortController();
  const reported: Pick<Run, "held">[] = [];
  const reached: SpendLimit[] = [];
  const calls: string[] = [];
  const model: ModelClient = {
    async nameOf(_id, _signal, onWait) {
      calls.push("nameOf");
      ask(onWait);
      return "Claude";
    },
    async answer({ onWait }) {
      calls.push("answer");
      ask(onWait);
      return answer;
    },
    async warm() {
      calls.push("warm");
      return undefined;
    },
  };
  const client = shareClaude({
    model,
    spendLimit: {
      read: async () => known,
      async reach(limit) {
        reached.push(limit);
        return known ?? limit;
      },
    },
    redact: (text) => text.replace("s3cret", "[hidden]"),
    now: () => 7,
    heartbeat: {
      noMore: noMore.signal,
      report: ({ held }) => reported.push({ held }),
      whileHeld: (write) => write(),
    },
    deadline,
  });
  return { client, calls, reported, reached, noMore };
}

test("a spend limit is told to every other run before this one breaks off, in words without secrets", async () => {
  const { client, reached } = open({
    ask: () => {
      throw met;
    },
  });
  const limit = { since: 7, reached: "The limit of [hidden] is reached." };
  await expect(client.answer(request)).rejects.toMatchObject({ kind: "spend-limit", limit });
  expect(reached).toEqual([limit]);
});

test("who meets it later waits for the limit as the first one met it", async () => {
  const known = { since: 3, reached: "The limit is reached." };
  const { client } = open({
    known,
    ask: () => {
      throw met;
    },
  });
  await expect(client.nameOf("claude", AbortSignal.timeout(1_000))).rejects.toMatchObject({ limit: known });
});

test("once another run has met it, Claude is asked nothing, and no cache is kept warm", async () => {
  const { client, calls, noMore } = open();
  const limit = new SpendLimitMet({ since: 3, reached: "The limit is reached." });
  noMore.abort(limit);
  await expect(client.answer(request)).rejects.toBe(limit);
  await expect(client.nameOf("claude", AbortSignal.timeout(1_000))).rejects.toBe(limit);
  expect(await client.warm(request)).toBeUndefined();
  expect(calls).toEqual([]);
});

test.each(["claude-unavailable", "claude-rejected"] as const)("a %s is nobody else's", async (kind) => {
  const failed = new Failed(kind, "no");
  const { client, reached } = open({
    ask: () => {
      throw failed;
    },
  });
  await expect(client.answer(request)).rejects.toBe(failed);
  expect(reached).toEqual([]);
});

test("a long wait is on the run while it lasts, and off it afterwards, also where no answer came", async () => {
  const why = "Claude is overloaded at s3cret";
  for (const isAnswered of [true, false]) {
    const { client, reported } = open({
      ask: (onWait) => {
        onWait?.("waiting for Claude: Overloaded");
        onWait?.(why, { since: 1, why, until: 800 });
        if (!isAnswered) throw new Failed("claude-unavailable", "no");
      },
    });
    const words: string[] = [];
    await client.answer({ ...request, onWait: (word) => words.push(word) }).catch(() => {});
    expect(words).toEqual(["waiting for Claude: Overloaded", why]);
    const held = { since: 1, why: "Claude is overloaded at [hidden]", until: 800 };
    expect(reported).toEqual([{ held }, { held: undefined }]);
  }
});

test("a wait ends with the round's own time, where that comes sooner", async () => {
  const { client, reported } = open({
    ask: (onWait) => onWait?.("late", { since: 1, why: "late", until: 10_000 }),
  });
  await client.answer(request);
  expect(reported[0]?.held?.until).toBe(deadline);
});
