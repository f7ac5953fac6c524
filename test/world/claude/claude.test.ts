// The scripted Messages API against the real SDK: its answers, and the faults that can be ordered.
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { base, call, clientOf, converse, KEY, readFile, refusedBy, start } from "./harness.ts";
import { steps } from "./script.ts";

describe("answers", () => {
  test("a stream is put together by the SDK: thinking, narration, calls in pieces, usage", async () => {
    const path = "src/Größe 🚀.java".repeat(20);
    const { client, claude } = await start(
      steps({
        thinking: "First the build file.",
        text: "I read it.",
        calls: [{ name: "read_file", input: { path } }],
      }),
    );
    const events: string[] = [];
    const stream = client.messages.stream({ ...base, thinking: { type: "adaptive", display: "summarized" } });
    stream.on("streamEvent", (event) =>
      events.push(event.type === "content_block_delta" ? event.delta.type : event.type),
    );
    const message = await stream.finalMessage();

    expect(message.content).toMatchObject([
      { type: "thinking", thinking: "First the build file." },
      { type: "thinking", thinking: "I read it." },
      { type: "tool_use", name: "read_file", input: { path }, caller: { type: "direct" } },
    ]);
    expect(message.stop_reason).toBe("tool_use");
    expect(events.filter((event) => event === "input_json_delta").length).toBeGreaterThan(4);
    expect(events.filter((event) => event === "signature_delta").length).toBe(2);
    expect(events.at(0)).toBe("message_start");
    expect(events.slice(-2)).toEqual(["message_delta", "message_stop"]);
    expect(message.usage.output_tokens_details?.thinking_tokens).toBe(6 + 2 + 3 + 2);
    expect(message.usage.output_tokens).toBeGreaterThan(
      message.usage.output_tokens_details?.thinking_tokens ?? 0,
    );
    expect(claude.record.totals()).toMatchObject({ requests: 1, output_tokens: message.usage.output_tokens });
  });

  test("thinking that is not displayed comes back empty, signed, and is accepted so", async () => {
    const { client } = await start(steps(call("a"), { text: "Done." }));
    const { answers, messages } = await converse(client, base, 1);
    expect(answers[0]?.content[0]).toMatchObject({ type: "thinking", thinking: "" });
    const last = await client.messages.create({ ...base, messages });
    expect(last.content.at(-1)).toMatchObject({ type: "text", text: "Done." });
    expect(last.stop_reason).toBe("end_turn");
  });

  test("a model that need not think gives the text beside a call as text", async () => {
    const { client } = await start(steps({ text: "I read it.", ...call("a") }));
    const message = await client.messages.create({ ...base, model: "claude-haiku-5-5" });
    expect(message.content.map((block) => block.type)).toEqual(["text", "tool_use"]);
  });

  test("an answer longer than max_tokens is cut, and a cut call has no whole input", async () => {
    const { client } = await start(
      steps({ calls: [{ name: "read_file", input: { path: "x".repeat(400) } }] }),
    );
    const message = await client.messages.stream({ ...base, max_tokens: 40 }).finalMessage();
    expect(message.stop_reason).toBe("max_tokens");
    expect(message.usage.output_tokens).toBe(40);
    const cut = message.content.at(-1);
    expect(cut).toMatchObject({ type: "tool_use" });
    expect(JSON.stringify(cut).length).toBeLessThan(400);
  });

  test("a refusal names its category", async () => {
    const { client } = await start(steps({ stop: "refusal", category: "cyber" }));
    const message = await client.messages.create({ ...base, model: "claude-sonnet-5-5" });
    expect(message).toMatchObject({
      stop_reason: "refusal",
      content: [],
      stop_details: { category: "cyber" },
    });
  });

  test("the script sees the conversation, and its mistakes are told at once", async () => {
    const seen: unknown[] = [];
    const { client } = await start((conversation) => {
      seen.push([conversation.firstText, conversation.turn, conversation.results]);
      return conversation.turn === 0 ? call("pom.xml") : { calls: [{ name: "read_file", input: "pom.xml" }] };
    });
    const { messages } = await converse(client, base, 1);
    const { status, message } = await refusedBy(client.messages.create({ ...base, messages }));
    expect(status).toBe(400);
    expect(message).toBe("The scripted model failed: the input of read_file is no JSON object");
    expect(seen).toEqual([
      ["Upgrade the library.", 0, []],
      [
        "Upgrade the library.",
        1,
        [{ name: "read_file", input: { path: "pom.xml" }, text: "contents", isError: false }],
      ],
    ]);
  });

  test("tokens are counted by the same rule without a message", async () => {
    const { client, claude } = await start(steps({ text: "Yes." }));
    const counted = await client.messages.countTokens({
      model: base.model,
      messages: base.messages,
      tools: [readFile],
    });
    const message = await client.messages.create(base);
    expect(counted.input_tokens).toBe(message.usage.input_tokens);
    expect(counted.input_tokens).toBe(
      Math.ceil(JSON.stringify(readFile).length / 4) + "Upgrade the library.".length / 4,
    );
    expect(claude.record.requests.map((request) => request.route)).toEqual([
      "POST /v1/messages/count_tokens",
      "POST /v1/messages",
    ]);
  });

  test("models are listed and looked up", async () => {
    const { client } = await start(steps());
    expect(await client.models.retrieve("claude-opus-5-5")).toMatchObject({
      display_name: "Claude Opus 5.5 (scripted)",
      max_input_tokens: 1_000_000,
      max_tokens: 128_000,
      capabilities: {
        thinking: { types: { adaptive: { supported: true }, disabled: { supported: false } } },
      },
    });
    expect((await client.models.retrieve("claude-haiku-4-5")).id).toBe("claude-haiku-4-5-20251001");
    const ids: string[] = [];
    for await (const model of client.models.list({ limit: 7 })) ids.push(model.id);
    expect(ids.length).toBe(19);
    expect(new Set(ids).size).toBe(19);
    expect(await refusedBy(client.models.retrieve("claude-opus-9"))).toMatchObject({
      status: 404,
      type: "not_found_error",
    });
  });

  test("every answer has a request id and the rate limits", async () => {
    const { client } = await start(steps({ text: "Yes." }));
    const { response, request_id } = await client.messages.create(base).withResponse();
    expect(request_id).toMatch(/^req_/);
    for (const kind of ["requests", "tokens", "input-tokens", "output-tokens"])
      expect(Number(response.headers.get(`anthropic-ratelimit-${kind}-remaining`))).toBeGreaterThan(0);
    const { error } = await refusedBy(client.messages.create({ ...base, model: "claude-opus-9" }));
    expect(error.headers?.get("anthropic-ratelimit-requests-remaining")).toBe("3998");
    expect(error.requestID).toMatch(/^req_/);
  });
});

