// Claude's client against the strict stand-in: what is sent, what is waited for, and what is given up at once.
import { makeLog } from "@cody/core/log.ts";
import type { ModelClient } from "@cody/core/ports.ts";
import { expect, onTestFinished, test } from "vitest";
import { makeAnthropic } from "../../packages/runner/src/adapters/anthropic.ts";
import { systemPrompt } from "../../packages/runner/src/agent/prompt.ts";
import { tools } from "../../packages/runner/src/tools/catalogue.ts";
import { startClaude } from "../world/claude/claude.ts";
import type { Fault } from "../world/claude/fault.ts";
import { type Script, steps } from "../world/claude/script.ts";

const apiKey = "sk-ant-api03-0123456789abcdef";

async function open(script: Script, more: { patienceMs?: number; key?: string } = {}) {
  const claude = await startClaude({ keys: [apiKey], script });
  onTestFinished(() => claude.close());
  const lines: string[] = [];
  const log = makeLog({
    level: "debug",
    redact: (text) => text,
    write: (line) => lines.push(line),
    now: Date.now,
  });
  const client = makeAnthropic({
    apiKey: more.key ?? apiKey,
    baseUrl: claude.url,
    log,
    now: Date.now,
    patienceMs: more.patienceMs,
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

const final: Fault[] = [
  { kind: "unauthorized" },
  { kind: "spend limit", of: "organization" },
  { kind: "spend limit", of: "billing" },
  { kind: "spend limit", of: "tier" },
];

test.each(final)("$kind ($of) is given up at once", async (fault) => {
  const { client, claude } = await open(hello);
  claude.fault.next(fault);
  await expect(ask(client)).rejects.toMatchObject({ failure: { kind: "claude-rejected" } });
  expect(claude.record.requests).toHaveLength(1);
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
