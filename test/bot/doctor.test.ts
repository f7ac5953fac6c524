// The doctor, on far ends that are broken one by one: the right line says it, in plain words, with what to do.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { appPermissions } from "@cody/core/app-permissions.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { doctorMeans } from "../../packages/bot/src/adapters/doctor-means.ts";
import { examine } from "../../packages/bot/src/doctor/examine.ts";
import type { Finding } from "../../packages/bot/src/doctor/finding.ts";
import { isWell, reportOf } from "../../packages/bot/src/doctor/report.ts";
import manifest from "../../packages/bot/src/slack-manifest.json" with { type: "json" };
import { serveTable, tableName } from "../core/adapters/table/table-server.ts";
import { startBatch } from "../world/aws/batch.ts";
import type { BatchDefinition, BatchQueue } from "../world/aws/batch-job.ts";
import { clientSettings } from "../world/aws/client-settings.ts";
import { startClaude } from "../world/claude/claude.ts";
import type { AppOptions } from "../world/github/apps.ts";
import { type GitHubOptions, startGitHub } from "../world/github/github.ts";
import { free } from "../world/slack/client-fixture.ts";
import { startWorkspace } from "../world/slack/workspace.ts";

type Environment = Record<string, string>;

/** The lines of one name that are not in order; what the environment does not name is not looked at. */
async function linesOf(name: string, env: Environment): Promise<Finding[]> {
  const findings = await examine(doctorMeans(env, true));
  return findings.filter((finding) => finding.name === name);
}

const publicUrl = "https://cody.example.com";

