// What one answer of the model leads to: tool calls and their results, a nudge, the end, or a failure.
import { Failed } from "@cody/core/failure.ts";
import { maxPatchBytes } from "@cody/core/limits.ts";
import type { Change, ModelAnswer, ToolProcess, ToolResult, Workspace } from "@cody/core/ports.ts";
import { type FinishInput, finish } from "../tools/finish.ts";
import { runCalls } from "./calls.ts";
import { judgeFinish } from "./finish.ts";
import { type Call, type Message, resultBlock, userResults, userText } from "./message.ts";
import { Repetitions } from "./stuck.ts";

export interface TurnOptions {
  tools: ToolProcess;
  workspace: Pick<Workspace, "diff" | "snapshot">;
  redact: (text: string) => string;
  signal: AbortSignal;
  onDoing: (doing: string) => void;
}

export interface TurnOutcome {
  /** What is added to the conversation. */
  messages: Message[];
  /** What changed in the tree. */
  tree?: Buffer;
  finished?: FinishInput;
  failure?: Failed;
}

const goOn = "Go on.";
const afterCut =
  "Your answer was cut off at the limit of one answer's length. Go on from there, in smaller steps.";
const cutCall =
  "Not done: this call was cut off at the limit of one answer's length. Make it shorter, in several calls.";
const afterSilence =
  "You ended your answer without a tool call, and nobody reads it. Go on with the work, or call finish if it is done.";
const afterRepetition =
  "You have made the same call with the same result several times. Try something else, or finish with what you know.";

const afterBulk = `The work tree differs from the base by more than ${maxPatchBytes / 1024 / 1024} MB, which cannot be delivered. Remove what was only generated or installed, or have git ignore it.`;

/** Cut answers in a row, after which there is no hope of a whole one. */
const maxCuts = 3;
/** Names of paths outside the change that the model is told; more would say no more. */
const maxLeftOut = 20;
/** As much of a diff as could ever be shown. */
const maxDiffBytes = 1024 * 1024;

/** Follows the answers of one conversation; it remembers what only matters in a row, such as silence or repetition. */
export class Turns {
  readonly #options: TurnOptions;
  readonly #repetitions = new Repetitions();
  #silences = 0;
  #cuts = 0;

  constructor(options: TurnOptions) {
    this.#options = options;
  }

  /** `earlier` is the conversation before this answer. */
  async follow(answer: ModelAnswer, earlier: readonly Message[]): Promise<TurnOutcome> {
    this.#silences = answer.stop === "end" ? this.#silences + 1 : 0;
    this.#cuts = answer.stop === "length" ? this.#cuts + 1 : 0;
    const said = asMessage(answer);
    switch (answer.stop) {
      case "tools":
        return this.#useTools(answer, earlier);
      case "length":
        return this.#afterCut(answer, earlier);
      case "paused":
        return { messages: [...said, userText(goOn)] };
      case "refused":
        return failing(said, "claude-refused", answer.refusal ?? "no reason was given");
      case "window":
        return failing(said, "limit-reached", "the conversation is longer than the model can take");
      case "end":
        return this.#silences > 1
          ? failing(said, "stuck", "it stopped twice without saying that it was done")
          : { messages: [...said, userText(afterSilence)] };
    }
  }

  async #afterCut(answer: ModelAnswer, earlier: readonly Message[]): Promise<TurnOutcome> {
    const failure =
      this.#cuts >= maxCuts
        ? new Failed("limit-reached", `${maxCuts} answers in a row were too long`)
        : undefined;
    const kinds = answer.content.map((block) => (block as { type?: string }).type);
    if (answer.calls.length > 0) {
      // A call at the very end is incomplete, whatever its input looks like.
      const incomplete = kinds.at(-1) === "tool_use" ? answer.calls.at(-1) : undefined;
      return { ...(await this.#useTools(answer, earlier, incomplete)), failure };
    }
    // An answer that is nothing but thought holds nothing that could be gone on from.
    const said = kinds.includes("text") ? asMessage(answer) : [];
    return { messages: [...said, userText(afterCut)], failure };
  }

  async #useTools(answer: ModelAnswer, earlier: readonly Message[], incomplete?: Call): Promise<TurnOutcome> {
    const { workspace } = this.#options;
    const { calls } = answer;
    const isFinish = (call: Call) => call.name === finish.name && call !== incomplete;
    const { results, mayHaveChanged } = await runCalls(calls, this.#options, (call) => {
      if (call === incomplete) return { text: cutCall, isError: true };
      // Judged below, when all the others are done.
      return isFinish(call) ? { text: "", isError: false } : undefined;
    });
    const snapshot = mayHaveChanged ? await workspace.snapshot() : undefined;
    if (snapshot) this.#repetitions.forget();
    let finished: FinishInput | undefined;
    for (const [index, call] of calls.entries()) {
      if (!isFinish(call)) continue;
      const verdict = await this.#judge(call, earlier);
      results[index] = verdict;
      finished ??= verdict.finished;
    }
    const repeated = finished ? [] : calls.map((call, index) => this.#note(call, results[index]));
    const words = [
      ...(repeated.includes("nudge") ? [afterRepetition] : []),
      ...(snapshot === "too-large" ? [afterBulk] : []),
    ];
    const blocks = calls.map((call, index) => blockOf(call, results[index]));
    return {
      messages: [...asMessage(answer), userResults(blocks, words)],
      tree: snapshot === "too-large" ? undefined : snapshot,
      finished,
      failure: repeated.includes("stuck")
        ? new Failed("stuck", "it made the same call with the same result five times")
        : undefined,
    };
  }

  async #judge(call: Call, earlier: readonly Message[]) {
    const { workspace, redact, onDoing } = this.#options;
    onDoing(finish.doing(call.input));
    const change = await workspace.diff();
    return judgeFinish(call.input, change && redact(asText(change)), earlier);
  }

  #note(call: Call, result: ToolResult | undefined) {
    return this.#repetitions.note(call, result?.text ?? "");
  }
}

/** What the model is shown of a change. */
function asText({ patch, leftOut }: Change): string {
  const names = leftOut.slice(0, maxLeftOut).join(", ");
  const note =
    names && `Not part of it, because git cannot hold them (${leftOut.length} in all): ${names}\n\n`;
  return note + patch.subarray(0, maxDiffBytes).toString("utf8");
}

/** The answer as a message; an empty one is none, for the API takes no empty messages. */
function asMessage({ content }: ModelAnswer): Message[] {
  return content.length > 0 ? [{ role: "assistant", content }] : [];
}

function blockOf(call: Call, result: ToolResult | undefined) {
  return resultBlock(call.id, result?.text || "(nothing)", result?.isError ?? true);
}

function failing(messages: Message[], kind: "claude-refused" | "limit-reached" | "stuck", detail: string) {
  return { messages, failure: new Failed(kind, detail) };
}
