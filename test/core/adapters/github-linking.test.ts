// Linking by the real protocol: consent, a code that is good once, tokens that expire, and no secret anywhere else.
import { hash } from "node:crypto";
import { makeLinking } from "@cody/core/adapters/github-linking.ts";
import { Failed } from "@cody/core/failure.ts";
import { programLog } from "@cody/core/log.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { client, type PeopleOnGitHub, redirectUrl, startPeople } from "./people-on-github.ts";

const verifier = "a-verifier-of-at-least-forty-three-characters-0123";
const challenge = hash("sha256", verifier, "base64url");
const hour = 3_600_000;
const oauthApp = {
  name: "cody-by-oauth",
  clientId: "Ov23liCodyByOauth001",
  clientSecret: "the-secret-of-the-oauth-app",
  callbackUrls: ["https://cody.example.com/github"],
};
let people: PeopleOnGitHub;

beforeAll(async () => {
  people = await startPeople({ oauthApps: [oauthApp] });
});

afterEach(() => {
  people.github.fault.clear();
  people.clock.offsetMs = 0;
});

afterAll(() => people.close());

/** The address to which a person is sent back after consent. */
function consented(login = "ann", more: { challenge?: string; redirectUrl?: string } = {}): URL {
  const wanted = { state: "the state", challenge, redirectUrl, ...more };
  return new URL(people.github.consent(people.linking.authorizeUrl(wanted), login));
}

const codeOf = (url: URL) => url.searchParams.get("code") ?? "";

async function userOf(token: string): Promise<{ status: number; login?: string }> {
  const headers = { authorization: `bearer ${token}`, "user-agent": "test" };
  const response = await fetch(`${people.github.apiUrl}/user`, { headers });
  const { login } = (await response.json()) as { login?: string };
  return { status: response.status, ...(login && { login }) };
}

test("the address asks for consent with state, PKCE and the way back, and holds no secret", () => {
  const url = new URL(people.linking.authorizeUrl({ state: "the state", challenge, redirectUrl }));
  expect(url.origin + url.pathname).toBe(`${people.github.url}/login/oauth/authorize`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: client.clientId,
    redirect_uri: redirectUrl,
    state: "the state",
    code_challenge: challenge,
    code_challenge_method: "S256",
    allow_signup: "false",
  });
  expect(url.href).not.toContain(verifier);
});

test("a code becomes tokens of the person who consented, with their ends", async () => {
  const back = consented("max");
  expect(back.origin + back.pathname).toBe(redirectUrl);
  expect(back.searchParams.get("state")).toBe("the state");
  const before = Date.now();
  const tokens = await people.linking.exchange({ code: codeOf(back), verifier, redirectUrl });
  expect(tokens?.access).toMatch(/^ghu_/);
  expect(tokens?.refresh).toMatch(/^ghr_/);
  expect(Math.abs((tokens?.expiresAt ?? 0) - before - 8 * hour)).toBeLessThan(5_000);
  expect(tokens?.refreshExpiresAt).toBeGreaterThan(before + 180 * 24 * hour);
  expect(await userOf(tokens?.access ?? "")).toEqual({ status: 200, login: "max" });
});

describe("a code is refused", () => {
  const exchange = (code: string, more = {}) =>
    people.linking.exchange({ code, verifier, redirectUrl, ...more });

  test("the second time", async () => {
    const code = codeOf(consented());
    expect(await exchange(code)).toBeDefined();
    expect(await exchange(code)).toBeUndefined();
  });

  test("with another verifier, and is then used up", async () => {
    const code = codeOf(consented());
    expect(await exchange(code, { verifier: "somebody-elses-verifier" })).toBeUndefined();
    expect(await exchange(code)).toBeUndefined();
  });

  test("after ten minutes", async () => {
    const code = codeOf(consented());
    people.clock.offsetMs = 10 * 60_000 + 1;
    expect(await exchange(code)).toBeUndefined();
  });

  test("where nobody made it", async () => {
    expect(await exchange("0123456789abcdef0123")).toBeUndefined();
  });

  test("for another way back than the one of the consent: that is a fault of Cody's own", async () => {
    const elsewhere = exchange(codeOf(consented()), { redirectUrl: "https://elsewhere.example.com/" });
    await expect(elsewhere).rejects.toMatchObject({ failure: { kind: "github-rejected" } });
  });
});

