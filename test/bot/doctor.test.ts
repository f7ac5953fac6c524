// The doctor, on far ends that are broken one by one: the right line says it, in plain words, with what to do.
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Finding } from "../../packages/bot/src/doctor/finding.ts";
import { isWell, reportOf } from "../../packages/bot/src/doctor/report.ts";
import manifest from "../../packages/bot/src/slack-manifest.json" with { type: "json" };
import { serveTable, tableName } from "../core/adapters/table/table-server.ts";
import { startBatch } from "../world/aws/batch.ts";
import type { BatchDefinition, BatchQueue } from "../world/aws/batch-job.ts";
import { clientSettings } from "../world/aws/client-settings.ts";
import { startEcr } from "../world/aws/ecr.ts";
import { startClaude } from "../world/claude/claude.ts";
import { free } from "../world/slack/client-fixture.ts";
import { startWorkspace } from "../world/slack/workspace.ts";
import { answering, linesOf, publicUrl } from "./doctor-lines.ts";

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

  async function openQueue(queue: Partial<BatchQueue> = {}, ...changes: Partial<BatchDefinition>[]) {
    const batch = await startBatch({
      queues: [{ name: "runs", schedulingPolicy: "fair", ...queue }],
      definitions: (changes.length > 0 ? changes : [{}]).map((change) => ({ ...definition, ...change })),
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

  test("every definition of repositories that have one of their own", async () => {
    const env = await openQueue(
      {},
      {},
      { name: "runner-java-8" },
      { name: "runner-site", timeoutSeconds: 600 },
    );
    const pairs = [
      "legacy-*=runner-java-8",
      "old=runner-java-8",
      "site=runner-site",
      "shop=runner",
      "new=gone",
    ];
    const BATCH_JOB_DEFINITIONS = pairs.map((pair) => `acme/${pair}`).join(",");
    expect(await linesOf("Job definition", { ...env, BATCH_JOB_DEFINITIONS })).toMatchObject([
      { state: "ok", words: expect.stringMatching(/^runner:1 starts /) },
      { state: "ok", words: expect.stringMatching(/^runner-java-8:1 starts /) },
      {
        state: "wrong",
        words: expect.stringMatching(/^runner-site: .*before a round's 55 minutes are over$/),
      },
      {
        state: "wrong",
        words: expect.stringContaining("no active job definition gone"),
        remedy: expect.stringContaining("Compare BATCH_JOB_DEFINITIONS"),
      },
    ]);
  });

  test.each<[string | undefined, string, string]>([
    [
      "000000000000.dkr.ecr.us-east-1.amazonaws.com/cody/runner:runner",
      "ok",
      "is there, pushed 3 days ago, 250 MB to pull",
    ],
    [`000000000000.dkr.ecr.us-east-1.amazonaws.com/cody/runner@sha256:${"a".repeat(64)}`, "ok", "is there"],
    [
      "000000000000.dkr.ecr.us-east-1.amazonaws.com/cody/runner:old",
      "wrong",
      "is not there, so no runner can start",
    ],
    [
      "000000000000.dkr.ecr.us-east-1.amazonaws.com/cody/runner",
      "wrong",
      "is not there, so no runner can start",
    ],
    [
      "000000000000.dkr.ecr.us-east-1.amazonaws.com/other:runner",
      "wrong",
      "there is no repository other in us-east-1",
    ],
    [
      "000000000000.dkr.ecr.eu-west-1.amazonaws.com/cody/runner:runner",
      "wrong",
      "there is no repository cody/runner in eu-west-1, account 000000000000",
    ],
    [
      "111111111111.dkr.ecr.us-east-1.amazonaws.com/cody/runner:runner",
      "wrong",
      "could not be looked at: User: ",
    ],
    [
      "ghcr.io/acme/cody:runner",
      "skipped",
      "ghcr.io/acme/cody:runner was not looked at: only its registry knows",
    ],
  ])("the image %s: %s", async (image, state, words) => {
    const pushedAt = Date.now() - 3 * 86_400_000;
    const stored = { digest: `sha256:${"a".repeat(64)}`, tags: ["runner"], pushedAt, bytes: 250_000_000 };
    const ecr = await startEcr({ repositories: { "cody/runner": [stored] } });
    onTestFinished(ecr.close);
    process.env.AWS_ENDPOINT_URL_ECR = ecr.endpoint;
    const lines = await linesOf("Image", await openQueue({}, { image }));
    expect(lines).toMatchObject([{ state, words: expect.stringContaining(words) }]);
  });

  test("what builds on a definition that cannot be looked at is no second thing that is wrong", async () => {
    const env = await openQueue();
    process.env.AWS_ENDPOINT_URL_BATCH = "http://127.0.0.1:2";
    expect(await linesOf("Job definition", env)).toMatchObject([
      { state: "wrong", words: expect.stringMatching(/^could not be looked at: nobody answers there/) },
    ]);
    expect(await linesOf("Image", env)).toMatchObject([
      { state: "skipped", words: "not looked at: Job definition comes first" },
    ]);
    expect(await linesOf("Isolation", env)).toMatchObject([{ state: "skipped" }]);
  });

  test("hosts beside the registries are named", async () => {
    const more = { TOOL_ISOLATION: "user", TOOL_HOSTS: "npm.example.com, *.acme.example" };
    const env = await openQueue({}, { environment: more });
    expect(await linesOf("Network", env)).toMatchObject([
      { state: "ok", words: expect.stringContaining("registries, and npm.example.com and *.acme.example,") },
    ]);
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

test("what helps several lines is said once", () => {
  const signIn = "Sign in to AWS.";
  const findings: Finding[] = ["Table", "Queue", "Job definition"].map((name) => ({
    name,
    state: "wrong",
    words: "could not be looked at: The security token included in the request is expired",
    remedy: signIn,
  }));
  expect(reportOf(findings)).toMatch(
    /3 things are wrong\. What to do:\n1\. Table, Queue and Job definition: Sign in to AWS\.\n$/,
  );
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
