// The doctor on GitHub: who Cody is there, what it may, its webhook, and by what people link their accounts.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { appPermissions } from "@cody/core/app-permissions.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import type { AppOptions } from "../world/github/apps.ts";
import { type GitHubOptions, startGitHub } from "../world/github/github.ts";
import type { WebhookOptions } from "../world/github/webhooks.ts";
import { answering, linesOf, publicUrl } from "./doctor-lines.ts";

describe("GitHub", () => {
  async function openGitHub(options: Partial<GitHubOptions>) {
    const root = await mkdtemp(path.join(tmpdir(), "cody-doctor-"));
    onTestFinished(() => rm(root, { recursive: true }));
    const github = await startGitHub({
      root,
      accounts: [],
      repositories: [
        { fullName: "acme/shop", id: 1, empty: true },
        { fullName: "acme/secret", id: 2, empty: true, private: true },
        { fullName: "other/thing", id: 3, empty: true },
      ],
      ...options,
    });
    onTestFinished(github.close);
    return github;
  }

  async function openAccount(scopes: string[] | undefined) {
    const rights = { "acme/*": "write", "acme/shop": "read" } as const;
    const account = { login: "cody-bot", id: 7, token: "ghp_of-the-doctor", rights, scopes };
    const github = await openGitHub({ accounts: [account] });
    return { GITHUB_TOKEN: account.token, GITHUB_API_URL: github.apiUrl };
  }

  const secret = "the-webhook-secret";

  /** An App whose webhook leads to who answers with this; `happen` makes GitHub deliver once. */
  async function openHook(status: number, change: Partial<WebhookOptions> = {}) {
    const address = await answering(status, "");
    const github = await openGitHub({
      accounts: [{ login: "ann", id: 8, token: "ghp_of-ann", rights: {} }],
      apps: [
        {
          id: 42,
          slug: "cody",
          botId: 43,
          installations: [{ id: 5, account: "acme", repositories: ["shop"], permissions: permitted() }],
        },
      ],
      webhooks: [{ url: `${address}/github/webhook`, secret, app: "cody", ...change }],
    });
    const key = github.privateKey("cody");
    const env = {
      GITHUB_APP_ID: "42",
      GITHUB_APP_PRIVATE_KEY: key,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_WEBHOOK_SECRET: secret,
      PUBLIC_URL: address,
    };
    const happen = async () => {
      github.install("cody", "acme/shop", false);
      await github.settled();
    };
    return { github, env, happen };
  }

  async function openApp(change: Partial<AppOptions> = {}, webhooks: GitHubOptions["webhooks"] = []) {
    const app: AppOptions = {
      id: 42,
      slug: "cody",
      botId: 43,
      installations: [{ id: 5, account: "acme", permissions: permitted() }],
      ...change,
    };
    const github = await openGitHub({ apps: [app], webhooks });
    const key = github.privateKey("cody");
    return { GITHUB_APP_ID: "42", GITHUB_APP_PRIVATE_KEY: key, GITHUB_API_URL: github.apiUrl };
  }

  const permitted = (change: Record<string, "read" | "write" | undefined> = {}) =>
    Object.fromEntries(
      Object.entries({ ...appPermissions, ...change }).filter(([, level]) => level !== undefined),
    ) as Record<string, "read" | "write">;

  test("an account with the scope repo alone", async () => {
    const env = await openAccount(["repo"]);
    expect(await linesOf("GitHub", env)).toMatchObject([
      { state: "ok", words: "Cody is the account cody-bot" },
    ]);
    expect(await linesOf("GitHub permissions", env)).toMatchObject([{ state: "ok" }]);
  });

  test.each([
    [["read:user"], "wrong", "the token has no scope repo"],
    [["repo", "workflow", "admin:org"], "warning", "more scopes than Cody uses: workflow and admin:org"],
    [[], "ok", "a token whose permissions GitHub does not tell"],
  ])("an account with the scopes %j: %s", async (scopes, state, words) => {
    const env = await openAccount(scopes);
    expect(await linesOf("GitHub permissions", env)).toMatchObject([
      { state, words: expect.stringContaining(words) },
    ]);
  });

  test("a token that GitHub does not know", async () => {
    const env = { ...(await openAccount(["repo"])), GITHUB_TOKEN: "ghp_of-nobody" };
    expect(await linesOf("GitHub", env)).toMatchObject([
      { state: "wrong", words: "GitHub does not take GITHUB_TOKEN" },
    ]);
  });

  test("an App with what Cody uses", async () => {
    const env = await openApp();
    expect(await linesOf("GitHub", env)).toMatchObject([
      { state: "ok", words: "Cody is the App cody, installed for acme" },
    ]);
    expect(await linesOf("GitHub permissions", env)).toMatchObject([
      { state: "ok", words: "what Cody uses, and no more" },
    ]);
  });

  test.each([
    [{ checks: undefined }, "wrong", "the App lacks checks: read"],
    [{ contents: "read" as const }, "wrong", "the App lacks contents: write"],
    [
      { workflows: "write" as const },
      "wrong",
      "the App holds workflows, which whoever misleads Cody could use",
    ],
    [{ administration: "read" as const }, "wrong", "the App holds administration"],
    [{ issues: "write" as const }, "warning", "the App holds more than Cody uses: issues: write"],
    [{ checks: "write" as const }, "warning", "the App holds more than Cody uses: checks: write"],
    [{ members: undefined }, "ok", "but for members"],
  ])("an App with %j: %s", async (change, state, words) => {
    const env = await openApp({
      installations: [{ id: 5, account: "acme", permissions: permitted(change) }],
    });
    expect(await linesOf("GitHub permissions", env)).toMatchObject([
      { state, words: expect.stringContaining(words) },
    ]);
  });

  test("an installation whose owner has not granted what the App asks for by now", async () => {
    const env = await openApp({
      installations: [
        { id: 5, account: "acme", permissions: permitted() },
        { id: 6, account: "other", permissions: permitted({ pull_requests: "read" }) },
      ],
    });
    expect(await linesOf("GitHub permissions", env)).toMatchObject([
      { state: "wrong", words: "the installation for other lacks pull_requests: write" },
    ]);
  });

  test("an App that is installed nowhere, one that is suspended, and a key of another App", async () => {
    expect(await linesOf("GitHub", await openApp({ installations: [] }))).toMatchObject([
      { state: "wrong", words: "the App cody is installed nowhere" },
    ]);
    const installation = { id: 5, account: "acme", permissions: permitted(), suspended: true };
    const nowhereElse = { ...(await openApp({ installations: [installation] })), ALLOWED_REPOS: "acme/*" };
    expect(await linesOf("GitHub", nowhereElse)).toMatchObject([
      { state: "wrong", words: "the App cody is suspended for acme, and installed for nobody else" },
    ]);
    expect(await linesOf("Repositories", nowhereElse)).toMatchObject([{ state: "wrong" }]);
    const other = { id: 6, account: "other", permissions: permitted() };
    const elsewhere = {
      ...(await openApp({ installations: [installation, other] })),
      ALLOWED_REPOS: "other/*",
    };
    expect(await linesOf("GitHub", elsewhere)).toMatchObject([
      { state: "warning", words: "the App cody is suspended for acme" },
    ]);
    expect(await linesOf("Repositories", elsewhere)).toMatchObject([{ state: "ok" }]);
    const foreign = { ...(await openApp()), GITHUB_API_URL: (await openApp()).GITHUB_API_URL };
    expect(await linesOf("GitHub", foreign)).toMatchObject([
      { state: "wrong", words: "GitHub knows no App 42 with this key" },
    ]);
  });

  test.each([
    ["acme/*", "ok", "2 of the 2 that GitHub shows to Cody are allowed; acme/shop to read only"],
    ["acme/*, acme/shpo, elsewhere/*", "warning", "nothing that Cody sees matches acme/shpo and elsewhere/*"],
    ["elsewhere/*", "wrong", "nothing that it sees matches ALLOWED_REPOS"],
    ["", "warning", "ALLOWED_REPOS is empty"],
  ])("the repositories that %j opens: %s", async (patterns, state, words) => {
    const env = { ...(await openAccount(["repo"])), ALLOWED_REPOS: patterns };
    expect(await linesOf("Repositories", env)).toMatchObject([
      { state, words: expect.stringContaining(words) },
    ]);
  });

  test("the secret of the App's webhook, before GitHub has delivered anything", async () => {
    const { env } = await openHook(202);
    expect(await linesOf("Webhook", env)).toMatchObject([{ state: "ok" }]);
    expect(await linesOf("Webhook secret", env)).toMatchObject([
      { state: "skipped", words: expect.stringContaining("not known yet") },
    ]);
  });

  test.each([
    [202, "ok", "GitHub and the deployed Cody have the same: the newest delivery was taken, just now"],
    [401, "wrong", "GitHub has another than the deployed Cody"],
    [404, "wrong", "the deployed Cody has none"],
    [503, "warning", "the newest delivery failed, just now (Invalid HTTP Response: 503)"],
  ])("the secret of the App's webhook, where Cody answered %i: %s", async (status, state, words) => {
    const { env, happen } = await openHook(status);
    await happen();
    expect(await linesOf("Webhook secret", env)).toMatchObject([
      { state, words: expect.stringContaining(words) },
    ]);
  });

  test("what was delivered to an earlier address says nothing of this one", async () => {
    const { env, happen, github } = await openHook(401);
    await happen();
    const moved = { ...env, PUBLIC_URL: publicUrl };
    expect(await linesOf("Webhook", moved)).toMatchObject([{ state: "wrong" }]);
    expect(await linesOf("Webhook secret", moved)).toEqual([]);
    github.sendWebhooksTo({ url: `${publicUrl}/github/webhook`, secret, app: "cody" });
    expect(await linesOf("Webhook", moved)).toMatchObject([{ state: "ok" }]);
    expect(await linesOf("Webhook secret", moved)).toMatchObject([{ state: "skipped" }]);
  });

  test.each<[Partial<WebhookOptions>, string, string]>([
    [{ contentType: "form" }, "wrong", "GitHub sends the content type form, and Cody reads json alone"],
    [{ insecureSsl: true }, "warning", "GitHub does not look at the certificate of Cody's address"],
  ])("a webhook with %j: %s", async (change, state, words) => {
    const { env } = await openHook(202, change);
    expect(await linesOf("Webhook", env)).toMatchObject([{ state, words: expect.stringContaining(words) }]);
  });

  test("the App's webhook: where it leads, and what it tells", async () => {
    const own = { GITHUB_WEBHOOK_SECRET: "secret", PUBLIC_URL: publicUrl };
    const right = { url: `${publicUrl}/github/webhook`, secret: "secret", app: "cody" };
    const lines = async (webhooks: GitHubOptions["webhooks"]) =>
      linesOf("Webhook", { ...(await openApp({}, webhooks)), ...own });
    expect(await lines([right])).toMatchObject([{ state: "ok" }]);
    expect(await lines([])).toMatchObject([{ state: "wrong", words: "the App has no webhook" }]);
    expect(await lines([{ ...right, url: "https://old.example.com/hook" }])).toMatchObject([
      { state: "wrong", words: expect.stringContaining("GitHub calls https://old.example.com/hook") },
    ]);
    expect(await lines([{ ...right, events: ["pull_request", "push"] }])).toMatchObject([
      { state: "warning", words: expect.stringMatching(/not told of .*check_run.* and repository$/) },
    ]);
    expect(await linesOf("Webhook", {})).toMatchObject([
      { state: "warning", words: expect.stringContaining("not set up") },
    ]);
  });
});

