// Claude, in Cody's words.
import type { Effort, Usage } from "../models.ts";
import type { Held } from "../schema.ts";

/** The model's answer of one turn, and what it cost. */
export interface ModelAnswer {
  /** The assistant message, to be sent back unchanged. */
  content: readonly unknown[];
  text: string;
  calls: { id: string; name: string; input: unknown }[];
  stop: "end" | "tools" | "length" | "refused" | "window" | "paused";
  /** Why it declined, where it did and said why. */
  refusal?: string;
  usage: Usage;
}

/** What the model is asked: everything that it is told, in the order in which the prompt cache holds it. */
export interface ModelRequest {
  model: string;
  effort: Effort;
  system: string;
  tools: readonly ToolDescription[];
  messages: readonly unknown[];
  signal: AbortSignal;
  /** Aborted where nothing more may be asked; an answer that is on its way is still taken. */
  noMore?: AbortSignal;
  onWait?: OnWait;
}

/** Hears before each wait why the answer is late, in words for the board; `held` where it is so late that people are told. */
export type OnWait = (why: string, held?: Held) => void;

/** Claude. Throws `Failed` where it does not answer or refuses. */
export interface ModelClient {
  /** What the API calls this model; `model-unknown` where it has none of that id. */
  nameOf(model: string, signal: AbortSignal, onWait?: OnWait): Promise<string>;
  /** Where the conversation does not fit into the model's window, the answer stops with `window`. */
  answer(request: ModelRequest): Promise<ModelAnswer>;
  /**
   * Has a request that was sent before read once more, so that the prompt cache keeps it, and says what that cost.
   * Tried once; never throws. Undefined where it did not work.
   */
  warm(request: ModelRequest): Promise<Usage | undefined>;
}

export interface ToolDescription {
  name: string;
  description: string;
  /** JSON schema of the input. */
  inputSchema: Record<string, unknown>;
}
