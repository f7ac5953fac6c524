// What the tests of the scripted Messages API share: a stand-in with the real client, and a loop as a harness has it.
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, expect } from "vitest";
import { type Claude, type ClaudeOptions, startClaude } from "./claude.ts";
import type { Reply, Script } from "./script.ts";

export type Params = Anthropic.MessageCreateParamsNonStreaming;

export const KEY = "sk-ant-local-1";
export const OTHER_KEY = "sk-ant-local-2";
const open: Claude[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((claude) => claude.close()));
});

/** A stand-in that plays this script until the test ends, and a client of it that does not retry. */
export async function start(script: Script, options: Partial<ClaudeOptions> = {}) {
  const claude = await startClaude({ keys: [KEY, OTHER_KEY], script, ...options });
  open.push(claude);
  return { claude, client: clientOf(claude) };
}

export function clientOf(claude: Claude, apiKey = KEY, maxRetries = 0): Anthropic {
  return new Anthropic({ apiKey, baseURL: claude.url, maxRetries });
}

export const readFile = {
  name: "read_file",
  description: "Reads a file.",
  input_schema: { type: "object" as const, properties: { path: { type: "string" } }, required: ["path"] },
};

export const base: Params = {
  model: "claude-opus-5-5",
  max_tokens: 4000,
  tools: [readFile],
  messages: [{ role: "user", content: "Upgrade the library." }],
};

/** A reply that reads one file. */
export function call(path: string): Reply {
  return { calls: [{ name: "read_file", input: { path } }] };
}

/** Each answer goes back unchanged, with one result for each call. */
export async function converse(client: Anthropic, params: Params, turns: number) {
  const messages = [...params.messages];
  const answers: Anthropic.Message[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const answer = await client.messages.stream({ ...params, messages: [...messages] }).finalMessage();
    answers.push(answer);
    messages.push({ role: "assistant", content: answer.content }, resultsOf(answer));
  }
  return { answers, messages };
}

function resultsOf(answer: Anthropic.Message): Anthropic.MessageParam {
  const calls = answer.content.filter((block) => block.type === "tool_use");
  return {
    role: "user",
    content: calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "contents" })),
  };
}

/** A text block with a cache breakpoint. */
export function markedText(text: string, ttl?: "5m" | "1h"): Anthropic.TextBlockParam {
  return { type: "text", text, cache_control: { type: "ephemeral", ...(ttl === undefined ? {} : { ttl }) } };
}

/** The error of a call that the API refused. */
export async function refusedBy(sent: Promise<unknown>) {
  const error = await sent.then(
    () => expect.unreachable("it was accepted"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Anthropic.APIError)) throw error;
  return { status: error.status, type: error.type, message: error.apiMessage, code: error.errorCode, error };
}
