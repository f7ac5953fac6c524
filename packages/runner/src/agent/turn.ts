// What one answer of the model leads to: tool calls and their results, a nudge, the end, or a failure.
import { Failed } from "@cody/core/failure.ts";
import { maxPatchBytes, maxPlanStepChars } from "@cody/core/limits.ts";
import type { ModelAnswer } from "@cody/core/ports/model.ts";
import type { Change, ToolProcess, ToolResult, Workspace } from "@cody/core/ports/workspace.ts";
import type { Plan } from "@cody/core/schema.ts";
import type { Question } from "../tools/ask-person.ts";
import { type FinishInput, finish } from "../tools/finish.ts";
import { runCalls } from "./calls.ts";
import { judgeFinish, type ShownChange, type Verdict } from "./finish.ts";
import { type Call, type Message, resultBlock, userResults, userText } from "./message.ts";
import { ownResult, questionOf } from "./own-calls.ts";
import { Repetitions } from "./stuck.ts";

export interface TurnOptions {
  tools: ToolProcess;
  workspace: Pick<Workspace, "diff" | "snapshot">;
  redact: (text: string) => string;
  signal: AbortSignal;
  onDoing: (doing: string) => void;
  onPlan: (plan: Plan) => void;
  /** Guidance of the folders that these calls touched first. */
  guidanceFor: (calls: readonly Call[]) => Promise<string[]>;
  /** Whether people wrote something that the model has not seen. */
  isNewsWaiting: () => Promise<boolean>;
  /** Runs the repository's own check and tells how it went, in words for the model. */
  check?: () => Promise<string | undefined>;
  /** What would become of a change at delivery, in words for the model; empty where there is nothing to say. */
  forewarn: (change: Change) => string;
  /** Paths that still hold marks of a conflict, where there were any. */
  marked?: () => Promise<string[]>;
}

export interface TurnOutcome {
  /** What is added to the conversation. */
  messages: Message[];
  /** What changed in the tree. */
  tree?: Buffer;
  finished?: FinishInput;
  /** Only a person's answer can be the result of the one call that was made. */
  question?: Question;
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

const newsFirst =
  "Not finished yet: people wrote meanwhile, see below. Take it into account, then call finish again.";

const stillMarked =
  "Not finished: marks of a conflict are left. Resolve these files, then call finish again:";

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
    const { workspace, tools, signal, guidanceFor } = this.#options;
    const { calls } = answer;
    const question = incomplete ? undefined : questionOf(calls);
    if (question) return { messages: asMessage(answer), question };
    const isFinish = (call: Call) => call.name === finish.name && call !== incomplete;
    const { results, mayHaveChanged } = await runCalls(calls, this.#options, (call) => {
      if (call === incomplete) return { text: cutCall, isError: true };
      // Judged below, when all the others are done.
      return isFinish(call) ? { text: "", isError: false } : this.#answerOwn(call);
    });
    // What was broken off must not go on changing the tree while that is stored.
    if (signal.aborted) await tools.close();
    const snapshot = mayHaveChanged ? await workspace.snapshot() : undefined;
    let finished: FinishInput | undefined;
    for (const [index, call] of calls.entries()) {
      if (!isFinish(call)) continue;
      const verdict = await this.#judge(call, earlier);
      results[index] = verdict;
      finished ??= verdict.finished;
    }
    const seen = calls.map(({ name, input }, index) => ({ name, input, result: results[index]?.text ?? "" }));
    const repetition = finished ? "none" : this.#repetitions.note(seen, snapshot);
    const words = [
      ...(repetition === "nudge" ? [afterRepetition] : []),
      ...(snapshot === "too-large" ? [afterBulk] : []),
      ...(await guidanceFor(calls.filter((_, index) => results[index]?.isError === false))),
    ];
    const blocks = calls.map((call, index) => blockOf(call, results[index]));
    return {
      messages: [...asMessage(answer), userResults(blocks, words)],
      tree: snapshot === "too-large" ? undefined : snapshot,
      finished,
      failure:
        repetition === "stuck"
          ? new Failed("stuck", "it did the same with the same result five times")
          : undefined,
    };
  }

  async #judge(call: Call, earlier: readonly Message[]): Promise<Verdict> {
    const { workspace, onDoing, isNewsWaiting } = this.#options;
    onDoing(finish.doing(call.input));
    const marked = (await this.#options.marked?.()) ?? [];
    if (marked.length > 0) return { text: `${stillMarked} ${marked.join(", ")}`, isError: true };
    const change = await workspace.diff();
    const verdict = judgeFinish(call.input, change && this.#shown(change), earlier);
    if (!verdict.finished && !verdict.isError) return this.#withCheck(verdict);
    return verdict.finished && (await isNewsWaiting()) ? { text: newsFirst, isError: true } : verdict;
  }

  #shown(change: Change): ShownChange {
    const { redact, forewarn } = this.#options;
    return { diff: redact(asText(change)), warning: redact(forewarn(change)) };
  }

  /** The last look comes with what was measured, so that what it broke can be mended before the end. */
  async #withCheck(verdict: Verdict): Promise<Verdict> {
    const measured = await this.#options.check?.();
    return measured ? { ...verdict, text: `${verdict.text}\n\n${measured}` } : verdict;
  }

  #answerOwn(call: Call): ToolResult | undefined {
    const { onPlan, redact } = this.#options;
    return ownResult(call, (plan) =>
      onPlan(plan.map(({ step, status }) => ({ step: redact(step).slice(0, maxPlanStepChars), status }))),
    );
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
