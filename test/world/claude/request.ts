// The shape of what may be sent to /v1/messages and /v1/messages/count_tokens: unknown fields are refused.
import * as z from "zod";
import { EFFORTS } from "./models.ts";
import { invalid, type Refusal } from "./refusal.ts";

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const ID = /^[a-zA-Z0-9_-]+$/;

/** Parameters the API knows and this stand-in does not play: refused by name rather than ignored. */
const NOT_PLAYED = [
  "container",
  "diagnostics",
  "inference_geo",
  "thread",
  "context_management",
  "mcp_servers",
];

const cacheControl = z
  .strictObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() })
  .nullish();
const text = z.strictObject({
  type: z.literal("text"),
  text: z.string(),
  cache_control: cacheControl,
  citations: z.array(z.unknown()).nullish(),
});
const image = z.strictObject({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("base64"),
      media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]),
      data: z.base64().min(1),
    }),
    z.strictObject({ type: z.literal("url"), url: z.url() }),
  ]),
  cache_control: cacheControl,
});
const document = z.strictObject({
  type: z.literal("document"),
  source: z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("base64"),
      media_type: z.literal("application/pdf"),
      data: z.base64().min(1),
    }),
    z.strictObject({ type: z.literal("text"), media_type: z.literal("text/plain"), data: z.string() }),
    z.strictObject({ type: z.literal("url"), url: z.url() }),
  ]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: z.strictObject({ enabled: z.boolean().optional() }).nullish(),
  cache_control: cacheControl,
});
const thinking = z.strictObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() });
const redactedThinking = z.strictObject({ type: z.literal("redacted_thinking"), data: z.string() });
const toolUse = z.strictObject({
  type: z.literal("tool_use"),
  id: z.string().regex(ID),
  name: z.string().regex(NAME),
  input: z.record(z.string(), z.unknown()),
  caller: z.strictObject({ type: z.literal("direct") }).optional(),
  toolset_name: z.null().optional(),
  cache_control: cacheControl,
});
const toolResult = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string().regex(ID),
  content: z.union([z.string(), z.array(z.discriminatedUnion("type", [text, image, document]))]).optional(),
  is_error: z.boolean().optional(),
  toolset_name: z.null().optional(),
  cache_control: cacheControl,
});

const userContent = z.array(z.discriminatedUnion("type", [text, image, document, toolResult]));
const assistantContent = z.array(z.discriminatedUnion("type", [text, thinking, redactedThinking, toolUse]));
const message = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("user"), content: z.union([z.string(), userContent]) }),
  z.strictObject({ role: z.literal("assistant"), content: z.union([z.string(), assistantContent]) }),
  z.strictObject({ role: z.literal("system"), content: z.union([z.string(), z.array(text)]) }),
]);

const ownTool = z.strictObject({
  type: z.literal("custom").nullish(),
  name: z.string().regex(NAME),
  description: z.string().optional(),
  input_schema: z.looseObject({
    type: z.literal("object"),
    properties: z.record(z.string(), z.unknown()).nullish(),
    required: z.array(z.string()).nullish(),
  }),
  strict: z.boolean().optional(),
  eager_input_streaming: z.boolean().nullish(),
  input_examples: z.array(z.record(z.string(), z.unknown())).optional(),
  cache_control: cacheControl,
});
const knownTool = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("bash_20250124"),
    name: z.literal("bash"),
    cache_control: cacheControl,
  }),
  z.strictObject({
    type: z.literal("text_editor_20250728"),
    name: z.literal("str_replace_based_edit_tool"),
    max_characters: z.int().positive().nullish(),
    cache_control: cacheControl,
  }),
]);
const parallel = { disable_parallel_tool_use: z.boolean().optional() };

