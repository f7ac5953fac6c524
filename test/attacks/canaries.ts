// Secrets made to be recognised: their pieces in any of the forms in which a command would carry them away.
import { randomBytes } from "node:crypto";

/** A piece of a secret this long is no accident. */
const pieceChars = 12;

/** Keys as the runner has them in its environment; the part after the prefix is random. */
export function newCanaries(): Record<string, string> {
  const random = (bytes: number) => randomBytes(bytes).toString("base64url");
  return {
    ANTHROPIC_API_KEY: `sk-ant-api03-${random(60)}`,
    // The long form of GitHub's tokens, with points and dashes.
    GITHUB_TOKEN: `ghs_${random(190)}.${random(90)}-_${random(100)}`,
    SLACK_BOT_TOKEN: `xoxb-${random(30)}`,
    AWS_SECRET_ACCESS_KEY: random(30),
  };
}

/**
 * Finds the pieces of these secrets that a text holds: plainly, reversed, in hex, or in base64 at any of its three
 * alignments.
 */
export function leakFinder(secrets: readonly string[]): (text: string) => string[] {
  const pieces = new Set(secrets.flatMap(formsOf).flatMap(piecesOf));
  return (text) => piecesOf(text).filter((piece) => pieces.has(piece));
}

function formsOf(secret: string): string[] {
  // Every key begins like this, and saying so gives nothing away.
  const random = secret.replace(/^(sk-ant-api03-|ghs_|ghp_|xoxb-)/, "");
  const base64 = [0, 1, 2].map((skipped) => {
    const encoded = Buffer.from(random.slice(skipped)).toString("base64");
    return encoded.replace(/.{0,2}=*$/, "");
  });
  const hex = Buffer.from(random).toString("hex");
  return [random, [...random].reverse().join(""), hex, hex.toUpperCase(), ...base64];
}

function piecesOf(form: string): string[] {
  return Array.from({ length: Math.max(0, form.length - pieceChars + 1) }, (_, at) =>
    form.slice(at, at + pieceChars),
  );
}
