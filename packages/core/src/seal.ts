// Encrypts people's GitHub tokens with a key that is not in the table, bound to the person whose they are.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import * as z from "zod";
import type { PersonTokens } from "./ports/personal-code-host.ts";
import type { Person } from "./team-schema.ts";

/** Whose tokens they are; opened for anybody else they are worth nothing. */
export type SealOwner = Pick<Person, "team" | "user" | "account">;

/** Why a sealed value is not opened, in words for the log. They hold nothing of it. */
export interface SealRefusal {
  refused: string;
}

const algorithm = "aes-256-gcm";
const version = "1";
/** What GCM is made for; any other length is hashed first. */
const ivBytes = 12;
const tagBytes = 16;

const tokensSchema = z.strictObject({
  access: z.string().min(1),
  expiresAt: z.number().int().optional(),
  refresh: z.string().min(1).optional(),
  refreshExpiresAt: z.number().int().optional(),
}) satisfies z.ZodType<PersonTokens>;

/**
 * Seals tokens with the first of `keys`, which is the newest. Each is 32 bytes in base64. The result is text:
 * `1.<id of the key>.<IV>.<ciphertext and tag>`.
 */
export function sealTokens(tokens: PersonTokens, owner: SealOwner, keys: readonly string[]): string {
  const [newest] = keys;
  if (newest === undefined) throw new Error("there is no key to seal with");
  const keyId = idOf(newest);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, bytesOf(newest), iv, { authTagLength: tagBytes });
  cipher.setAAD(bound(keyId, owner));
  const text = JSON.stringify(tokensSchema.parse(tokens));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return [version, keyId, iv.toString("base64url"), sealed.toString("base64url")].join(".");
}

/** Opens what `sealTokens` made with any of `keys`, for the person that it was made for. */
export function openTokens(
  sealed: string,
  owner: SealOwner,
  keys: readonly string[],
): { tokens: PersonTokens } | SealRefusal {
  const [made, keyId = "", ivText = "", sealedText = "", ...more] = sealed.split(".");
  const iv = Buffer.from(ivText, "base64url");
  const bytes = Buffer.from(sealedText, "base64url");
  const isWhole =
    made === version &&
    more.length === 0 &&
    iv.length === ivBytes &&
    bytes.length > tagBytes &&
    // Base64 has more than one spelling of the same bytes; only the one that was made is taken.
    iv.toString("base64url") === ivText &&
    bytes.toString("base64url") === sealedText;
  if (!isWhole) return { refused: "the sealed tokens are not in a form that is known" };
  const key = keys.find((each) => idOf(each) === keyId);
  if (key === undefined) return { refused: "the tokens are sealed with a key that is not known any more" };
  const decipher = createDecipheriv(algorithm, bytesOf(key), iv, { authTagLength: tagBytes });
  decipher.setAAD(bound(keyId, owner));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const open = Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]);
    return { tokens: tokensSchema.parse(JSON.parse(open.toString("utf8"))) };
  } catch {
    // GCM says no more than that something is wrong, and what it decrypted up to there must not be looked at.
    return { refused: "the sealed tokens were changed, or belong to somebody else" };
  }
}

/** Names a key without saying anything of it. */
function idOf(key: string): string {
  return createHmac("sha256", bytesOf(key)).update("cody key id").digest("hex").slice(0, 12);
}

/** What is not secret and has to be the same when it is opened. */
function bound(keyId: string, { team, user, account }: SealOwner): Buffer {
  return Buffer.from(JSON.stringify(["cody person tokens", version, keyId, team, user, account.id]));
}

function bytesOf(key: string): Buffer {
  const bytes = Buffer.from(key, "base64");
  if (bytes.length !== 32) throw new Error("a key to seal with has to be 32 bytes in base64");
  return bytes;
}
