// What nobody can guess, as text that fits into an address or a cookie.
import { randomBytes } from "node:crypto";

/** 256 bits. */
export function randomText(): string {
  return randomBytes(32).toString("base64url");
}

/** Whether it could have come from there; anything else is not worth looking for. */
export function isRandomText(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}
