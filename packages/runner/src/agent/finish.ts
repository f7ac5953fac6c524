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

/** Judges a finish. `diff` is what changed against the base, as text; undefined where nothing did. */
export function judgeFinish(input: unknown, diff: string | undefined, messages: readonly Message[]): Verdict {
  const parsed = finishInput.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    return { text: `Not finished. ${problems.join("; ")}`, isError: true };
  }
  const claimsNothing = !!parsed.data.noChangeNeeded?.trim();
  if (diff === undefined && !claimsNothing)
    return {
      text: "Nothing has changed yet. Make the change; or, if none is needed, give the evidence for that in noChangeNeeded.",
      isError: true,
    };
  if (diff !== undefined && claimsNothing)
    return {
      text: `noChangeNeeded is given, but these changes exist. Undo them, or leave noChangeNeeded out.\n\n${cut(diff)}`,
      isError: true,
    };
  if (diff !== undefined && !wasReviewed(messages))
    return { text: `${review}\n\n${cut(diff)}`, isError: false };
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

function wasReviewed(messages: readonly Message[]): boolean {
  return messages.some((message) => [...resultsIn(message).values()].some((text) => text.startsWith(review)));
}

function cut(diff: string): string {
  return truncate(diff, maxResultChars - review.length - 500, "See the rest with git diff.");
}
