// Verifies by which App a JSON web token was signed, and refuses others in GitHub's words.
import { type KeyObject, verify } from "node:crypto";
import { GitHubError } from "./errors.ts";

/** The longest that GitHub lets such a token live. */
const MAX_LIFE_SECONDS = 600;

interface Issuer {
  publicKey: KeyObject;
}

/** The App whose token this is. `find` knows Apps by their number. Throws GitHub's 401. */
export function verifyJwt<App extends Issuer>(
  jwt: string,
  find: (issuer: string) => App | undefined,
  nowMs: number,
): App {
  const [header = "", claims = "", signature = "", ...more] = jwt.split(".");
  const { alg } = decoded(header);
  const { iss, iat, exp } = decoded(claims);
  if (more.length > 0 || alg !== "RS256") throw unreadable();
  if (iss === undefined) throw unauthorized("Missing 'issuer' claim ('iss') in assertion");
  const app = find(String(iss));
  if (app === undefined) throw new GitHubError(404, "Integration not found");
  const signed = Buffer.from(`${header}.${claims}`);
  if (!verify("sha256", signed, app.publicKey, Buffer.from(signature, "base64url"))) throw unreadable();
  const now = Math.floor(nowMs / 1000);
  if (!Number.isInteger(iat) || Number(iat) > now) {
    throw unauthorized(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof exp !== "number" || exp <= now) {
    throw unauthorized(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + MAX_LIFE_SECONDS) {
    throw unauthorized("'Expiration time' claim ('exp') is too far in the future");
  }
  return app;
}

function decoded(part: string): Record<string, unknown> {
  try {
    const value = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    throw unreadable();
  }
  throw unreadable();
}

export const unreadable = () => unauthorized("A JSON web token could not be decoded");

const unauthorized = (message: string) => new GitHubError(401, message);
