// Finds characters that nobody sees, or that show a text in another order than the one in which a machine reads it.

/**
 * What Unicode says may be left out of sight: fillers, zero width, directions, tags. One variation selector after a
 * character is part of it, such as the colour of a heart; several in a row can only carry a message.
 */
const hidden = /(?![\uFE00-\uFE0F])\p{Default_Ignorable_Code_Point}|[\uFE00-\uFE0F]{2}|[\uFFF9-\uFFFB]/u;

const scripts =
  "Arabic Syriac Mongolian Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada".split(" ");
const joining = [...scripts, "Malayalam", "Sinhala", "Khmer"].map((name) => `\\p{Script=${name}}`).join("");

/** Where such characters belong: between the parts of an emoji, in scripts that join letters, in three flags. */
const rightful = [
  /(?<=\p{Extended_Pictographic}[\uFE0F\u{1F3FB}-\u{1F3FF}]?)\u200D(?=\p{Extended_Pictographic})/gu,
  new RegExp(`(?<=[${joining}])[\\u200C\\u200D]`, "gu"),
  /(?<=\u{1F3F4})\u{E0067}\u{E0062}(?:\u{E0065}\u{E006E}\u{E0067}|\u{E0073}\u{E0063}\u{E0074}|\u{E0077}\u{E006C}\u{E0073})\u{E007F}/gu,
];

/** The first hidden character as `U+202E`; undefined where all can be seen. */
export function hiddenIn(text: string): string | undefined {
  // Most text is ASCII, which has none of them.
  if (!/\P{ASCII}/u.test(text)) return undefined;
  const rest = rightful.reduce((left, pattern) => left.replace(pattern, ""), text);
  const found = hidden.exec(rest)?.[0];
  return found && named(found);
}

const maxNameChars = 120;

/** A foreign name that shows all it holds and fits into a sentence. */
export function shownName(name: string): string {
  const visible = name.replace(
    /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/gu,
    (char) => `<${named(char)}>`,
  );
  if (visible.length <= maxNameChars) return visible;
  const half = maxNameChars / 2;
  return `${visible.slice(0, half)}…${visible.slice(-half)}`;
}

function named(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
