// One line of the doctor's: what was looked at, how it is, and what to do where it is not well.

export interface Finding {
  name: string;
  state: "ok" | "warning" | "wrong" | "skipped";
  words: string;
  /** What a person does about it: one sentence. */
  remedy?: string;
}

export function ok(name: string, words: string): Finding {
  return { name, state: "ok", words };
}

/** Something works, but not as it should. */
export function warning(name: string, words: string, remedy: string): Finding {
  return { name, state: "warning", words, remedy };
}

/** Something cannot work. */
export function wrong(name: string, words: string, remedy: string): Finding {
  return { name, state: "wrong", words, remedy };
}

/** It could not be looked at, or there is nothing to look at. */
export function skipped(name: string, words: string): Finding {
  return { name, state: "skipped", words };
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** Names that are shown where something is about some of many. */
const maxShown = 5;

/** The same, and the rest of a long list as a number. */
export function shown(names: readonly string[]): string {
  const more = names.length - maxShown;
  return more > 0 ? `${names.slice(0, maxShown).join(", ")} and ${more} more` : listed(names);
}
