// Forms of secrets in the configuration: a private key, and several values while one takes the place of another.
import { createPrivateKey } from "node:crypto";
import * as z from "zod";

/** A PEM file's content, with its line ends put right. */
export const rsaKeySchema = z.string().transform(withLineEnds).refine(isRsaKey, {
  error: "must be an RSA key in PEM form, unencrypted, with its line ends or with \\n in their place",
});

/**
 * Secrets that somebody else signs with: whoever gives them a new one cannot do it here and there at the same moment, so
 * both are good for a while. Newest first, with commas between them; they may hold spaces, and no commas.
 */
export const secretListSchema = z
  .string()
  .transform((given) => given.split(",").flatMap((each) => each.trim() || []))
  .refine((list) => list.length > 0, { error: "must hold more than commas" });

/** Where a value cannot hold line ends, they are written as \\n. */
function withLineEnds(pem: string): string {
  return `${pem.replaceAll("\\n", "\n").trim()}\n`;
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    // It says no more than that this is no key.
    return false;
  }
}
