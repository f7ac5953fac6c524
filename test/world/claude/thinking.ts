// Signatures of thinking blocks: which model wrote them, after exactly what, and that they came back unchanged.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Fixed, so that a conversation goes on after the stand-in was restarted, as it does with the real service. */
const SECRET = "scripted model";

export interface Signed {
  model: string;
  /** Prefix of everything the block was written after. */
  prefix: string;
  /** Hash of the text as it was returned, which `display` may have emptied. */
  text: string;
  /** Tokens of the thinking as it was written, whatever was displayed of it. */
  tokens: number;
}

/** The signature of a thinking block that was returned with this text. */
export function sign(block: { model: string; prefix: string; thinking: string; tokens: number }): string {
  const { model, prefix, tokens, thinking } = block;
  const payload = Buffer.from(JSON.stringify([model, prefix, textHash(thinking), tokens])).toString(
    "base64url",
  );
  return `${payload}.${seal(payload)}`;
}

/** What a signature says; undefined when this stand-in did not give it. */
export function signedBy(signature: string): Signed | undefined {
  const [payload = "", given = ""] = signature.split(".");
  const due = seal(payload);
  if (given.length !== due.length || !timingSafeEqual(Buffer.from(given), Buffer.from(due))) return undefined;
  const [model, prefix, text, tokens] = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  return { model, prefix, text, tokens };
}

/** True when the block is as it was returned. */
export function isUnchanged(signed: Signed, thinking: string): boolean {
  return signed.text === textHash(thinking);
}

function textHash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}

function seal(payload: string): string {
  return createHmac("sha256", SECRET).update(payload).digest("base64url");
}
