// The models the stand-in knows, and what each of them accepts, as the model pages and migration guides say.
import type { ModelInfo, ModelLine } from "@anthropic-ai/sdk/resources/models";

export type Effort = "low" | "medium" | "high" | "xhigh" | "max";
type ThinkingType = "adaptive" | "enabled" | "disabled" | "between_tools";

/** What a model accepts and how it answers. */
export interface ClaudeModel {
  id: string;
  line: ModelLine;
  maxInputTokens: number;
  maxOutputTokens: number;
  /** A shorter prefix is not cached, without an error. */
  minCacheableTokens: number;
  /** The values of `thinking.type` that are no 400. */
  thinking: readonly ThinkingType[];
  /** Thinks although the request says nothing about it. */
  thinksByDefault: boolean;
  /** The highest effort at which thinking may be switched off; absent: any. */
  thinkingOffUpTo?: Effort;
  /** What `thinking.display` is when the request leaves it out. */
  display: "summarized" | "omitted";
  /** Empty: the model refuses `output_config.effort`. */
  efforts: readonly Effort[];
  defaultEffort: Effort;
  /** Accepts `tool_choice` of type `any` and `tool`. */
  forcedTools: boolean;
  /** A thinking block may come back only after exactly the system, tools and messages it was written after. */
  bindsThinking: boolean;
  /** Text written before a tool call comes back as a thinking block. */
  narratesInThinking: boolean;
  /** Accepts `role: "system"` among the messages. */
  systemMessages: boolean;
  lifecycle: ModelInfo["lifecycle"];
  retiresAt: string | null;
}

export const EFFORTS: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];

const current = {
  maxInputTokens: 1_000_000,
  maxOutputTokens: 128_000,
  minCacheableTokens: 512,
  thinking: ["adaptive"],
  thinksByDefault: true,
  display: "omitted",
  efforts: EFFORTS,
  defaultEffort: "high",
  forcedTools: false,
  bindsThinking: true,
  narratesInThinking: true,
  systemMessages: true,
  lifecycle: "active",
  retiresAt: null,
} as const satisfies Omit<ClaudeModel, "id" | "line">;

/** Before thinking was bound to the conversation and forced tools were refused. */
const unbound = { ...current, forcedTools: true, bindsThinking: false, narratesInThinking: false } as const;

/** Opus 4.7 and 4.8: thinking is adaptive, and off unless asked for. */
const optional = { ...unbound, thinking: ["adaptive", "disabled"], thinksByDefault: false } as const;

/** Opus and Sonnet 4.6: the last that still take a thinking budget beside adaptive thinking. */
const transitional = {
  ...optional,
  thinking: ["adaptive", "enabled", "disabled"],
  display: "summarized",
  efforts: ["low", "medium", "high", "max"],
  systemMessages: false,
} as const;

/** The 4.5 models: a thinking budget, a small window, no effort. */
const budgeted = {
  ...transitional,
  thinking: ["enabled", "disabled"],
  maxInputTokens: 200_000,
  maxOutputTokens: 64_000,
  minCacheableTokens: 4096,
  efforts: [],
} as const;