/** A server that answers every request with this. */
async function answering(status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("Slack", () => {
  const token = "xoxb-of-the-doctor";
  const configurationToken = "xoxe.xoxp-of-an-admin";
  const { scopes } = manifest.oauth_config;

  async function openSlack(address?: string) {
    const workspace = await startWorkspace({
      team: { id: "T1", name: "Acme" },
      bot: { userId: "UBOT", botId: "BBOT", appId: "ABOT", name: "Cody", token, scopes: scopes.bot },
      manifest: JSON.parse(JSON.stringify(manifest).replaceAll("https://REQUEST-URL", address ?? publicUrl)),
      configurationToken,
      signingSecret: "secret",
      limits: free,
      requestUrl: () => "http://127.0.0.1:9",
      people: [],
      channels: [],
    });
    onTestFinished(workspace.close);
    return { workspace, env: { SLACK_BOT_TOKEN: token, SLACK_API_URL: workspace.apiUrl } };
  }

  test("a token that is good, with exactly the scopes of the manifest", async () => {
    const { env } = await openSlack();
    expect(await linesOf("Slack", env)).toEqual([
      { name: "Slack", state: "ok", words: "Cody is @Cody in the workspace Acme" },
    ]);
    expect(await linesOf("Slack scopes", env)).toMatchObject([{ state: "ok" }]);
    expect(await linesOf("Slack addresses", env)).toMatchObject([{ state: "skipped" }]);
  });

  test("a token that was revoked", async () => {
    const { env, workspace } = await openSlack();
    workspace.revoke();
    expect(await linesOf("Slack", env)).toMatchObject([
      { state: "wrong", words: "Slack does not take SLACK_BOT_TOKEN: token_revoked" },
    ]);
  });

  test("a scope that is missing, and one too many", async () => {
    const { env, workspace } = await openSlack();
    workspace.grant(scopes.bot.filter((scope) => scope !== "files:write"));
    expect(await linesOf("Slack scopes", env)).toMatchObject([
      { state: "wrong", words: "files:write missing", remedy: expect.stringContaining("install it again") },
    ]);
    workspace.grant([...scopes.bot, "admin.users:write"]);
    expect(await linesOf("Slack scopes", env)).toMatchObject([
      { state: "warning", words: "more than Cody uses: admin.users:write" },
    ]);
  });

  test("addresses, for who has a configuration token", async () => {
    const { env } = await openSlack();
    const whole = { ...env, PUBLIC_URL: publicUrl, SLACK_CONFIG_TOKEN: configurationToken };
    expect(await linesOf("Slack addresses", whole)).toMatchObject([
      { state: "ok", words: `all lead to ${publicUrl}/slack/events` },
    ]);
    expect(await linesOf("Slack addresses", { ...whole, SLACK_CONFIG_TOKEN: "xoxe.xoxp-old" })).toMatchObject(
      [{ state: "warning", words: expect.stringContaining("invalid_auth") }],
    );
    const elsewhere = await openSlack("https://old.example.com");
    expect(await linesOf("Slack addresses", { ...whole, ...elsewhere.env })).toMatchObject([
      {
        state: "wrong",
        words: `Slack calls https://old.example.com/slack/events, and Cody is at ${publicUrl}/slack/events`,
      },
    ]);
  });
});

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
    expect(await linesOf("GitHub", await openApp({ installations: [installation] }))).toMatchObject([
      { state: "warning", words: "the App cody is suspended for acme" },
    ]);
    const other = { ...(await openApp()), GITHUB_API_URL: (await openApp()).GITHUB_API_URL };
    expect(await linesOf("GitHub", other)).toMatchObject([
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

test("linking that is not set up says what that means, and half of it what is missing", async () => {
  expect(await linesOf("Linking", {})).toMatchObject([
    { state: "warning", words: expect.stringContaining("every full member of the workspace may start jobs") },
  ]);
  const half = { GITHUB_CLIENT_ID: "Iv1.test" };
  expect(await linesOf("Linking", half)).toMatchObject([{ state: "skipped" }]);
  expect((await linesOf("Variables", half)).map(({ words }) => words)).toContainEqual(
    expect.stringMatching(/^LINK_KEY is missing .* programs slack, effects and watchdog cannot start$/),
  );
  const LINK_KEY = Buffer.alloc(32, 7).toString("base64");
  expect(await linesOf("Linking", { ...half, GITHUB_CLIENT_SECRET: "secret", LINK_KEY })).toMatchObject([
    { state: "ok", words: expect.stringContaining("whose own account has the rights") },
  ]);
});

describe("Claude", () => {
  test("a key that is good, and one that is none", async () => {
    const claude = await startClaude({ keys: ["sk-ant-the-right-one"], script: () => ({ text: "" }) });
    onTestFinished(claude.close);
    const env = { ANTHROPIC_API_KEY: "sk-ant-the-right-one", ANTHROPIC_BASE_URL: claude.url };
    expect(await linesOf("Claude", env)).toMatchObject([
      { state: "ok", words: "the key is good, and jobs begin with Claude Sonnet 5.5 (scripted)" },
    ]);
    expect(await linesOf("Claude", { ...env, ANTHROPIC_API_KEY: "sk-ant-another" })).toMatchObject([
      { state: "wrong", words: "Claude's API does not take ANTHROPIC_API_KEY" },
    ]);
  });

  test("a model that the key has not, a service that is down, and nobody there", async () => {
    const env = async (status: number) => ({
      ANTHROPIC_API_KEY: "sk-ant-any",
      ANTHROPIC_BASE_URL: await answering(status, "{}"),
    });
    expect(await linesOf("Claude", await env(404))).toMatchObject([
      { state: "wrong", words: "the key is good, but there is no claude-sonnet-5-5 for it" },
    ]);
    expect(await linesOf("Claude", await env(529))).toMatchObject([
      { state: "wrong", words: "could not be looked at: Claude's API answered with HTTP 529" },
    ]);
    const nobody = { ANTHROPIC_API_KEY: "sk-ant-any", ANTHROPIC_BASE_URL: "http://127.0.0.1:9" };
    expect(await linesOf("Claude", nobody)).toMatchObject([
      { state: "wrong", words: expect.stringMatching(/^could not be looked at: ./) },
    ]);
  });
});

describe("AWS", () => {
  serveTable();

  test("the table, another one's name, and one that was made by hand", async () => {
    expect(await linesOf("Table", { CODY_TABLE: tableName })).toMatchObject([{ state: "ok" }]);
    expect(await linesOf("Table", { CODY_TABLE: "nothing" })).toMatchObject([
      { state: "wrong", words: "there is no table nothing in this account and region" },
    ]);
    const client = new DynamoDBClient({ ...clientSettings, endpoint: process.env.AWS_ENDPOINT_URL_DYNAMODB });
    onTestFinished(() => client.destroy());
    const key = (AttributeName: string, KeyType: "HASH" | "RANGE") => ({ AttributeName, KeyType });
    await client.send(
      new CreateTableCommand({
        TableName: "by-hand",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: ["pk", "id", "team"].map((AttributeName) => ({
          AttributeName,
          AttributeType: "S",
        })),
        KeySchema: [key("pk", "HASH"), key("id", "RANGE")],
        GlobalSecondaryIndexes: [
          {
            IndexName: "team",
            KeySchema: [key("team", "HASH")],
            Projection: { ProjectionType: "ALL" },
          },
        ],
      }),
    );
    const [line] = await linesOf("Table", { CODY_TABLE: "by-hand" });
    expect(line).toMatchObject({ state: "wrong", remedy: expect.stringContaining("npm run deploy") });
    for (const fault of [
      "keys are not pk and sk",
      "index team is another one",
      "no index person",
      "no stream",
    ])
      expect(line?.words).toContain(fault);
    expect(line?.words).toContain("what is old is not deleted by the attribute expires");
  });

  const definition: BatchDefinition = {
    name: "runner",
    command: ["true"],
    environment: { TOOL_ISOLATION: "user", TOOL_NETWORK: "registries" },
    secrets: { ANTHROPIC_API_KEY: "sk-ant-of-the-runner" },
    retryStrategy: {
      attempts: 3,
      evaluateOnExit: [
        { onStatusReason: "Your Spot Task was interrupted*", action: "RETRY" },
        { onReason: "*", action: "EXIT" },
        { onExitCode: "*", action: "EXIT" },
      ],
    },
    timeoutSeconds: 75 * 60,
  };

  async function openQueue(queue: Partial<BatchQueue> = {}, change: Partial<BatchDefinition> = {}) {
    const batch = await startBatch({
      queues: [{ name: "runs", schedulingPolicy: "fair", ...queue }],
      definitions: [{ ...definition, ...change }],
      cwd: "/",
    });
    onTestFinished(batch.close);
    process.env.AWS_ENDPOINT_URL_BATCH = batch.endpoint;
    return { BATCH_QUEUE: "runs", BATCH_JOB_DEFINITION: "runner" };
  }

  test("a queue that is enabled and fair, with a definition that ends", async () => {
    const env = await openQueue();
    expect(await linesOf("Queue", env)).toMatchObject([{ state: "ok" }]);
    expect(await linesOf("Job definition", env)).toMatchObject([
      { state: "ok", words: expect.stringMatching(/^runner:1 starts /) },
    ]);
    expect(await linesOf("Isolation", env)).toMatchObject([{ state: "ok" }]);
    expect(await linesOf("Network", env)).toMatchObject([{ state: "ok" }]);
  });

  test.each<[string, Partial<BatchQueue>, string]>([
    ["is disabled", { state: "DISABLED" }, "runs is disabled and takes no jobs"],
    ["shares with nobody", { schedulingPolicy: undefined }, "runs has no scheduling policy"],
    ["has another name", { name: "others" }, "there is no queue runs in this account and region"],
  ])("a queue that %s", async (_, queue, words) => {
    expect(await linesOf("Queue", await openQueue(queue))).toMatchObject([
      { state: "wrong", words: expect.stringContaining(words) },
    ]);
  });

  test.each<[string, Partial<BatchDefinition>, string]>([
    ["has another name", { name: "others" }, "no active job definition runner"],
    [
      "retries forever",
      { retryStrategy: { attempts: 3, evaluateOnExit: [{ onExitCode: "20", action: "RETRY" }] } },
      "its retry rules do not end",
    ],
    [
      "retries what never ran",
      { retryStrategy: { attempts: 3, evaluateOnExit: [{ onExitCode: "*", action: "EXIT" }] } },
      "its retry rules do not end",
    ],
    ["has no rules", { retryStrategy: { attempts: 3 } }, "its retry rules do not end"],
    ["ends too early", { timeoutSeconds: 600 }, "before a round's 55 minutes are over"],
    [
      "shows a key",
      { environment: { ANTHROPIC_API_KEY: "sk-ant-of-the-runner" }, secrets: {} },
      "ANTHROPIC_API_KEY can be read in it",
    ],
  ])("a job definition that %s", async (_, change, words) => {
    const env = await openQueue({}, change);
    const lines = await linesOf("Job definition", env);
    expect(lines).toMatchObject([{ state: "wrong", words: expect.stringContaining(words) }]);
    expect(JSON.stringify(lines)).not.toContain("sk-ant-of-the-runner");
  });

  test("a definition that does not keep the tools from the keys, nor from the world", async () => {
    const env = await openQueue({}, { environment: { TOOL_ISOLATION: "none", TOOL_NETWORK: "open" } });
    expect(await linesOf("Isolation", env)).toMatchObject([
      { state: "warning", words: expect.stringContaining("reads the runner's keys") },
    ]);
    expect(await linesOf("Network", env)).toMatchObject([{ state: "warning" }]);
  });
});

test("an address where another program answers, one where Cody is not well, and one where it is", async () => {
  const at = async (status: number, body: string) => ({ PUBLIC_URL: await answering(status, body) });
  expect(await linesOf("Address", await at(200, "<html>"))).toMatchObject([
    { state: "wrong", words: expect.stringContaining("it is not Cody that answers") },
  ]);
  const ill = JSON.stringify({ status: "failing", parts: { table: "ok", queue: "failing" } });
  expect(await linesOf("Address", await at(503, ill))).toMatchObject([
    { state: "wrong", words: expect.stringMatching(/is not well: queue \(failing\)$/) },
  ]);
  const well = JSON.stringify({ status: "ok", parts: { table: "ok", queue: "ok" } });
  expect(await linesOf("Address", await at(200, well))).toMatchObject([{ state: "ok" }]);
});

test("a report puts what is wrong before what could be better, whatever comes first", () => {
  const findings: Finding[] = [
    { name: "Linking", state: "warning", words: "not set up", remedy: "Set it up." },
    { name: "Slack", state: "wrong", words: "no token", remedy: "Set one." },
    { name: "Table", state: "skipped", words: "not looked at" },
  ];
  expect(reportOf(findings)).toBe(
    [
      "! Linking  not set up",
      "✘ Slack    no token",
      "– Table    not looked at",
      "",
      "1 thing is wrong, 1 thing could be better. What to do:",
      "1. Slack: Set one.",
      "2. Linking: Set it up.",
      "",
    ].join("\n"),
  );
  expect(isWell(findings)).toBe(false);
  expect(isWell(findings.slice(0, 1))).toBe(true);
});