describe("refreshing", () => {
  test("gives new tokens, and the old ones are worth nothing", async () => {
    const { access, refresh = "" } = await people.link("ann");
    const fresh = await people.linking.refresh(refresh);
    expect(fresh?.access).not.toBe(access);
    expect(await userOf(fresh?.access ?? "")).toMatchObject({ status: 200, login: "ann" });
    expect(await userOf(access)).toMatchObject({ status: 401 });
    expect(await people.linking.refresh(refresh)).toBeUndefined();
    expect(await people.linking.refresh(fresh?.refresh ?? "")).toBeDefined();
  });

  test("works when the token has expired, and not when the refresh token has", async () => {
    const { access, refresh = "" } = await people.link("ann");
    people.clock.offsetMs = 9 * hour;
    expect(await userOf(access)).toMatchObject({ status: 401 });
    const fresh = await people.linking.refresh(refresh);
    expect(fresh?.expiresAt).toBeGreaterThan(Date.now() + 16 * hour);
    people.clock.offsetMs = 200 * 24 * hour;
    expect(await people.linking.refresh(fresh?.refresh ?? "")).toBeUndefined();
  });

  test("is refused once the person took it back", async () => {
    const { access, refresh = "" } = await people.link("sue");
    people.github.revoke("sue");
    expect(await userOf(access)).toMatchObject({ status: 401 });
    expect(await people.linking.refresh(refresh)).toBeUndefined();
  });
});

describe("where it is not the person's fault", () => {
  const log = programLog("slack", "error", []);

  test.each([
    ["a wrong secret", { ...client, clientSecret: "not-the-secret-0123" }],
    ["a client that GitHub does not know", { ...client, clientId: "Iv23liNobody" }],
  ])("%s is told to the operator", async (_, wrong) => {
    const linking = makeLinking({ ...wrong, webUrl: people.github.url, log });
    const code = codeOf(consented());
    const refused = linking.exchange({ code, verifier, redirectUrl });
    await expect(refused).rejects.toMatchObject({ failure: { kind: "github-rejected" } });
    await expect(refused).rejects.not.toThrow(new RegExp(wrong.clientSecret));
  });

  test.each([
    ["a fault of GitHub's", { answer: 502 } as const],
    ["a lost answer", { loseAnswer: true } as const],
    ["a limit", { secondaryLimit: { retryAfterSeconds: 5 } } as const],
  ])("%s is no refusal, and is not tried again", async (_, fault) => {
    const calls = people.github.record.calls.length;
    people.github.fault.next({ path: "/login/oauth/access_token" }, fault);
    const answer = people.linking.exchange({ code: codeOf(consented()), verifier, redirectUrl });
    await expect(answer).rejects.toMatchObject({ failure: { kind: "github-unavailable" } });
    expect(people.github.record.calls.length).toBe(calls + 1);
  });

  test("a GitHub that is not there is no refusal", async () => {
    const linking = makeLinking({ ...client, webUrl: "http://127.0.0.1:9", log });
    await expect(linking.refresh("ghr_x")).rejects.toThrow(Failed);
  });
});

test("without a GitHub App an OAuth App asks for the scope, and its tokens do not end", async () => {
  const linking = makeLinking({
    ...oauthApp,
    webUrl: people.github.url,
    log: programLog("slack", "error", []),
  });
  const address = linking.authorizeUrl({ state: "s", challenge, redirectUrl });
  expect(new URL(address).searchParams.get("scope")).toBe("repo");
  const code = codeOf(new URL(people.github.consent(address, "ann")));
  const tokens = await linking.exchange({ code, verifier, redirectUrl });
  expect(tokens).toEqual({ access: expect.stringMatching(/^gho_/) });
  people.clock.offsetMs = 1_000 * 24 * hour;
  expect(await userOf(tokens?.access ?? "")).toEqual({ status: 200, login: "ann" });
});

test("no secret is logged, nor part of an address that was called", async () => {
  const { access, refresh = "" } = await people.link("ann");
  await people.linking.refresh("ghr_wrong");
  const seen = [...people.logged, ...people.github.record.calls.map(({ path }) => path)].join("\n");
  expect(people.logged.join()).toContain("bad_refresh_token");
  for (const secret of [access, refresh, "ghr_wrong", client.clientSecret, verifier])
    expect(seen).not.toContain(secret);
});