/** Newest first, as `GET /v1/models` lists them. */
export const MODELS: readonly ClaudeModel[] = [
  { ...current, id: "claude-fable-5-2", line: "fable" },
  { ...current, id: "claude-mythos-5-2", line: "mythos" },
  {
    ...current,
    id: "claude-haiku-5-5",
    line: "haiku",
    thinking: ["adaptive", "disabled"],
    thinkingOffUpTo: "high",
    defaultEffort: "medium",
    forcedTools: true,
    narratesInThinking: false,
  },
  {
    ...current,
    id: "claude-sonnet-5-5",
    line: "sonnet",
    thinking: ["adaptive", "between_tools"],
    thinkingOffUpTo: "high",
  },
  { ...current, id: "claude-opus-5-5", line: "opus", defaultEffort: "medium" },
  { ...current, id: "claude-fable-5-1", line: "fable" },
  { ...current, id: "claude-mythos-5-1", line: "mythos" },
  {
    ...unbound,
    id: "claude-opus-5",
    line: "opus",
    thinking: ["adaptive", "disabled"],
    thinkingOffUpTo: "high",
  },
  {
    ...unbound,
    id: "claude-sonnet-5",
    line: "sonnet",
    thinking: ["adaptive", "disabled"],
    minCacheableTokens: 1024,
    systemMessages: false,
  },
  { ...unbound, id: "claude-fable-5", line: "fable" },
  { ...unbound, id: "claude-mythos-5", line: "mythos" },
  { ...optional, id: "claude-opus-4-8", line: "opus", minCacheableTokens: 1024 },
  { ...optional, id: "claude-opus-4-7", line: "opus", minCacheableTokens: 2048, systemMessages: false },
  {
    ...unbound,
    id: "claude-mythos-preview",
    line: "mythos",
    thinking: ["adaptive", "enabled"],
    minCacheableTokens: 2048,
    systemMessages: false,
  },
  { ...transitional, id: "claude-opus-4-6", line: "opus", minCacheableTokens: 4096 },
  { ...transitional, id: "claude-sonnet-4-6", line: "sonnet", minCacheableTokens: 1024 },
  { ...budgeted, id: "claude-opus-4-5-20251101", line: "opus", efforts: ["low", "medium", "high"] },
  { ...budgeted, id: "claude-haiku-4-5-20251001", line: "haiku" },
  {
    ...budgeted,
    id: "claude-sonnet-4-5-20250929",
    line: "sonnet",
    minCacheableTokens: 1024,
    lifecycle: "deprecated",
    retiresAt: "2026-11-30T00:00:00Z",
  },
];

/** The model of an id or of an alias without a date; undefined where the API would answer 404. */
export function findModel(id: string): ClaudeModel | undefined {
  return MODELS.find((model) => model.id === id || model.id.replace(/-\d{8}$/, "") === id);
}

/** `claude-opus-5-5` → `Claude Opus 5.5 (scripted)`: nobody who reads it may take the script for the model. */
function displayName(id: string): string {
  const [, line = "", ...version] = id.replace(/-\d{8}$/, "").split("-");
  const number = version.join(".");
  return `Claude ${line.charAt(0).toUpperCase()}${line.slice(1)} ${number === "preview" ? "Preview" : number} (scripted)`;
}

/** The model as `GET /v1/models/{id}` gives it. Release dates are not kept: the API too gives an epoch for an unknown one. */
export function modelInfo(model: ClaudeModel): ModelInfo {
  const may = (supported: boolean) => ({ supported });
  const effort = (level: Effort) => may(model.efforts.includes(level));
  const thinks = (type: ThinkingType) => may(model.thinking.includes(type));
  return {
    type: "model",
    id: model.id,
    display_name: displayName(model.id),
    line: model.line,
    lifecycle: model.lifecycle,
    created_at: "1970-01-01T00:00:00Z",
    deprecated_at: model.lifecycle === "deprecated" ? "1970-01-01T00:00:00Z" : null,
    retires_at: model.retiresAt,
    max_input_tokens: model.maxInputTokens,
    max_tokens: model.maxOutputTokens,
    capabilities: {
      batch: may(false),
      citations: may(false),
      code_execution: may(false),
      context_management: {
        supported: false,
        clear_thinking_20251015: null,
        clear_tool_uses_20250919: null,
        compact_20260112: null,
      },
      effort: {
        supported: model.efforts.length > 0,
        low: effort("low"),
        medium: effort("medium"),
        high: effort("high"),
        xhigh: effort("xhigh"),
        max: effort("max"),
      },
      image_input: may(true),
      pdf_input: may(true),
      server_tools: { supported: false, code_execution: may(false), web_search: may(false) },
      structured_outputs: may(true),
      thinking: {
        supported: true,
        types: {
          adaptive: thinks("adaptive"),
          between_tools: thinks("between_tools"),
          disabled: thinks("disabled"),
          enabled: thinks("enabled"),
        },
      },
    },
  };
}
