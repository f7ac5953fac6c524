// Thinking blocks of the scripted Messages API: how they must come back.
import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { base, call, converse, markedText, type Params, readFile, refusedBy, start } from "./harness.ts";
import { steps } from "./script.ts";

describe("thinking", () => {
  const twice = steps(
    { thinking: "One.", ...call("a") },
    { thinking: "Two.", ...call("b") },
    { text: "Done." },
  );
  const shown: Params = { ...base, thinking: { type: "adaptive", display: "summarized" } };

  async function afterTwoTurns() {
    const { client, claude } = await start(twice);
    const { messages } = await converse(client, shown, 2);
    return { client, claude, messages };
  }

  /** The messages with another content at one place. */
  function changed(messages: Anthropic.MessageParam[], index: number, change: (block: object) => object) {
    return messages.map((message, place) => {
      if (place !== index || typeof message.content === "string") return message;
      return { ...message, content: message.content.map(change) } as Anthropic.MessageParam;
    });
  }

  test("may not be changed", async () => {
    const { client, messages } = await afterTwoTurns();
    const edited = changed(messages, 3, (block) =>
      "thinking" in block ? { ...block, thinking: "Three." } : block,
    );
    const { status, message } = await refusedBy(client.messages.create({ ...shown, messages: edited }));
    expect(status).toBe(400);
    expect(message).toMatch(/^messages.3.content.0: .*cannot be modified/);
  });

  test("may not be removed from the answer that is being continued", async () => {
    const { client, messages } = await afterTwoTurns();
    const [question, answer, result, last, lastResult] = messages;
    const bare = { role: "assistant" as const, content: last?.content.slice(1) as Anthropic.ContentBlock[] };
    const without = [question, answer, result, bare, lastResult] as Anthropic.MessageParam[];
    const { message } = await refusedBy(client.messages.create({ ...shown, messages: without }));
    expect(message).toMatch(/^messages.3.content.0: .*cannot be modified/);
  });

  test("is bound to the system text, the tools and the messages before it", async () => {
    const { client, messages } = await afterTwoTurns();
    const bound = /^messages.1.content.0: .*bound to a different conversation/;
    const others = [
      { ...shown, system: "New.", messages },
      { ...shown, tools: [{ ...readFile, description: "Reads." }], messages },
      { ...shown, messages: [{ role: "user" as const, content: "Upgrade it." }, ...messages.slice(1)] },
    ];
    for (const params of others)
      expect((await refusedBy(client.messages.create(params))).message).toMatch(bound);
    const shortened = changed(messages, 2, (block) => ({ ...block, content: "(cut)" }));
    const { message } = await refusedBy(client.messages.create({ ...shown, messages: shortened }));
    expect(message).toMatch(/^messages.3.content.0: .*bound to a different conversation/);
  });

  test("is not bound to what came before on older models", async () => {
    const { client } = await start(twice);
    const older: Params = { ...shown, model: "claude-opus-4-8" };
    const { messages } = await converse(client, older, 2);
    const answer = await client.messages.create({ ...older, system: "New.", messages });
    expect(answer.stop_reason).toBe("end_turn");
  });

  test("does not mind cache markers, another display, or what is added at the end", async () => {
    const { client, messages } = await afterTwoTurns();
    messages[0] = { role: "user", content: [markedText("Upgrade the library.")] };
    messages.push({ role: "user", content: "And be quick." });
    const answer = await client.messages.create({ ...base, cache_control: { type: "ephemeral" }, messages });
    expect(answer.stop_reason).toBe("end_turn");
  });

  test("is known again after the stand-in was started anew", async () => {
    const { messages } = await afterTwoTurns();
    const { client } = await start(twice);
    expect((await client.messages.create({ ...shown, messages })).stop_reason).toBe("end_turn");
  });

  test("of another model is dropped without a word", async () => {
    const { client, messages } = await afterTwoTurns();
    const own = await client.messages.countTokens({ model: base.model, tools: base.tools, messages });
    const other = await client.messages.countTokens({
      model: "claude-fable-5-2",
      tools: base.tools,
      messages,
    });
    expect(other.input_tokens).toBeLessThan(own.input_tokens);
  });
});
