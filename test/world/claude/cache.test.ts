// The prompt cache of the scripted Messages API: what is read and written, to the token.
import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import {
  base,
  call,
  clientOf,
  converse,
  markedText,
  OTHER_KEY,
  type Params,
  readFile,
  start,
} from "./harness.ts";
import type { Reply } from "./script.ts";

describe("the prompt cache", () => {
  const long: Params = {
    ...base,
    system: "Change only what is asked. ".repeat(100),
    cache_control: { type: "ephemeral" },
  };
  const reads = (message: Anthropic.Message) => message.usage.cache_read_input_tokens ?? 0;
  const writes = (message: Anthropic.Message) => message.usage.cache_creation_input_tokens ?? 0;
  const whole = (message: Anthropic.Message) => message.usage.input_tokens + reads(message) + writes(message);

  test("a growing conversation reads what the request before it wrote", async () => {
    const { client, claude } = await start((conversation) => call(`file ${conversation.turn}`));
    const { answers } = await converse(client, long, 4);
    for (const [turn, answer] of answers.entries()) {
      const before = answers[turn - 1];
      expect(reads(answer)).toBe(before === undefined ? 0 : whole(before));
      expect(answer.usage.input_tokens).toBe(0);
      expect(writes(answer)).toBe(whole(answer) - reads(answer));
      expect(answer.usage.cache_creation?.ephemeral_5m_input_tokens).toBe(writes(answer));
    }
    const totals = claude.record.totals(claude.record.requests[0]?.conversationKey);
    expect(totals.cache_creation_input_tokens).toBe(whole(answers[3] as Anthropic.Message));
  });

  test("without cache_control nothing is written or read", async () => {
    const { client } = await start((conversation) => call(`file ${conversation.turn}`));
    const { answers } = await converse(client, { ...long, cache_control: undefined }, 2);
    expect(answers.map((answer) => reads(answer) + writes(answer))).toEqual([0, 0]);
  });

  const many = (count: number): Reply => ({
    calls: Array.from({ length: count }, (_, index) => ({ name: "read_file", input: { path: `${index}` } })),
  });

  test("nine calls in one answer (19 blocks) keep the cache with the end breakpoint alone", async () => {
    const { client } = await start(() => many(9));
    const { answers } = await converse(client, long, 2);
    expect(reads(answers[1] as Anthropic.Message)).toBe(whole(answers[0] as Anthropic.Message));
  });

  test("ten calls (21 blocks) lose it, and keep it with a breakpoint where the request before ended", async () => {
    const { client } = await start(() => many(10));
    const { answers, messages } = await converse(client, long, 1);
    const first = answers[0] as Anthropic.Message;
    const lost = await client.messages.create({ ...long, messages });
    expect(reads(lost)).toBe(0);
    expect(writes(lost)).toBe(whole(lost));

    const { client: other } = await start(() => many(10));
    const again = await converse(other, long, 1);
    again.messages[0] = {
      role: "user",
      content: [markedText("Upgrade the library.")],
    };
    const kept = await other.messages.create({ ...long, messages: again.messages });
    expect(reads(kept)).toBe(whole(first));
  });

  test("another system text, tool, model, key, effort or tool choice loses it", async () => {
    const { client, claude } = await start(() => ({ text: "Yes." }));
    const first = await client.messages.create({ ...long, model: "claude-opus-5" });
    const ask = async (change: object, who = client) =>
      reads(await who.messages.create({ ...long, model: "claude-opus-5", ...change }));
    expect(await ask({})).toBe(whole(first));
    expect(await ask({ output_config: { effort: "high" } })).toBe(whole(first));
    expect(await ask({ system: `${long.system} ` })).toBe(0);
    expect(await ask({ tools: [{ ...readFile, description: "Reads." }] })).toBe(0);
    expect(await ask({ model: "claude-opus-5-5" })).toBe(0);
    expect(await ask({ output_config: { effort: "low" } })).toBe(0);
    expect(await ask({ tool_choice: { type: "none" } })).toBe(0);
    expect(await ask({}, clientOf(claude, OTHER_KEY))).toBe(0);
  });

  test("a breakpoint on the system text outlives changes of effort and of the messages", async () => {
    const { client } = await start(() => ({ text: "Yes." }));
    const system = [markedText(String(long.system))];
    const first = await client.messages.create({ ...base, system });
    expect(first.usage.input_tokens).toBe(5);
    const next = await client.messages.create({
      ...base,
      system,
      output_config: { effort: "low" },
      messages: [{ role: "user", content: "Something else." }],
    });
    expect(reads(next)).toBe(writes(first));
  });

  test("an entry lives 5 minutes or an hour from its last use", async () => {
    let now = Date.UTC(2026, 10, 20);
    const { client } = await start(() => ({ text: "Yes." }), { now: () => now });
    const ask = async (minutesLater: number, ttl: "5m" | "1h") => {
      now += minutesLater * 60_000;
      return await client.messages.create({
        ...long,
        system: `${ttl} ${long.system}`,
        cache_control: { type: "ephemeral", ttl },
      });
    };
    const size = whole(await ask(0, "5m"));
    expect(reads(await ask(4, "5m"))).toBe(size);
    expect(reads(await ask(4.9, "5m"))).toBe(size);
    expect(reads(await ask(5, "5m"))).toBe(0);
    const written = await ask(0, "1h");
    expect(written.usage.cache_creation).toEqual({
      ephemeral_5m_input_tokens: 0,
      ephemeral_1h_input_tokens: size,
    });
    expect(reads(await ask(59, "1h"))).toBe(size);
    expect(reads(await ask(60, "1h"))).toBe(0);
  });

  test("a prefix below the model's minimum is not cached, without a word", async () => {
    const { client } = await start(() => ({ text: "Yes." }));
    const rest = whole(await client.messages.create(base));
    const ask = (tokens: number, model = "claude-opus-5-5") =>
      client.messages.create({ ...long, model, system: "x".repeat(4 * (tokens - rest)) });
    expect(writes(await ask(511))).toBe(0);
    expect(writes(await ask(512))).toBe(512);
    expect(writes(await ask(4095, "claude-haiku-4-5"))).toBe(0);
    expect(writes(await ask(4096, "claude-haiku-4-5"))).toBe(4096);
  });

  test("requests at the same time do not read what the others are writing", async () => {
    const { client } = await start(() => ({ text: "Yes." }), { latencyMs: 30 });
    const together = await Promise.all([client.messages.create(long), client.messages.create(long)]);
    expect(together.map(reads)).toEqual([0, 0]);
    expect(reads(await client.messages.create(long))).toBe(whole(together[0]));
  });

  test("two lives in one request are billed each for its part", async () => {
    const { client } = await start(() => ({ text: "Yes." }));
    const system = [markedText(String(long.system), "1h")];
    const { usage } = await client.messages.create({ ...long, system });
    expect(usage.cache_creation).toEqual({
      ephemeral_5m_input_tokens: 5,
      ephemeral_1h_input_tokens: (usage.cache_creation_input_tokens ?? 0) - 5,
    });
  });

  test("max_tokens 0 fills it and says nothing", async () => {
    const { client } = await start(() => ({ text: "Yes." }));
    const warm = await client.messages.create({ ...long, max_tokens: 0 });
    expect(warm).toMatchObject({ content: [], stop_reason: "max_tokens", usage: { output_tokens: 0 } });
    expect(reads(await client.messages.create(long))).toBe(writes(warm));
  });
});
