// The one rule by which long text is cut: the beginning and, more of it, the end, with a word about what is missing.

/** A tool result holds at most this many characters unless its tool says otherwise: about 8,000 tokens. */
export const maxResultChars = 30_000;

/** Errors stand at the end of a log, so the end gets three quarters. */
const headShare = 0.25;

/** Cuts the middle out of `text`; `hint` says how to see the rest. Whole lines are kept where lines are short. */
export function truncate(text: string, maxChars: number, hint: string): string {
  if (text.length <= maxChars) return text;
  const headChars = Math.floor(maxChars * headShare);
  return joinEnds(text.slice(0, headChars), text.slice(headChars - maxChars), text.length, hint);
}

/** Puts together the two ends of a text of `totalChars`, which was never held as a whole. */
export function joinEnds(head: string, tail: string, totalChars: number, hint: string): string {
  const headEnd = lineEnd(head);
  const tailStart = lineStart(tail);
  const cutChars = totalChars - headEnd - (tail.length - tailStart);
  return `${head.slice(0, headEnd)}\n[… ${cutChars} characters left out. ${hint}]\n${tail.slice(tailStart)}`;
}

/** How the characters of a cut text are shared between its two ends. */
export function endsOf(maxChars: number): { headChars: number; tailChars: number } {
  const headChars = Math.floor(maxChars * headShare);
  return { headChars, tailChars: maxChars - headChars };
}

/** Cut at the last line break, unless that gives up more than a fifth. */
function lineEnd(head: string): number {
  const at = head.lastIndexOf("\n");
  return at > head.length * 0.8 ? at : head.length;
}

function lineStart(tail: string): number {
  const at = tail.indexOf("\n");
  return at >= 0 && at < tail.length * 0.2 ? at + 1 : 0;
}
