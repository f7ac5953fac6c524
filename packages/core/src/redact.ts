// Hides secrets in text before it reaches a log, a transcript, a message or a patch note. Hygiene, not a boundary.

/** Shapes of the secrets that Cody handles; GitHub's newer tokens are long and hold dots and dashes. */
const shapes: RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9._-]{20,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bsk-ant-[A-Za-z0-9_-]{16,}/g,
  /\bxox[a-z]?[.a-z-]*-[A-Za-z0-9-]{10,}/g,
  /\bxapp-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:bearer|basic|token)\s+[A-Za-z0-9+/._=-]{20,}/gi,
];

/** What stands where a secret stood. */
export const hidden = "[hidden]";

/**
 * Makes a function that hides the known values, their base64 form, and anything that looks like a secret.
 * Values under eight characters are left out: they would hide ordinary words.
 */
export function redactor(known: readonly string[]): (text: string) => string {
  const values = known
    .filter((value) => value.length >= 8)
    .flatMap((value) => [value, Buffer.from(value).toString("base64").replace(/=+$/, "")])
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const value of values) clean = clean.replaceAll(value, hidden);
    for (const shape of shapes) clean = clean.replace(shape, hidden);
    return clean;
  };
}