describe("faults", () => {
  const errorRows = [
    [{ kind: "rate limit", retryAfterSeconds: 7 }, 429, "rate_limit_error", null],
    [{ kind: "overloaded" }, 529, "overloaded_error", null],
    [{ kind: "internal" }, 500, "api_error", null],
    [{ kind: "unauthorized" }, 401, "authentication_error", null],
    [{ kind: "spend limit", of: "organization" }, 400, "invalid_request_error", null],
    [{ kind: "spend limit", of: "billing" }, 402, "billing_error", null],
    [{ kind: "spend limit", of: "tier" }, 429, "rate_limit_error", "enforced_spend_limit_reached"],
  ] as const;

  test.each(errorRows)("%j", async (fault, status, type, code) => {
    const { client, claude } = await start(() => ({ text: "Yes." }));
    claude.fault.next(fault);
    const refused = await refusedBy(client.messages.stream(base).finalMessage());
    expect(refused).toMatchObject({ status, type, code });
    expect(refused.error.headers?.get("retry-after") ?? null).toBe("retryAfterSeconds" in fault ? "7" : null);
    expect((await client.messages.create(base)).stop_reason).toBe("end_turn");
    expect(claude.record.requests.map((request) => request.status)).toEqual([status, 200]);
  });

  test("the SDK's own retries get through as many as it has", async () => {
    const { claude } = await start(() => ({ text: "Yes." }));
    const client = clientOf(claude, KEY, 2);
    claude.fault.next({ kind: "rate limit", retryAfterSeconds: 0 }, 2);
    expect((await client.messages.create(base)).stop_reason).toBe("end_turn");
    expect(claude.record.totals().requests).toBe(1);
  });

  test("a stream is cut after events, after bytes, and cleanly", async () => {
    const { client, claude } = await start(() => ({ text: "Yes.".repeat(40) }));
    for (const fault of [{ afterEvents: 5 }, { afterBytes: 900 }, { afterEvents: 5, cleanly: true }]) {
      claude.fault.next({ kind: "cut", ...fault });
      await expect(client.messages.stream(base).finalMessage()).rejects.toThrow();
    }
    expect(claude.record.requests.map((request) => request.end)).toEqual(["cut", "cut", "cut"]);
    expect(claude.record.requests[0]?.usage).toMatchObject({ output_tokens: 1 });
    claude.fault.next({ kind: "cut", afterBytes: 30 });
    await expect(client.messages.create(base)).rejects.toThrow();
  });

  test("an error event comes after a status of 200", async () => {
    const { client, claude } = await start(() => ({ text: "Yes." }));
    claude.fault.next({ kind: "error event", afterEvents: 3 });
    const { status, type } = await refusedBy(client.messages.stream(base).finalMessage());
    expect([status, type]).toEqual([undefined, "overloaded_error"]);
    expect(claude.record.requests[0]).toMatchObject({ status: 200, end: "error event" });
  });

  test("a hang ends with the client's patience, or with the stand-in", async () => {
    const { client, claude } = await start(() => ({ text: "Yes." }));
    claude.fault.next({ kind: "hang" });
    await expect(client.messages.create(base, { timeout: 50 })).rejects.toThrow(
      Anthropic.APIConnectionTimeoutError,
    );
    claude.fault.next({ kind: "hang", afterEvents: 3 });
    const stream = client.messages.stream(base);
    setTimeout(() => stream.abort(), 50);
    await expect(stream.finalMessage()).rejects.toThrow(Anthropic.APIUserAbortError);
    claude.fault.next({ kind: "hang" });
    const hanging = client.messages.create(base).catch((error: unknown) => error);
    await expect.poll(() => claude.record.requests.length).toBe(3);
    await claude.close();
    expect(await hanging).toBeInstanceOf(Anthropic.APIConnectionError);
  });

  test("a client that goes away during a slow answer is noticed", async () => {
    const { client, claude } = await start(() => ({ text: "Yes. ".repeat(100) }), {
      chunkDelayMs: 20,
      latencyMs: 5,
    });
    const stream = client.messages.stream(base);
    stream.once("text", () => stream.abort());
    await expect(stream.finalMessage()).rejects.toThrow(Anthropic.APIUserAbortError);
    await expect.poll(() => claude.record.requests[0]?.end).toBe("client gone");
  });
});
