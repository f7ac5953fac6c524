// The consent page, the token endpoint, and how far a person's token reaches.
import { hash } from "node:crypto";
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AppOptions } from "./apps.ts";
import { type Clients, startClients } from "./clients.ts";
import type { OAuthOptions } from "./user-tokens.ts";

const callback = "https://cody.example.com/github/callback";
const secret = "the-client-secret";
const app: AppOptions & { oauth: OAuthOptions } = {
  id: 7,
  slug: "cody-of-acme",
  botId: 70,
  installations: [
    {
      id: 1,
      account: "acme",
      repositories: ["shop", "locked"],
      permissions: { contents: "write", pull_requests: "write" },
    },
    { id: 2, account: "paused", permissions: { contents: "write" }, suspended: true },
  ],
  oauth: { clientId: "Iv23liPages", clientSecret: secret, callbackUrls: [callback] },
};
let clients: Clients;
let clockOffsetMs = 0;

beforeAll(async () => {
  clients = await startClients({
    now: () => Date.now() + clockOffsetMs,
    accounts: [
      {
        login: "ann",
        id: 101,
        token: "token-of-ann",
        rights: { "acme/*": "write", "acme/locked": "read", "paused/*": "write", "other/*": "write" },
      },
      { login: "cody[bot]", id: 104, token: "token-of-cody", type: "Bot", rights: { "acme/*": "write" } },
    ],
    apps: [app],
    repositories: [
      { fullName: "acme/shop", id: 1, private: true },
      { fullName: "acme/locked", id: 2, private: true },
      { fullName: "acme/elsewhere", id: 3, private: true },
      { fullName: "paused/one", id: 4, private: true },
      { fullName: "other/public", id: 5 },
    ],
  });
});

afterAll(() => clients.close());

function authorizeAddress(more: Record<string, string> = {}): string {
  const url = new URL(`${clients.github.url}/login/oauth/authorize`);
  const usual = { client_id: app.oauth.clientId, redirect_uri: callback, state: "s&t" };
  url.search = new URLSearchParams({ ...usual, ...more }).toString();
  return url.href;
}

async function open(address: string) {
  const response = await fetch(address, { redirect: "manual" });
  const text = await response.text();
  const [, consent = ""] = /name="consent" value="(\w+)"/.exec(text) ?? [];
  return { status: response.status, text, consent, headers: response.headers };
}

async function decide(fields: Record<string, string>) {
  const response = await fetch(`${clients.github.url}/login/oauth/authorize`, {
    method: "POST",
    body: new URLSearchParams(fields),
    redirect: "manual",
  });
  await response.text();
  return { status: response.status, location: response.headers.get("location") ?? "" };
}

async function token(fields: Record<string, string>, accept = "application/json") {
  const response = await fetch(`${clients.github.url}/login/oauth/access_token`, {
    method: "POST",
    headers: { accept },
    body: new URLSearchParams({ client_id: app.oauth.clientId, client_secret: secret, ...fields }),
  });
  return { status: response.status, text: await response.text() };
}

function codeFor(login: string, more?: Record<string, string>): string {
  return new URL(clients.github.consent(authorizeAddress(more), login)).searchParams.get("code") ?? "";
}

async function asPerson(login: string): Promise<Octokit> {
  const { access_token: auth } = JSON.parse((await token({ code: codeFor(login) })).text);
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  return new Octokit({ baseUrl: clients.github.apiUrl, auth, log });
}

const statusOf = (call: Promise<{ status: number }>) =>
  call.then(
    ({ status }) => status,
    ({ status }) => status,
  );

describe("the consent page", () => {
  test("names the program, offers the people, and runs nothing", async () => {
    const page = await open(authorizeAddress());
    expect(page.status).toBe(200);
    expect(page.text).toContain("Authorize cody-of-acme");
    expect(page.text).toContain('value="ann"');
    expect(page.text).not.toContain("cody[bot]");
    expect(page.text).not.toMatch(/<script|src=|https?:\/\/(?!cody\.example\.com)/);
    expect(page.headers.get("content-security-policy")).toMatch(/default-src 'none'/);
  });

  test("sends who consents back with a code and the state", async () => {
    const { consent } = await open(authorizeAddress());
    const { status, location } = await decide({ consent, login: "ann" });
    expect(status).toBe(302);
    const back = new URL(location);
    expect(back.origin + back.pathname).toBe(callback);
    expect(back.searchParams.get("state")).toBe("s&t");
    expect(back.searchParams.get("code")).toMatch(/^[0-9a-f]{20}$/);
  });

  test.each([
    ["cancels", { login: "ann", decision: "cancel" }],
    ["is nobody here", { login: "zoe" }],
    ["is no person", { login: "cody[bot]" }],
  ])("sends who %s back without one", async (_, fields) => {
    const { consent } = await open(authorizeAddress());
    const { location } = await decide({ consent, ...fields });
    expect(new URL(location).searchParams.get("error")).toBe("access_denied");
    expect(new URL(location).searchParams.has("code")).toBe(false);
  });

  test("is good for one decision, and for ten minutes", async () => {
    const first = await open(authorizeAddress());
    await decide({ consent: first.consent, login: "ann" });
    expect((await decide({ consent: first.consent, login: "ann" })).status).toBe(422);
    const second = await open(authorizeAddress());
    clockOffsetMs = 600_001;
    expect((await decide({ consent: second.consent, login: "ann" })).status).toBe(422);
    clockOffsetMs = 0;
    expect((await decide({ consent: "guessed", login: "ann" })).status).toBe(422);
  });

  test("sends nobody to an address that the App did not register", async () => {
    for (const redirect_uri of [`${callback}/more`, `${callback}?x=1`, "https://evil.example.com/"]) {
      const { status, headers } = await open(authorizeAddress({ redirect_uri }));
      const back = new URL(headers.get("location") ?? "");
      expect(status).toBe(302);
      expect(back.origin + back.pathname).toBe(callback);
      expect(back.searchParams.get("error")).toBe("redirect_uri_mismatch");
    }
  });

  test("does not exist for a client that nobody registered", async () => {
    expect((await open(authorizeAddress({ client_id: "Iv23liNobody" }))).status).toBe(404);
  });

  test.each([
    [{ code_challenge: "x".repeat(43), code_challenge_method: "plain" }],
    [{ code_challenge: "x".repeat(43) }],
    [{ code_challenge: "short", code_challenge_method: "S256" }],
    [{ code_challenge_method: "S256" }],
  ])("takes no other proof than S256: %j", async (more) => {
    const { headers } = await open(authorizeAddress(more));
    expect(new URL(headers.get("location") ?? "").searchParams.get("error")).toBe("invalid_request");
  });
});

