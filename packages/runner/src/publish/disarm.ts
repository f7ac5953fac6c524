// Takes the effects out of other people's text on GitHub: nobody is notified, nothing is closed, nothing is loaded.

/** Invisible, and enough that GitHub no longer sees a mention, a reference, a keyword, an image or a tag. */
const breaker = "\u200B";

/** Characters that hide or reorder text: zero width, direction overrides, tags. */
const invisible = /[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]/gu;

const closing = /\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?=\s*:?\s+\S*(?:#|GH-|\/)\d)/gi;

/** Markdown that reads the same and has no effect beyond being read. */
export function disarm(text: string): string {
  return text
    .replace(invisible, "")
    .replace(closing, (word) => word.slice(0, 2) + breaker + word.slice(2))
    .replace(/@(?=[A-Za-z0-9])/g, `@${breaker}`)
    .replace(/#(?=\d)/g, `#${breaker}`)
    .replace(/\bGH-(?=\d)/gi, (prefix) => prefix.slice(0, 2) + breaker + prefix.slice(2))
    .replace(/!(?=\[)/g, `!${breaker}`)
    .replace(/<(?=[A-Za-z/!?])/g, `<${breaker}`);
}

/** One line without any effect, for a title, which also becomes the message of a squashed commit. */
export function disarmLine(text: string): string {
  return disarm(text.replace(/\s+/g, " ").trim());
}

/** Text exactly as it is, as a block that nothing in it can close. */
export function fenced(text: string): string {
  const clean = text.replace(invisible, "");
  const longest = Math.max(2, ...[...clean.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${clean.trimEnd()}\n${fence}`;
}
