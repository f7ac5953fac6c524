// Which repositories Cody may touch: closed until a pattern allows it.
import { isFullName } from "./repository.ts";

/** One pattern of `ALLOWED_REPOS`: `owner/name`, with `*` for any run of characters but a slash. */
const pattern = /^[A-Za-z0-9*-]{1,39}\/[A-Za-z0-9._*-]{1,100}$/;

/** Whether `text` is a pattern; `*` alone is not, for that would open everything by a slip. */
export function isPattern(text: string): boolean {
  return pattern.test(text);
}

/** Whether any pattern allows this repository; no patterns allow nothing. Upper and lower case are the same, as on GitHub. */
export function isAllowed(fullName: string, patterns: readonly string[]): boolean {
  return isFullName(fullName) && patterns.some((allowed) => toExpression(allowed).test(fullName));
}

function toExpression(allowed: string): RegExp {
  const escaped = allowed.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*");
  return new RegExp(`^${escaped}$`, "i");
}