const counted = {
  model: z.string().min(1),
  messages: z.array(message).min(1).max(100_000),
  system: z.union([z.string(), z.array(text)]).optional(),
  tools: z.array(z.union([ownTool, knownTool])).optional(),
  tool_choice: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("auto"), ...parallel }),
      z.strictObject({ type: z.literal("any"), ...parallel }),
      z.strictObject({ type: z.literal("tool"), name: z.string(), ...parallel }),
      z.strictObject({ type: z.literal("none") }),
    ])
    .optional(),
  thinking: z
    .discriminatedUnion("type", [
      z.strictObject({ type: z.literal("adaptive"), display: z.enum(["summarized", "omitted"]).nullish() }),
      z.strictObject({
        type: z.literal("enabled"),
        budget_tokens: z.int().min(1024),
        display: z.enum(["summarized", "omitted"]).nullish(),
      }),
      z.strictObject({ type: z.literal("disabled") }),
      z.strictObject({ type: z.literal("between_tools") }),
    ])
    .optional(),
  output_config: z
    .strictObject({
      effort: z.enum(EFFORTS).nullish(),
      format: z
        .strictObject({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) })
        .nullish(),
    })
    .optional(),
  cache_control: cacheControl,
  speed: z.literal("standard").nullish(),
};
const countRequest = z.strictObject(counted);
const createRequest = z.strictObject({
  ...counted,
  max_tokens: z.int().min(0),
  stream: z.boolean().optional(),
  stop_sequences: z.array(z.string().regex(/\S/)).optional(),
  metadata: z.strictObject({ user_id: z.string().max(256).nullish() }).optional(),
  service_tier: z.enum(["auto", "standard_only"]).optional(),
});

/** What both endpoints take. */
export type PromptRequest = z.infer<typeof countRequest>;
/** What `POST /v1/messages` takes. */
export type CreateRequest = z.infer<typeof createRequest>;
export type RequestMessage = z.infer<typeof message>;
export type RequestTool = z.infer<typeof ownTool> | z.infer<typeof knownTool>;
export type RequestBlock = Exclude<RequestMessage["content"], string>[number];
export type CacheControl = z.infer<typeof cacheControl>;

/** The request in its shape, or the 400 that names the first field that is wrong. */
export function parseCreate(body: unknown): { request: CreateRequest } | { refused: Refusal } {
  return parse(createRequest, body);
}

/** The same for `count_tokens`, which takes no `max_tokens` and nothing about the answer. */
export function parseCount(body: unknown): { request: PromptRequest } | { refused: Refusal } {
  return parse(countRequest, body);
}

function parse<T>(schema: z.ZodType<T>, body: unknown): { request: T } | { refused: Refusal } {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return { refused: invalid("", "The body must be a JSON object.") };
  const unplayed = NOT_PLAYED.find((name) => name in body);
  if (unplayed !== undefined)
    return { refused: invalid(unplayed, "The scripted stand-in for Claude does not play this parameter.") };
  const parsed = schema.safeParse(body);
  // The body itself goes on, not zod's copy: the order of its keys is part of the prompt's prefix.
  return parsed.success ? { request: body as T } : { refused: refuseIssue(parsed.error.issues) };
}

function refuseIssue(issues: readonly z.core.$ZodIssue[], above: PropertyKey[] = []): Refusal {
  const [issue] = issues;
  if (issue === undefined) return invalid("", "The request is not valid.");
  const path = [...above, ...issue.path];
  // Of the shapes a field may have, the one that was meant is the one that got furthest.
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const depth = (branch: readonly z.core.$ZodIssue[]) =>
      Math.max(
        ...branch.map((each) => (each.code === "invalid_type" ? each.path.length : each.path.length + 1)),
      );
    const meant = issue.errors.reduce((best, branch) => (depth(branch) > depth(best) ? branch : best));
    return refuseIssue(meant, path);
  }
  if (issue.code === "unrecognized_keys")
    return invalid([...path, issue.keys[0] ?? ""].join("."), "Extra inputs are not permitted");
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined"))
    return invalid(path.join("."), "Field required");
  return invalid(path.join("."), issue.message);
}
