// What the scripted Messages API refuses, and the neighbours it accepts.
import { describe, expect, test } from "vitest";
import { base, KEY, markedText, type Params, readFile, refusedBy, start } from "./harness.ts";

const use = { type: "tool_use" as const, id: "toolu_1", name: "read_file", input: { path: "a" } };
const result = { type: "tool_result" as const, tool_use_id: "toolu_1", content: "text" };
const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: unknown) => ({ role: "assistant", content });
const mark = { type: "ephemeral" };
const hour = { type: "ephemeral", ttl: "1h" };
/** Each row: what is wrong, what is sent instead of `base`'s fields, and what the refusal says. */
const REFUSALS: [string, object, RegExp][] = [
  ["an unknown parameter", { prompt: "x" }, /^prompt: Extra inputs are not permitted/],
  ["temperature, removed with this version", { temperature: 1 }, /^temperature: Extra inputs/],
  ["top_p", { top_p: 0.5 }, /^top_p: Extra inputs/],
  ["top_k", { top_k: 5 }, /^top_k: Extra inputs/],
  ["a parameter that is not played", { container: "x" }, /^container: .*does not play/],
  ["no max_tokens", { max_tokens: undefined }, /^max_tokens: Field required/],
  [
    "max_tokens over the model's output",
    { max_tokens: 128_001, stream: true },
    /^max_tokens: 128001 > 128000/,
  ],
  ["a long answer without a stream", { max_tokens: 64_000 }, /must be streamed/],
  ["no messages", { messages: [] }, /^messages: /],
  ["over 100,000 messages", { messages: Array.from({ length: 100_001 }, () => user("x")) }, /^messages: /],
  ["an assistant first", { messages: [assistant("x"), user("y")] }, /^messages.0: The first message/],
  ["a prefilled answer", { messages: [user("x"), assistant("y")] }, /prefill/],
  ["an unknown role", { messages: [{ role: "tool", content: "x" }] }, /^messages.0.role: /],
  ["an empty string as content", { messages: [user("")] }, /^messages.0: .*non-empty/],
  ["an empty list as content", { messages: [user([])] }, /^messages.0: .*non-empty/],
  ["an empty text block", { messages: [user([{ type: "text", text: "" }])] }, /must be non-empty/],
  ["a blank text block", { messages: [user([{ type: "text", text: " \n" }])] }, /non-whitespace/],
  ["an unknown block", { messages: [user([{ type: "audio", data: "x" }])] }, /^messages.0.content.0.type: /],
  [
    "an unknown field of a block",
    { messages: [user([{ type: "text", text: "x", id: 1 }])] },
    /content.0.id: Extra/,
  ],
  ["a call in a user message", { messages: [user([use])] }, /^messages.0.content.0.type: /],
  [
    "citations on user text",
    { messages: [user([{ type: "text", text: "x", citations: [{}] }])] },
    /Citations/,
  ],
  [
    "a document of the assistant",
    { messages: [user("x"), assistant([{ type: "document" }]), user("y")] },
    /type: /,
  ],
  ["a call without result", { messages: [user("x"), assistant([use]), user("y")] }, /^messages.1: .*toolu_1/],
  [
    "a result after text",
    { messages: [user("x"), assistant([use]), user([{ type: "text", text: "y" }, result])] },
    /^messages.1: .*start of the next message: toolu_1/,
  ],
  [
    "a result one message late",
    { messages: [user("x"), assistant([use]), user("y"), user([result])] },
    /^messages.1: .*toolu_1/,
  ],
  ["a result without call", { messages: [user([result])] }, /^messages.0.content.0: unexpected/],
  [
    "two results of one call",
    { messages: [user("x"), assistant([use]), user([result, result])] },
    /^messages.2.content.1: .*single result/,
  ],
  [
    "an answer to a call nobody made",
    { messages: [user("x"), assistant([use]), user([result, { ...result, tool_use_id: "toolu_2" }])] },
    /^messages.2.content.1: unexpected/,
  ],
  [
    "the same call twice",
    { messages: [user("x"), assistant([use]), user([result]), assistant([use]), user([result])] },
    /ids must be unique/,
  ],
  [
    "input that is no object",
    { messages: [user("x"), assistant([{ ...use, input: "a" }]), user([result])] },
    /input: /,
  ],
  [
    "an error without words",
    { messages: [user("x"), assistant([use]), user([{ ...result, content: "", is_error: true }])] },
    /content cannot be empty if `is_error` is true/,
  ],
  ["calls without tools", { tools: [], messages: [user("x"), assistant([use]), user([result])] }, /^tools: /],
  ["a bad tool name", { tools: [{ ...readFile, name: "read file" }] }, /^tools.0/],
  ["a tool name of 65", { tools: [{ ...readFile, name: "x".repeat(65) }] }, /^tools.0/],
  ["two tools of one name", { tools: [readFile, readFile] }, /Tool names must be unique/],
  [
    "a schema that is no object",
    { tools: [{ ...readFile, input_schema: { type: "string" } }] },
    /input_schema.type/,
  ],
  [
    "a choice at the top of a schema",
    { tools: [{ ...readFile, input_schema: { type: "object", anyOf: [] } }] },
    /anyOf is not supported/,
  ],
  ["a server tool", { tools: [{ type: "web_search_20260318", name: "web_search" }] }, /^tools.0/],
  [
    "limits in a strict tool",
    { tools: [{ ...strictTool({ type: "integer", minimum: 1 }) }] },
    /"minimum" is not supported/,
  ],
  ["tool_choice any", { tool_choice: { type: "any" } }, /not supported for this model/],
  ["tool_choice tool", { tool_choice: { type: "tool", name: "read_file" } }, /not supported for this model/],
  [
    "a forced tool that is not there",
    { model: "claude-opus-5", tool_choice: { type: "tool", name: "write_file" } },
    /'write_file' not found/,
  ],
  ["tool_choice without tools", { tools: undefined, tool_choice: { type: "auto" } }, /^tool_choice: /],
  ["thinking switched off", { thinking: { type: "disabled" } }, /"thinking.type.disabled" is not supported/],
  [
    "a thinking budget",
    { thinking: { type: "enabled", budget_tokens: 2000 } },
    /"thinking.type.enabled" is not/,
  ],
  [
    "thinking switched off on Sonnet 5.5",
    { model: "claude-sonnet-5-5", thinking: { type: "disabled" } },
    /between_tools/,
  ],
  [
    "no thinking at the highest effort",
    { model: "claude-haiku-5-5", thinking: { type: "disabled" }, output_config: { effort: "max" } },
    /up to effort "high"/,
  ],
  [
    "a budget over max_tokens",
    { model: "claude-sonnet-4-6", thinking: { type: "enabled", budget_tokens: 4000 } },
    /must be greater/,
  ],
  ["an unknown effort", { output_config: { effort: "huge" } }, /^output_config.effort: /],
  [
    "an effort the model lacks",
    { model: "claude-opus-4-6", output_config: { effort: "xhigh" } },
    /does not support/,
  ],
  [
    "effort on a model without",
    { model: "claude-haiku-4-5", output_config: { effort: "low" } },
    /does not support/,
  ],
  [
    "five breakpoints",
    { messages: [user([1, 2, 3, 4, 5].map((part) => markedText(String(part))))] },
    /maximum of 4 .* Found 5/,
  ],
  [
    "four breakpoints and the automatic one",
    {
      cache_control: mark,
      messages: [
        user([...[1, 2, 3, 4].map((part) => markedText(String(part))), { type: "text", text: "x" }]),
      ],
    },
    /Found 5/,
  ],
  [
    "a longer life after a shorter",
    { messages: [user([markedText("x"), markedText("y", "1h")])] },
    /^messages.0.content.1.cache_control.ttl: /,
  ],
  [
    "a longer automatic one after a shorter",
    { cache_control: hour, system: [markedText("x")] },
    /^cache_control.ttl/,
  ],
  [
    "an automatic one of another life than the last block's",
    { cache_control: mark, messages: [user([markedText("x", "1h")])] },
    /^cache_control: .*differs/,
  ],
  ["an unknown life", { cache_control: { type: "ephemeral", ttl: "1d" } }, /^cache_control.ttl/],
  [
    "a marker on thinking",
    {
      messages: [
        user("x"),
        assistant([{ type: "thinking", thinking: "", signature: "", cache_control: mark }]),
        user("y"),
      ],
    },
    /cache_control: Extra inputs/,
  ],
  [
    "thinking nobody gave",
    { messages: [user("x"), assistant([{ type: "thinking", thinking: "x", signature: "Eq4B" }]), user("y")] },
    /^messages.1.content.0: Invalid `signature`/,
  ],
  [
    "a system message of Sonnet 5",
    { model: "claude-sonnet-5", messages: [user("x"), { role: "system", content: "y" }] },
    /role 'system' is not supported/,
  ],
  ["a system message first", { messages: [{ role: "system", content: "y" }, user("x")] }, /^messages.0/],
  [
    "a system message before a user's",
    { messages: [user("x"), { role: "system", content: "y" }, user("z")] },
    /before an assistant message/,
  ],
  ["warming the cache in a stream", { max_tokens: 0, stream: true }, /^stream: /],
  [
    "a prompt over the window",
    { model: "claude-haiku-4-5", messages: [user("x".repeat(800_100))] },
    /too long: 200/,
  ],
];

