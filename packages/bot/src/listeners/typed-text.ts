// What a person typed, from the way in which Slack writes it down in messages and commands. Forms are not written so.

const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/**
 * The text with its entities taken back, links as addresses, and mentions as names or ids that mention nobody. To be
 * done once, where the text comes in: `&amp;lt;` is what somebody wrote who typed `&lt;`.
 */
export function typedText(text: string): string {
  return text.replace(
    /<([^<>\n]+)>|&(?:amp|lt|gt);/g,
    (whole: string, token: string | undefined) =>
      (token === undefined ? entities[whole] : wordsOf(token)) ?? whole,
  );
}

/** What the inside of `<…>` stands for; undefined where Slack means nothing by it. */
function wordsOf(token: string): string | undefined {
  const [, target = "", label = ""] = /^([^|]*)\|?([\s\S]*)$/.exec(token) ?? [];
  const words = unescaped(label);
  if (/^@[UW][A-Z0-9]+$/.test(target)) return words ? `@${words.replace(/^@/, "")}` : target;
  // A private channel comes with its label left empty.
  if (/^#[CGD][A-Z0-9]+$/.test(target)) return words ? `#${words}` : target;
  if (/^!(?:here|channel|everyone)$/.test(target)) return `@${target.slice(1)}`;
  if (target.startsWith("!")) return words || `@${target.replace(/^!(?:subteam\^)?/, "")}`;
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|mailto:|tel:)/i.test(target)) return linkOf(unescaped(target), words);
  return undefined;
}

/** Slack makes links of addresses and of file names such as README.md; then the label is what was typed. */
function linkOf(url: string, label: string): string {
  const bare = url.replace(/^(?:https?:\/\/|mailto:|tel:)/i, "");
  if (!label || label === url) return url;
  return label === bare || `${label}/` === bare ? label : `${label} (${url})`;
}

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity);
}