test("people link where GitHub takes the client id with its secret, and the callback address it does not tell", async () => {
  const root = await mkdtemp(path.join(tmpdir(), "cody-doctor-"));
  onTestFinished(() => rm(root, { recursive: true }));
  const callbackUrls = [`${publicUrl}/github/callback`];
  const oauth = { name: "Cody", clientId: "Ov23liCody", clientSecret: "the-right-one", callbackUrls };
  const github = await startGitHub({ root, accounts: [], repositories: [], oauthApps: [oauth] });
  onTestFinished(github.close);
  const env = {
    GITHUB_URL: github.url,
    GITHUB_CLIENT_ID: oauth.clientId,
    GITHUB_CLIENT_SECRET: oauth.clientSecret,
    LINK_KEY: Buffer.alloc(32, 7).toString("base64"),
    PUBLIC_URL: publicUrl,
  };
  expect(await linesOf("Linking", env)).toMatchObject([
    { state: "ok", words: expect.stringContaining("whose own account has the rights") },
  ]);
  expect(await linesOf("Linking client", env)).toMatchObject([
    {
      state: "ok",
      words: expect.stringMatching(
        /takes the client id and its secret; .* is https:\/\/cody.example.com\/github\/callback$/,
      ),
    },
  ]);
  expect(await linesOf("Linking client", { ...env, GITHUB_CLIENT_SECRET: "another" })).toMatchObject([
    { state: "wrong", words: expect.stringContaining("does not take GITHUB_CLIENT_SECRET") },
  ]);
  expect(await linesOf("Linking client", { ...env, GITHUB_CLIENT_ID: "42" })).toMatchObject([
    { state: "wrong", words: "GitHub knows no App with the id GITHUB_CLIENT_ID" },
  ]);
  const nobody = { ...env, GITHUB_URL: "http://127.0.0.1:2" };
  expect(await linesOf("Linking client", nobody)).toMatchObject([
    {
      state: "wrong",
      words: expect.stringMatching(/^could not be looked at: nobody answers there \(connect/),
    },
  ]);
  expect(await linesOf("Linking", nobody)).toMatchObject([{ state: "ok" }]);
});

test("linking that is not set up says what that means, and half of it what is missing", async () => {
  expect(await linesOf("Linking", {})).toMatchObject([
    { state: "warning", words: expect.stringContaining("every full member of the workspace may start jobs") },
  ]);
  const half = { GITHUB_CLIENT_ID: "Iv1.test" };
  expect(await linesOf("Linking", half)).toMatchObject([{ state: "skipped" }]);
  expect((await linesOf("Variables", half)).map(({ words }) => words)).toContainEqual(
    expect.stringMatching(/^LINK_KEY is missing .* programs slack, effects and watchdog cannot start$/),
  );
  expect(await linesOf("Linking client", half)).toEqual([]);
});
