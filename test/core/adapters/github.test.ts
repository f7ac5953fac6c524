// GitHub for Cody, as an account and as an App: the same answers, by other ways in.
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeGitHub } from "@cody/core/adapters/github.ts";
import { Failed } from "@cody/core/failure.ts";
import { programLog } from "@cody/core/log.ts";
import type { CodeHost } from "@cody/core/ports/code-host.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type GitHub, startGitHub } from "../../world/github/github.ts";

const token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
const log = programLog("effects", "error", []);
const shop = { id: 1, fullName: "acme/shop" };
const readOnly = { id: 2, fullName: "acme/read-only" };
const foreign = { id: 3, fullName: "other/theirs" };
const late = { id: 4, fullName: "limited/late" };
let github: GitHub;
let root: string;
/** How far GitHub's clock is from this machine's. */
let clockOffsetMs = 0;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "cody-github-"));
  github = await startGitHub({
    root,
    now: () => Date.now() + clockOffsetMs,
    accounts: [
      {
        login: "cody-bot",
        id: 9,
        token,
        rights: { "acme/*": "write", "acme/read-only": "read", "limited/*": "read" },
      },
    ],
    apps: [
      {
        id: 7,
        slug: "cody",
        botId: 70,
        installations: [
          {
            id: 1,
            account: "acme",
            repositories: ["shop", "store", "old"],
            permissions: { contents: "write", pull_requests: "write", metadata: "read" },
          },
          { id: 2, account: "limited", permissions: { contents: "read", metadata: "read" } },
          { id: 3, account: "gone", permissions: { contents: "read" }, suspended: true },
        ],
      },
    ],
    repositories: [
      { ...shop, private: true },
      { ...readOnly, private: true },
      { ...foreign, private: true },
      { ...late, private: true },
      { id: 5, fullName: "acme/old", private: true },
    ],
  });
});

afterEach(() => {
  github.delayTokens(0);
  clockOffsetMs = 0;
});

afterAll(async () => {
  await github.close();
  await rm(root, { recursive: true, force: true });
});

const identities = {
  "an account": () => ({ token }),
  "an App": () => ({ appId: 7, privateKey: github.privateKey("cody") }),
};

function cody(as: keyof typeof identities): CodeHost {
  return makeGitHub({ identity: identities[as](), apiUrl: github.apiUrl, log });
}

function tokenIn(header: string): string {
  return Buffer.from(header.slice("basic ".length), "base64").toString().replace("x-access-token:", "");
}

describe.each(Object.keys(identities) as (keyof typeof identities)[])("%s", (as) => {
  test("sees what it may work on, and where it may push", async () => {
    const seen = (await cody(as).repositories()).map(({ fullName, mayPush }) => `${fullName} ${mayPush}`);
    expect(seen).toContain("acme/shop true");
    expect(seen).toContain("limited/late false");
    expect(seen.join()).not.toContain("other/theirs");
    expect(seen.includes("acme/read-only false")).toBe(as === "an account");
  });

  test("reads a repository with its newest commit, and not one that is closed to it", async () => {
    const check = await cody(as).check(shop);
    expect(check).toMatchObject({ found: true, empty: false, repository: { ...shop, mayPush: true } });
    expect(check).toHaveProperty("baseSha", expect.stringMatching(/^[0-9a-f]{40}$/));
    expect(await cody(as).check(shop, "nothing")).not.toHaveProperty("baseSha");
    expect(await cody(as).check(late)).toMatchObject({ found: true, repository: { mayPush: false } });
    expect(await cody(as).check(foreign)).toEqual({ found: false });
    expect(await cody(as).check({ id: 99, fullName: "acme/nothing" })).toEqual({ found: false });
  });

  test("finds a repository by the name that it had, and no other that has this name now", async () => {
    github.rename("acme/old", "acme/store");
    try {
      const check = await cody(as).check({ id: 5, fullName: "acme/old" });
      expect(check).toMatchObject({ found: true, repository: { fullName: "acme/store" } });
      expect(await cody(as).check({ id: 99, fullName: "acme/store" })).toEqual({ found: false });
    } finally {
      github.rename("acme/store", "acme/old");
    }
  });
});

describe("an App", () => {
  test("asks for a token of its own for each operation, with what it needs and nothing else", async () => {
    const before = github.record.tokens.length;
    const app = cody("an App");
    await app.check(shop);
    const read = await app.gitAuthorization(shop, "read");
    const write = await app.gitAuthorization(shop, "write");
    const made = github.record.tokens.slice(before);
    expect(made.map(({ repositories, permissions }) => ({ repositories, permissions }))).toEqual([
      { repositories: ["acme/shop"], permissions: { contents: "read", metadata: "read" } },
      { repositories: ["acme/shop"], permissions: { contents: "read", metadata: "read" } },
      { repositories: ["acme/shop"], permissions: { contents: "write", metadata: "read" } },
    ]);
    expect(new Set(made.map((each) => each.token)).size).toBe(3);
    expect([read, write].map(({ header }) => tokenIn(header))).toEqual(
      made.slice(1).map((each) => each.token),
    );
    expect([read.isNew, write.isNew]).toEqual([true, true]);
  });

  test("waits where GitHub does not know its token yet", async () => {
    github.delayTokens(900);
    const startedAt = performance.now();
    expect(await cody("an App").check(shop)).toMatchObject({ found: true });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  test.each([-10, 20])("works where the clocks are %i minutes apart", async (minutes) => {
    clockOffsetMs = minutes * 60_000;
    expect(await cody("an App").check(shop)).toMatchObject({ found: true });
  });

  test("says which right it was not given, and where to give it", async () => {
    const error = await cody("an App")
      .gitAuthorization(late, "write")
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Failed);
    expect(error.message).toMatch(
      /^GitHub refused Cody's request: the App lacks contents:write on limited\/late \(http.+installations\/2\)\.$/,
    );
  });

  test("is not let in at what it is not installed on", async () => {
    await expect(cody("an App").gitAuthorization(foreign, "read")).rejects.toMatchObject({
      failure: { kind: "repository-gone", detail: "other/theirs" },
    });
  });

  test("with another key is told so", async () => {
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const stranger = makeGitHub({ identity: { appId: 7, privateKey }, apiUrl: github.apiUrl, log });
    await expect(stranger.repositories()).rejects.toMatchObject({
      failure: { kind: "github-rejected", detail: expect.stringContaining("could not be decoded") },
    });
  });

  test("commits as whoever the token belongs to", async () => {
    expect(await cody("an App").author(shop)).toEqual({
      name: "cody[bot]",
      email: "70+cody[bot]@users.noreply.github.com",
    });
    expect(await cody("an account").author(shop)).toMatchObject({ name: "cody-bot" });
  });
});