describe("the token endpoint", () => {
  test("answers as a form where no JSON is asked for", async () => {
    const { text } = await token({ code: codeFor("ann") }, "*/*");
    const fields = new URLSearchParams(text);
    expect(fields.get("access_token")).toMatch(/^ghu_\w{36}$/);
    expect(fields.get("refresh_token")).toMatch(/^ghr_\w{76}$/);
    expect(fields.get("expires_in")).toBe("28800");
    expect(fields.get("refresh_token_expires_in")).toBe("15897600");
    expect(fields.get("token_type")).toBe("bearer");
  });

  test("says what is wrong with status 200, but for a client that it does not know", async () => {
    const refused = await token({ code: "nothing" });
    expect(refused.status).toBe(200);
    expect(JSON.parse(refused.text)).toMatchObject({
      error: "bad_verification_code",
      error_description: "The code passed is incorrect or expired.",
      error_uri: expect.any(String),
    });
    const wrong = await token({ code: codeFor("ann"), client_secret: "wrong" });
    expect(JSON.parse(wrong.text)).toMatchObject({ error: "incorrect_client_credentials" });
    expect(await token({ client_id: "Iv23liNobody" })).toEqual({
      status: 404,
      text: '{"error":"Not Found"}',
    });
  });

  test("wants the verifier of the challenge", async () => {
    const verifier = "v".repeat(43);
    const challenge = hash("sha256", verifier, "base64url");
    const proof = { code_challenge: challenge, code_challenge_method: "S256" };
    expect((await token({ code: codeFor("ann", proof) })).text).toContain("bad_verification_code");
    const whole = await token({ code: codeFor("ann", proof), code_verifier: verifier });
    expect(whole.text).toContain("ghu_");
  });
});

describe("a person's token", () => {
  const at = (fullName: string) => {
    const [owner = "", repo = ""] = fullName.split("/");
    return { owner, repo };
  };
  const label = (octokit: Octokit, fullName: string) =>
    statusOf(octokit.git.createRef({ ...at(fullName), ref: "refs/heads/new", sha: "1".repeat(40) }));

  test("is that person, and no scopes", async () => {
    const ann = await asPerson("ann");
    const { data, headers } = await ann.users.getAuthenticated();
    expect(data).toMatchObject({ login: "ann", id: 101 });
    expect(headers).not.toHaveProperty("x-oauth-scopes");
  });

  test.each([
    ["acme/shop", 200, 422, "both may"],
    ["acme/locked", 200, 403, "the person may only read"],
    ["acme/elsewhere", 404, 404, "the App is not installed there"],
    ["paused/one", 404, 404, "the installation is suspended"],
    ["other/public", 200, 403, "it is public, and the App is not installed there"],
  ])("at %s: reading %i, writing %i, for %s", async (fullName, read, written) => {
    const ann = await asPerson("ann");
    expect(await statusOf(ann.repos.get(at(fullName)))).toBe(read);
    expect(await label(ann, fullName)).toBe(written);
  });

  test("does nothing that the App was not granted", async () => {
    const ann = await asPerson("ann");
    const { owner, repo } = at("acme/shop");
    const sha = "1".repeat(40);
    expect(await statusOf(ann.repos.createCommitStatus({ owner, repo, sha, state: "success" }))).toBe(403);
    expect(await statusOf(ann.checks.listForRef({ owner, repo, ref: "main" }))).toBe(403);
  });

  test("lists what both reach", async () => {
    const { data } = await (await asPerson("ann")).repos.listForAuthenticatedUser();
    expect(data.map(({ full_name }) => full_name)).toEqual(["acme/locked", "acme/shop", "other/public"]);
  });

  test("is good for git as well, as the person", async () => {
    const { access_token: auth } = JSON.parse((await token({ code: codeFor("ann") })).text);
    const header = `Authorization: Basic ${Buffer.from(`x-access-token:${auth}`).toString("base64")}`;
    const as = (fullName: string) =>
      clients.git(clients.folder, [
        "-c",
        `http.extraHeader=${header}`,
        "ls-remote",
        clients.github.cloneUrl(fullName),
      ]);
    expect(await as("acme/shop")).toContain("refs/heads/main");
    await expect(as("acme/elsewhere")).rejects.toThrow(/not found/i);
  });
});
