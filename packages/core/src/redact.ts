// Hides secrets in text before it reaches a log, a transcript, a message or a patch note. Hygiene, not a boundary.

/** At the beginning of a word; in an address that may be behind a sign that is written as `%3A`. */
const shape = (text: string) => new RegExp(`(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}))${text}`, "g");

/** Shapes of secrets that nothing else has; GitHub's newer tokens are long and hold dots and dashes. */
const plainShapes: RegExp[] = [
  shape("gh[pousr]_[A-Za-z0-9._-]{20,}"),
  shape("github_pat_[A-Za-z0-9_]{20,}"),
  shape("sk-ant-[A-Za-z0-9_-]{16,}"),
  // The part before the last dash is bounded, or a long row of such beginnings would take forever.
  shape("xox[a-z]?[.a-z-]{0,20}-[A-Za-z0-9-]{10,}"),
  shape("xapp-[A-Za-z0-9-]{10,}"),
  shape("(?:AKIA|ASIA)[A-Z0-9]{16}\\b"),
  // "x-access-token:" in base64, as git sends it to GitHub with any token behind.
  shape("eC1hY2Nlc3MtdG9rZW46[A-Za-z0-9+/_-]{16,}={0,2}"),
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

/** Credentials of a header. Prose and code have such words as well: a variable's type may be called token. */
const headerShape = /\b(?:bearer|basic|token)\s+[A-Za-z0-9+/._=-]{20,}/gi;

/** What stands where a secret stood. */
export const hidden = "[hidden]";

/** Of values that become known while a program runs: tokens that live for an hour, a few for each operation. */
const maxAdded = 200;

/** Values that must not get out. Those under eight characters are left out: they would hide ordinary words. */
export class KnownSecrets {
  readonly #values: readonly string[];
  #added: string[] = [];
  #forms: readonly string[];

  constructor(values: readonly string[]) {
    this.#values = values;
    this.#forms = formsOf(values);
  }

  /** Another one is known from now on; the oldest that were added are forgotten at last. */
  readonly add = (value: string): void => {
    this.#added = [...this.#added, value].slice(-maxAdded);
    this.#forms = formsOf([...this.#values, ...this.#added]);
  };

  /** The texts by which they can be found: as they are, and as they stand in an address or in base64. */
  get forms(): readonly string[] {
    return this.#forms;
  }
}

/** Makes a function that hides the known values, their forms, and anything that looks like a secret. */
export function redactor(known: readonly string[] | KnownSecrets): (text: string) => string {
  const secrets = known instanceof KnownSecrets ? known : new KnownSecrets(known);
  return (text) => {
    let clean = text;
    for (const form of secrets.forms) clean = clean.replaceAll(form, hidden);
    for (const each of [...plainShapes, headerShape]) clean = clean.replace(each, hidden);
    return clean;
  };
}

/** Makes a function that says whether a text holds one of the known values, in any of their forms. */
export function detector(known: readonly string[] | KnownSecrets): (text: string) => boolean {
  const secrets = known instanceof KnownSecrets ? known : new KnownSecrets(known);
  return (text) => secrets.forms.some((form) => text.includes(form));
}

/**
 * Whether something in the text looks like a secret. What stands after a header's scheme has to hold a digit here: to
 * hide a long word too many costs nothing, to stop a change for one does.
 */
export function looksSecret(text: string): boolean {
  if (plainShapes.some((each) => text.search(each) >= 0)) return true;
  return [...text.matchAll(headerShape)].some(([found]) => /\d/.test(found));
}

/** Longest first, so that no value is cut in pieces by a shorter one. */
function formsOf(values: readonly string[]): string[] {
  const forms = values
    .filter((value) => value.length >= 8)
    .flatMap((value) => [value, encodeURIComponent(value), ...base64Of(value)]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

/**
 * What is the same in every base64 text that holds the value, by how far into a group of three bytes it begins. The
 * first and the last character are left out where they hold bits of what stands beside it.
 */
function base64Of(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const own = [Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6)] as const;
    return [whole.toString("base64").slice(...own), whole.toString("base64url").slice(...own)];
  });
}
