// Claude's client against the strict stand-in: what is sent, what is waited for, and what is given up at once.
import { claudePatienceMs } from "@cody/core/limits.ts";
import { makeLog } from "@cody/core/log.ts";
import type { ModelClient } from "@cody/core/ports/model.ts";
import type { Held } from "@cody/core/schema.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeAnthropic } from "../../packages/runner/src/adapters/anthropic.ts";
import { systemPrompt } from "../../packages/runner/src/agent/prompt.ts";
import { tools } from "../../packages/runner/src/tools/catalogue.ts";
import { startClaude } from "../world/claude/claude.ts";
import type { Fault } from "../world/claude/fault.ts";
import { type Script, steps } from "../world/claude/script.ts";

const apiKey = "sk-ant-api03-0123456789abcdef";

interface Opening {
  patienceMs?: number;
  tellAfterMs?: number;
  silentMs?: number;
  key?: string;
  /** The clock of the cache. */
  now?: () => number;
}

async function open(script: Script, { key, now, ...more }: Opening = {}) {
  const claude = await startClaude({ keys: [apiKey], script, now });
  onTestFinished(() => claude.close());
  const lines: string[] = [];
  const log = makeLog({
    level: "debug",
    redact: (text) => text,
    write: (line) => lines.push(line),
    now: Date.now,
  });
  const client = makeAnthropic({
    apiKey: key ?? apiKey,
    baseUrl: claude.url,
    log,
    now: Date.now,
    ...more,
  });
  return { claude, client, lines };
}

const messages = [{ role: "user", content: [{ type: "text", text: "Repository: acme/shop" }] }];

function ask(client: ModelClient, more: Partial<Parameters<ModelClient["answer"]>[0]> = {}) {
  return client.answer({
    model: "claude-sonnet-5-5",
    effort: "high",
    system: systemPrompt,
    tools,
    messages,
    signal: new AbortController().signal,
    ...more,
  });
}

const hello = steps({ thinking: "hm", text: "hello", calls: [{ name: "read_file", input: { path: "a" } }] });

