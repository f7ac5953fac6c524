// What a call of finish leads to: a last look at the diff, an acceptance, or a word about what is missing.
import { type FinishInput, finish, finishInput } from "../tools/finish.ts";
import { maxResultChars, truncate } from "../tools/truncate.ts";
import { callsIn, type Message, resultsIn } from "./message.ts";

/** The answer to the finish that ends the conversation; a restarted runner knows by it that the work was done. */
const accepted = "Accepted.";

const review = `Look over the whole change before it is delivered:
- Does it do all of what was asked, and nothing else?
- Were the tests, the build or the linter run after the last edit?
- Are scratch files, debug output and changes of unrelated files gone?
- Were tests only changed where the request itself changes what they check?
Mend what is not right. Then call finish again, with a summary of the change as it is.`;

export type Verdict = { text: string; isError: boolean; finished?: FinishInput };

/** What changed against the base, as text, and what would become of that at delivery, where that needs words. */
export interface ShownChange {
  diff: string;
  warning: string;
}

/**
 * Judges a finish; `change` is undefined where nothing changed. None is accepted before the model has seen the diff, and
 * what it is warned of by now.
 */
export function judgeFinish(
  input: unknown,
  change: ShownChange | undefined,
  messages: readonly Message[],
): Verdict {
  const parsed = finishInput.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    return { text: `Not finished. ${problems.join("; ")}`, isError: true };
  }
  const claimsNothing = !!parsed.data.noChangeNeeded?.trim();
  if (change === undefined && !claimsNothing)
    return {
      text: "Nothing has changed yet. Make the change; or, if none is needed, give the evidence for that in noChangeNeeded.",
      isError: true,
    };
  if (change !== undefined && claimsNothing)
    return {
      text: `noChangeNeeded is given, but these changes exist. Undo them, or leave noChangeNeeded out.\n\n${cut(change)}`,
      isError: true,
    };
  if (change !== undefined && !wasReviewed(messages, change)) {
    const parts = [review, change.warning, cut(change)];
    return { text: parts.filter(Boolean).join("\n\n"), isError: false };
  }
  return { text: accepted, isError: false, finished: parsed.data };
}

/** The finish that was accepted, where the conversation ends with one. */
export function acceptedFinish(messages: readonly Message[]): FinishInput | undefined {
  const [answer, results] = messages.slice(-2);
  if (!answer || !results) return undefined;
  const texts = resultsIn(results);
  const call = callsIn(answer).find(({ id, name }) => name === finish.name && texts.get(id) === accepted);
  return call && finishInput.parse(call.input);
}

function wasReviewed(messages: readonly Message[], { warning }: ShownChange): boolean {
  return messages.some((message) =>
    [...resultsIn(message).values()].some((text) => text.startsWith(review) && text.includes(warning)),
  );
}

function cut({ diff, warning }: ShownChange): string {
  const besideChars = review.length + warning.length + 500;
  return truncate(diff, maxResultChars - besideChars, "See the rest with git diff.");
}