function strictTool(path: object) {
  return {
    name: "strict",
    strict: true,
    input_schema: { type: "object", additionalProperties: false, properties: { path } },
  };
}

describe("refusals", () => {
  test.each(REFUSALS)("%s", async (_, change, expected) => {
    const { client } = await start(() => ({ text: "It was accepted." }));
    const refused = await refusedBy(
      client.messages.create({ ...base, ...change } as Params, { timeout: 5000 }),
    );
    expect(refused).toMatchObject({ status: 400, type: "invalid_request_error" });
    expect(refused.message).toMatch(expected);
  });

  test("the accepted neighbours of what is refused", async () => {
    const { client } = await start(() => ({ text: "Yes." }));
    const accepted: object[] = [
      { tool_choice: { type: "auto" }, output_config: { effort: "max" } },
      { model: "claude-opus-5", tool_choice: { type: "any" } },
      { model: "claude-sonnet-5-5", thinking: { type: "between_tools" } },
      { model: "claude-haiku-5-5", thinking: { type: "disabled" } },
      { messages: [user("x"), user("y")] },
      { messages: [user("x"), { role: "system", content: "y" }] },
      { messages: [user("x"), assistant([use]), user([result, { type: "text", text: "and this" }])] },
      { messages: [user("x"), assistant([use]), user([{ ...result, content: "" }])] },
      { system: [markedText("x", "1h")], cache_control: mark },
      { cache_control: mark, messages: [user([1, 2, 3, 4].map((part) => markedText(String(part))))] },
      { tools: [strictTool({ type: "string" })] },
    ];
    for (const change of accepted) await client.messages.create({ ...base, ...change } as Params);
    await client.messages.stream({ ...base, max_tokens: 128_000 }).finalMessage();
  });

  test("a wrong key, no version, an old version, a beta, no JSON, an unknown path", async () => {
    const { claude } = await start(() => ({ text: "It was accepted." }));
    const headers = { authorization: `Bearer ${KEY}`, "anthropic-version": "2026-10-21" };
    const post = async (more: Record<string, string>, path = "/v1/messages", body = JSON.stringify(base)) => {
      const response = await fetch(claude.url + path, {
        method: "POST",
        headers: { ...headers, ...more },
        body,
      });
      const json = (await response.json()) as { type: string; error: { type: string }; request_id: string };
      expect(json.type).toBe("error");
      expect(json.request_id).toBe(response.headers.get("request-id"));
      return `${response.status} ${json.error.type}`;
    };
    expect(await post({ authorization: "" })).toBe("401 authentication_error");
    expect(await post({ authorization: "Bearer sk-other" })).toBe("401 authentication_error");
    expect(await post({ "anthropic-version": "" })).toBe("400 invalid_request_error");
    expect(await post({ "anthropic-version": "2023-06-01" })).toBe("400 invalid_request_error");
    expect(await post({ "anthropic-beta": "compact-2026-01-12" })).toBe("400 invalid_request_error");
    expect(await post({}, "/v1/messages", "{")).toBe("400 invalid_request_error");
    expect(await post({}, "/v1/complete")).toBe("404 not_found_error");
    expect(await post({}, "/v1/messages", JSON.stringify({ ...base, model: "claude-opus-9" }))).toBe(
      "404 not_found_error",
    );
    expect(await post({}, "/v1/messages", `"${"x".repeat(32 * 1024 * 1024)}"`)).toBe("413 request_too_large");
  });
});