test("an answer comes as it was given, to be sent back unchanged, with what it cost", async () => {
  const { client, lines } = await open(hello);
  const answer = await ask(client);
  expect(answer.stop).toBe("tools");
  expect(answer.calls).toEqual([{ id: expect.any(String), name: "read_file", input: { path: "a" } }]);
  expect(answer.usage.cacheWriteTokens).toBeGreaterThan(500);
  expect(answer.usage.outputTokens).toBeGreaterThan(0);
  expect(JSON.parse(JSON.stringify(answer.content))).toEqual(answer.content);
  expect(lines.join()).toMatch(/"requestId":"req_/);
  expect(lines.join()).not.toContain("acme/shop");
});

test("system and tools together stay below 2,000 tokens", async () => {
  const { client, claude } = await open(hello);
  await ask(client);
  const sent = claude.record.requests.at(-1)?.usage;
  expect((sent?.cache_creation_input_tokens ?? 0) + (sent?.input_tokens ?? 0)).toBeLessThan(2_000);
});

test("ten calls in one answer do not lose the cache, and nothing is paid in full twice", async () => {
  const calls = Array.from({ length: 12 }, (_, index) => ({
    name: "read_file",
    input: { path: `${index}` },
  }));
  const { client, claude } = await open(() => ({ thinking: "more", calls }));
  const conversation: unknown[] = [...messages];
  for (let turn = 0; turn < 4; turn += 1) {
    const answer = await ask(client, { messages: conversation });
    const results = answer.calls.map(({ id }) => ({
      type: "tool_result",
      tool_use_id: id,
      content: "x".repeat(4_000),
    }));
    conversation.push({ role: "assistant", content: answer.content }, { role: "user", content: results });
  }
  const usages = claude.record.requests.map(({ usage }) => usage);
  for (const [index, usage] of usages.entries()) {
    if (index === 0) continue;
    const before = usages[index - 1];
    const all = (before?.cache_read_input_tokens ?? 0) + (before?.cache_creation_input_tokens ?? 0);
    expect(usage?.cache_read_input_tokens).toBe(all);
    expect(usage?.input_tokens).toBe(0);
  }
});

const passing: Fault[] = [
  { kind: "rate limit", retryAfterSeconds: 1 },
  { kind: "overloaded" },
  { kind: "internal" },
  { kind: "cut", afterEvents: 3 },
  { kind: "cut", afterEvents: 5, cleanly: true },
  { kind: "cut", afterBytes: 900 },
  { kind: "error event", afterEvents: 4 },
];

test.each(passing)("$kind passes, and half an answer is never used", { timeout: 15_000 }, async (fault) => {
  const { client, claude } = await open(hello);
  claude.fault.next(fault);
  const waits: string[] = [];
  const answer = await ask(client, { onWait: (why) => waits.push(why) });
  expect(answer.calls).toHaveLength(1);
  expect(waits).toHaveLength(1);
  expect(claude.record.requests).toHaveLength(2);
});

test("it waits as long as it is asked to", async () => {
  const { client, claude } = await open(hello);
  claude.fault.next({ kind: "rate limit", retryAfterSeconds: 2 });
  const started = performance.now();
  await ask(client);
  expect(performance.now() - started).toBeGreaterThan(1_900);
});

const limits: Fault[] = [
  { kind: "spend limit", of: "organization" },
  { kind: "spend limit", of: "billing" },
  { kind: "spend limit", of: "tier" },
];

test.each(limits)("a $kind of the $of is given up at once and called by its name", async (fault) => {
  const { client, claude } = await open(hello);
  claude.fault.next(fault);
  await expect(ask(client)).rejects.toMatchObject({ failure: { kind: "claude-spend-limit" } });
  expect(claude.record.requests).toHaveLength(1);
});

test("a refused key is given up at once", async () => {
  const { client, claude } = await open(hello);
  claude.fault.next({ kind: "unauthorized" });
  await expect(ask(client)).rejects.toMatchObject({ failure: { kind: "claude-rejected" } });
  expect(claude.record.requests).toHaveLength(1);
});

test("a stream that ends cleanly anywhere before its end is no answer", async () => {
  const { client, claude } = await open(hello, { patienceMs: 1 });
  let cuts = 0;
  for (; ; cuts += 1) {
    claude.fault.next({ kind: "cut", afterEvents: cuts, cleanly: true });
    const answered = await ask(client).then(
      () => true,
      ({ failure }) => {
        expect(failure.kind).toBe("claude-unavailable");
        return false;
      },
    );
    if (answered) break;
  }
  claude.fault.clear();
  // The start, three blocks of at least two events each, the usage, the end.
  expect(cuts).toBeGreaterThan(8);
  expect(claude.record.requests.at(-1)?.end).toBe("complete");
});

test("a connection that falls silent in the middle of an answer is broken off, and asked anew", async () => {
  const { client, claude } = await open(hello, { silentMs: 300 });
  claude.fault.next({ kind: "hang", afterEvents: 3 });
  claude.fault.next({ kind: "hang" });
  const waits: string[] = [];
  const answer = await ask(client, { onWait: (why) => waits.push(why) });
  expect(answer.calls).toHaveLength(1);
  expect(waits).toEqual(["waiting for Claude: nothing came for 0 s", expect.stringMatching(/timed out/i)]);
});

test("what takes longer is told with the time until which it is tried", async () => {
  const { client, claude } = await open(hello, { tellAfterMs: 0 });
  claude.fault.next({ kind: "overloaded" });
  claude.fault.next({ kind: "rate limit" });
  const waits: string[] = [];
  const held: (Held | undefined)[] = [];
  const begunAt = Date.now();
  await ask(client, {
    onWait: (why, late) => {
      waits.push(why);
      held.push(late);
    },
  });
  expect(waits[0]).toMatch(/^Claude is overloaded, trying again until \d\d:\d\d UTC$/);
  expect(waits[1]).toMatch(/^Claude is at its rate limit, trying again until \d\d:\d\d UTC$/);
  expect(held.map((late) => late?.why)).toEqual(["Claude is overloaded", "Claude is at its rate limit"]);
  // Both are of one wait, which ends when Cody's own patience does.
  expect(held[0]?.since).toBeGreaterThanOrEqual(begunAt);
  expect(held[1]?.since).toBe(held[0]?.since);
  expect((held[1]?.until ?? 0) - (held[1]?.since ?? 0)).toBe(claudePatienceMs);
});

test("what passes within a minute is told to nobody beyond the board", async () => {
  const { client, claude } = await open(hello);
  claude.fault.next({ kind: "overloaded" });
  const told: unknown[][] = [];
  await ask(client, { onWait: (...words) => told.push(words) });
  expect(told).toEqual([["waiting for Claude: Overloaded"]]);
});

test("nothing is asked any more once that is of no use, not even in the middle of a wait", async () => {
  const { client, claude } = await open(hello);
  const limit = new Error("the limit is reached");
  await expect(ask(client, { noMore: AbortSignal.abort(limit) })).rejects.toBe(limit);
  expect(claude.record.requests).toEqual([]);
  claude.fault.next({ kind: "rate limit", retryAfterSeconds: 60 });
  const closing = new AbortController();
  const asking = ask(client, { noMore: closing.signal, onWait: () => closing.abort(limit) });
  await expect(asking).rejects.toBe(limit);
  expect(claude.record.requests).toHaveLength(1);
});

test("an answer that is on its way is still taken when nothing more may be asked", async () => {
  const closing = new AbortController();
  const { client } = await open(() => {
    closing.abort(new Error("the limit is reached"));
    return { text: "hello" };
  });
  expect((await ask(client, { noMore: closing.signal })).text).toBe("hello");
});

test("a conversation that does not fit into the window is no failure", async () => {
  const { client } = await open(hello);
  const long = [{ role: "user", content: [{ type: "text", text: "x".repeat(4_100_000) }] }];
  expect(await ask(client, { messages: long })).toMatchObject({ stop: "window", content: [], calls: [] });
});

test("patience ends, and the failure says what the service said", async () => {
  const { client, claude } = await open(hello, { patienceMs: 1_500 });
  claude.fault.next({ kind: "overloaded" }, 10);
  await expect(ask(client)).rejects.toMatchObject({
    failure: { kind: "claude-unavailable", detail: "Overloaded" },
  });
  claude.fault.clear();
  claude.fault.next({ kind: "rate limit", retryAfterSeconds: 3_600 });
  await expect(ask(client)).rejects.toMatchObject({ failure: { kind: "claude-unavailable" } });
});

test.each(["hang", "wait"] as const)("it is broken off in a %s, with the signal's reason", async (what) => {
  const { client, claude } = await open(hello);
  claude.fault.next(what === "hang" ? { kind: "hang" } : { kind: "rate limit", retryAfterSeconds: 60 });
  const controller = new AbortController();
  const asking = ask(client, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("stopped")), 200);
  await expect(asking).rejects.toThrow("stopped");
});

