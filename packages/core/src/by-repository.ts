// What differs by repository: pairs of a pattern and a value, of which the first whose pattern matches counts.
import * as z from "zod";
import { isAllowed, isPattern } from "./policy.ts";

export interface ForRepositories {
  /** As in `ALLOWED_REPOS`. */
  pattern: string;
  value: string;
}

/** Pairs as in `acme/legacy-*=one, acme/shop=another`. `error`: what they must be, where one of them is none. */
export function pairsSchema(error: string) {
  return z
    .string()
    .default("")
    .transform((text, context) => {
      const pairs = text.split(/[\s,]+/).filter(Boolean);
      const read = pairs.map(readPair);
      if (read.every((pair) => pair !== undefined)) return read;
      context.addIssue({ code: "custom", message: error });
      return z.NEVER;
    });
}

function readPair(text: string): ForRepositories | undefined {
  const [, pattern = "", value = ""] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
  return isPattern(pattern) ? { pattern, value } : undefined;
}

/** The value for this repository, `owner/name`; undefined where no pattern matches. */
export function valueFor(fullName: string, pairs: readonly ForRepositories[]): string | undefined {
  return pairs.find(({ pattern }) => isAllowed(fullName, [pattern]))?.value;
}
