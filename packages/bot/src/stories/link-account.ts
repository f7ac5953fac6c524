// How a person links an account on GitHub, so that nobody can be made to link into somebody else's name.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { linkMs } from "@cody/core/limits.ts";
import type { Linking, PersonalCodeHost } from "@cody/core/ports/personal-code-host.ts";
import type { People } from "@cody/core/ports/store.ts";
import { sealTokens } from "@cody/core/seal.ts";
import type { LinkRequest, Person } from "@cody/core/team-schema.ts";
import { isRandomText, randomText } from "./random-text.ts";

/** What linking needs of the outside. */
export interface LinkContext {
  people: People;
  linking: Linking;
  /** As in `LinkSettings.keys`: the first signs, any verifies. */
  keys: readonly string[];
  publicUrl: string;
  /** GitHub with the token of somebody who has just allowed it. */
  host: (accessToken: string) => Pick<PersonalCodeHost, "account">;
  now: () => number;
}

export const linkPath = "/github/link";
export const callbackPath = "/github/callback";

/** Notes that somebody is about to link, and gives the address that only that person should get. */
export async function beginLink(
  { people, publicUrl, now }: Pick<LinkContext, "people" | "publicUrl" | "now">,
  person: { team: string; user: string },
): Promise<string> {
  const id = randomText();
  await people.beginLink({ id, ...person, expiresAt: now() + linkMs });
  return `${publicUrl}${linkPath}?request=${id}`;
}

/** Why a link is not made; the page has a sentence for each. */
export type LinkRefusal =
  /** Unknown, over, or used before. */
  | "over"
  /** Not what Cody signed, or of another browser than the one that began. */
  | "foreign"
  /** The person said no on GitHub. */
  | "declined"
  /** GitHub did not take the code. */
  | "not-taken";

/** A request that nobody has agreed to yet. */
export async function openRequest(
  id: string,
  { people, now }: Pick<LinkContext, "people" | "now">,
): Promise<LinkRequest | undefined> {
  if (!isRandomText(id)) return undefined;
  const request = await people.readLink(id, now());
  return request?.verifier === undefined ? request : undefined;
}

/**
 * What the page's form has to bring back, together with the cookie that the page set: without the page in this very
 * browser nobody can agree, not even by sending the form from another site.
 */
export function consentOf(request: string, cookie: string, keys: readonly string[]): string {
  return signed("consent", keys[0], request, cookie);
}

/** The person agreed on the page: binds the request to this browser, and says where to send it. */
export async function agree(
  given: { request: string; consent: string; cookie: string },
  context: LinkContext,
): Promise<{ refused: LinkRefusal } | { nonce: string; location: string }> {
  const { people, linking, keys, publicUrl } = context;
  const isFromPage =
    given.cookie !== "" &&
    keys.some((key) => isSame(given.consent, signed("consent", key, given.request, given.cookie)));
  if (!isFromPage) return { refused: "foreign" };
  const request = await openRequest(given.request, context);
  if (!request) return { refused: "over" };
  const nonce = randomText();
  const verifier = randomText();
  if (!(await people.bindLink(request.id, { verifier, nonceDigest: digestOf(nonce) })))
    return { refused: "over" };
  const state = `${request.id}.${signed("state", keys[0], request.id)}`;
  const challenge = digestOf(verifier);
  const location = linking.authorizeUrl({ state, challenge, redirectUrl: `${publicUrl}${callbackPath}` });
  return { nonce, location };
}

/** What GitHub sent the browser back with. */
export interface Callback {
  state: string;
  code: string;
  /** Set where there is no code. */
  error: string;
  /** The cookie that `agree` gave. */
  nonce: string;
}

/** The request that a callback belongs to, used up by it; a callback of another browser leaves it as it is. */
export async function takeRequest(
  { state, nonce, error, code }: Callback,
  { people, keys, now }: LinkContext,
): Promise<{ refused: LinkRefusal } | { request: LinkRequest & { verifier: string } }> {
  const [id = "", signature = "", ...more] = state.split(".");
  const isSigned = keys.some((key) => isSame(signature, signed("state", key, id)));
  if (!isSigned || more.length > 0 || nonce === "") return { refused: "foreign" };
  const known = await people.readLink(id, now());
  if (!known) return { refused: "over" };
  if (!known.nonceDigest || !isSame(digestOf(nonce), known.nonceDigest)) return { refused: "foreign" };
  const request = await people.takeLink(id, now());
  if (!request?.verifier) return { refused: "over" };
  if (error !== "" || code === "") return { refused: error === "access_denied" ? "declined" : "not-taken" };
  return { request: { ...request, verifier: request.verifier } };
}

/** Exchanges the code, reads whose account it is, and writes the link. */
export async function completeLink(
  code: string,
  request: LinkRequest & { verifier: string },
  { people, linking, keys, publicUrl, host, now }: LinkContext,
): Promise<{ refused: LinkRefusal } | { person: Person; sharedWith: string[] }> {
  const { team, user, verifier } = request;
  const redirectUrl = `${publicUrl}${callbackPath}`;
  const tokens = await linking.exchange({ code, verifier, redirectUrl });
  if (!tokens) return { refused: "not-taken" };
  const account = await host(tokens.access).account();
  const owner = { team, user, account };
  const person: Person = { ...owner, sealedTokens: sealTokens(tokens, owner, keys), linkedAt: now() };
  await people.link(person);
  const others = await people.usersOf(team, account.id);
  return { person, sharedWith: others.filter((other) => other !== user) };
}

/** Every use signs under its own name, so that nothing signed for one is taken for another. */
function signed(use: "consent" | "state", key: string | undefined, ...parts: string[]): string {
  if (key === undefined) throw new Error("linking needs a key");
  const text = JSON.stringify(["cody link", use, ...parts]);
  return createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64url");
}

function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** In a time that says nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