test("a model outside the table is described by the API, or refused", async () => {
  const { client, claude } = await open(hello);
  const signal = new AbortController().signal;
  await ask(client, { model: "claude-haiku-4-5" });
  expect(claude.record.requests.map(({ route }) => route)).toEqual([
    "GET /v1/models/claude-haiku-4-5",
    "POST /v1/messages",
  ]);
  expect(claude.record.requests.at(-1)?.body).not.toHaveProperty("thinking");
  expect(await client.nameOf("claude-haiku-4-5", signal)).toContain("Haiku 4.5");
  await expect(client.nameOf("gpt-9", signal)).rejects.toMatchObject({
    failure: { kind: "model-unknown", detail: "gpt-9" },
  });
  await expect(ask(client, { model: "gpt-9" })).rejects.toMatchObject({ failure: { kind: "model-unknown" } });
});

test("a wrong key is told in the API's words and never shown", async () => {
  const { client, lines } = await open(hello, { key: "sk-ant-wrong-key-0123456789" });
  await expect(ask(client)).rejects.toMatchObject({ failure: { kind: "claude-rejected" } });
  expect(lines.join()).not.toContain("sk-ant-wrong-key");
});

describe("the prompt cache", () => {
  const minuteMs = 60_000;

  async function twice(between: (client: ModelClient, wait: (minutes: number) => void) => Promise<unknown>) {
    let now = Date.UTC(2026, 10, 20);
    const opened = await open(() => ({ text: "Hm." }), { now: () => now });
    const first = await ask(opened.client);
    await between(opened.client, (minutes) => {
      now += minutes * minuteMs;
    });
    const answered = [...messages, { role: "assistant", content: first.content }];
    const more = { role: "user", content: [{ type: "text", text: "Go on." }] };
    const second = await ask(opened.client, { messages: [...answered, more] });
    return { ...opened, first, second };
  }

  test("is kept by a reading that answers nothing", async () => {
    const { second, first, lines, claude } = await twice(async (client, wait) => {
      wait(4.5);
      const signal = new AbortController().signal;
      const usage = await client.warm({
        model: "claude-sonnet-5-5",
        effort: "high",
        system: systemPrompt,
        tools,
        messages,
        signal,
      });
      expect(usage).toMatchObject({ outputTokens: 0, inputTokens: 0, cacheWriteTokens: 0 });
      wait(4.5);
    });
    expect(second.usage.cacheReadTokens).toBe(first.usage.cacheWriteTokens);
    expect(claude.record.requests.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(lines.join()).not.toContain("cache reads fell to 0");
  });

  test("raises the alarm where it gives nothing any more", async () => {
    const { second, lines } = await twice(async (_client, wait) => wait(6));
    expect(second.usage.cacheReadTokens).toBe(0);
    const alarm = lines
      .map((line) => JSON.parse(line))
      .find(({ text }) => /cache reads fell to 0/.test(text));
    expect(alarm).toMatchObject({ level: "error", model: "claude-sonnet-5-5", messages: 3 });
  });

  test("is not worth a failure", async () => {
    const { second, lines } = await twice(async (client, wait) => {
      wait(1);
      const signal = new AbortController().signal;
      const unknown = {
        model: "gpt-9",
        effort: "high",
        system: systemPrompt,
        tools,
        messages,
        signal,
      } as const;
      expect(await client.warm(unknown)).toBeUndefined();
    });
    expect(second.usage.cacheReadTokens).toBeGreaterThan(0);
    expect(lines.join()).toContain("was not kept warm");
  });
});
