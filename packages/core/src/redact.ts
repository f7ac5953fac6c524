// Hides secrets in text before it reaches a log, a transcript, a message or a patch note. Hygiene, not a boundary.

/** Shapes of secrets that nothing else has; GitHub's newer tokens are long and hold dots and dashes. */
const plainShapes: RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9._-]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bsk-ant-[A-Za-z0-9_-]{16,}/g,
  // The part before the last dash is bounded, or a long row of such beginnings would take forever.
  /\bxox[a-z]?[.a-z-]{0,20}-[A-Za-z0-9-]{10,}/g,
  /\bxapp-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

/** Credentials of a header. Prose and code have such words as well: a variable's type may be called token. */
const headerShape = /\b(?:bearer|basic|token)\s+[A-Za-z0-9+/._=-]{20,}/gi;

/** What stands where a secret stood. */
export const hidden = "[hidden]";

/**
 * Makes a function that hides the known values, their base64 form, and anything that looks like a secret.
 * Values under eight characters are left out: they would hide ordinary words.
 */
export function redactor(known: readonly string[]): (text: string) => string {
  const values = formsOf(known);
  return (text) => {
    let clean = text;
    for (const value of values) clean = clean.replaceAll(value, hidden);
    for (const shape of [...plainShapes, headerShape]) clean = clean.replace(shape, hidden);
    return clean;
  };
}

/** Makes a function that says whether a text holds one of the known values, as it is or in base64. */
export function detector(known: readonly string[]): (text: string) => boolean {
  const values = formsOf(known);
  return (text) => values.some((value) => text.includes(value));
}

/**
 * Whether something in the text looks like a secret. What stands after a header's scheme has to hold a digit here: to
 * hide a long word too many costs nothing, to stop a change for one does.
 */
export function looksSecret(text: string): boolean {
  if (plainShapes.some((shape) => text.search(shape) >= 0)) return true;
  return [...text.matchAll(headerShape)].some(([found]) => /\d/.test(found));
}

/** Longest first, so that no value is cut in pieces by a shorter one. */
function formsOf(known: readonly string[]): string[] {
  return known
    .filter((value) => value.length >= 8)
    .flatMap((value) => [value, Buffer.from(value).toString("base64").replace(/=+$/, "")])
    .sort((a, b) => b.length - a.length);
}
