// The local world: every far end on 127.0.0.1, and the real programs between them.
import { createHash } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import manifest from "../../packages/bot/src/slack-manifest.json" with { type: "json" };
import { streamFilters } from "../../packages/bot/stream-filters.ts";
import { attemptTimeoutSeconds, retryStrategy } from "../../packages/runner/batch-rules.ts";
import { allowed } from "../infra/allowed.ts";
import type { Access } from "./aws/access.ts";
import { startBatch } from "./aws/batch.ts";
import { startDynamoDB } from "./aws/dynamodb.ts";
import { startDynamoDBGate } from "./aws/dynamodb-gate.ts";
import { type EcrImage, startEcr } from "./aws/ecr.ts";
import { startFunctionUrl } from "./aws/function-url.ts";
import { startFunction } from "./aws/lambda.ts";
import { startParameterStore } from "./aws/parameter-store.ts";
import { startSchedule } from "./aws/schedule.ts";
import { startStream } from "./aws/stream.ts";
import { createTable } from "./aws/table.ts";
import { startClaude } from "./claude/claude.ts";
import type { Script } from "./claude/script.ts";
import {
  type Addresses,
  accessOf,
  askedOfParameters,
  bundleFunctions,
  clientIds,
  containerCredentials,
  credentialsOf,
  entries,
  environmentOf,
  inContainer,
  inFunction,
  jobDefinitionName,
  knownTable,
  newSecrets,
  type Permissions,
  parametersFrom,
  queueName,
  runnerImage,
  tableName,
  wholeEnvironment,
} from "./deployment.ts";
import type { Ci } from "./github/consequences.ts";
import { startGitHub } from "./github/github.ts";
import { linkAccount } from "./link-account.ts";
import {
  accounts,
  allowedRepos,
  ann,
  bot,
  channels,
  githubApp,
  people,
  repositories,
  team,
} from "./people.ts";
import { startWorkspace, type WorkspaceOptions } from "./slack/workspace.ts";

export interface WorldOptions {
  script: Script;
  /** Port of the workspace's page; any free one if left out. */
  port?: number;
  /** Files of the page. */
  assets?: WorkspaceOptions["assets"];
  /** Who has linked which account before anything else happens; ann, if left out. */
  linked?: Record<string, string>;
  /** What Cody is on GitHub: an account with a token, if nothing is given. */
  identity?: "app" | "token";
  /** What runs on GitHub after each push; nothing if left out. */
  ci?: Ci;
  /** Variables of the programs that differ from the usual ones; undefined takes one away. */
  settings?: Record<string, string | undefined>;
  /** What the programs' roles may do; what they may where they are deployed, if left out. */
  permissions?: Permissions;
  slackLimits?: WorkspaceOptions["limits"];
  /** Milliseconds that Batch lets a job wait, so that a person sees the queue. */
  queueDelayMs?: number;
  /** Every line that a program prints. */
  log?: (program: string, line: string) => void;
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** Whoever looks into a world's table names it in the environment; the next world must not take it for its own. */
const environmentAtStart = { ...process.env };

/** The functions' own limits on AWS. */
const timeoutMs = { slack: 30_000, effects: 60_000, board: 60_000, watchdog: 60_000 };
/** A minute on AWS; sooner here, so that what only the watchdog mends can be seen. */
const watchdogEveryMs = 10_000;

/**
 * Starts everything. Whatever it started ends with `close`, also where the start failed half-way. `close` throws where
 * a program tried what its role may not do: on AWS it would have failed, whatever it made of that here.
 */
export async function startWorld(options: WorldOptions) {
  const closers: (() => Promise<void>)[] = [];
  const started = async <T extends { close(): Promise<void> }>(starting: T | Promise<T>): Promise<T> => {
    const part = await starting;
    closers.push(() => part.close());
    return part;
  };
  const close = async () => {
    for (const end of closers.reverse()) await end();
  };
  const access = accessOf(options.permissions ?? allowed, options.identity ?? "token");
  try {
    const world = await start(options, access, started);
    const closeAndTell = async () => {
      await close();
      const refusals = access.refusals();
      if (refusals.length > 0) throw new Error(`AWS would refuse this:\n${refusals.join("\n")}`);
    };
    return { ...world, close: closeAndTell };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Why a world did not start, for a person who wants to try again. */
export function whyNotStarted(error: unknown, port: number): string {
  const isInUse = (error as { code?: unknown }).code === "EADDRINUSE";
  if (isInUse) return `Port ${port} is in use. Take another one: npm start -- --port ${port + 1}`;
  return `The local world did not start: ${error instanceof Error ? error.message : String(error)}`;
}

type Started = <T extends { close(): Promise<void> }>(starting: T | Promise<T>) => Promise<T>;

async function start(options: WorldOptions, access: Access, started: Started) {
  const secrets = newSecrets();
  const folder = await mkdtemp(path.join(tmpdir(), "cody-world-"));
  // The tools are other users and work further down.
  await chmod(folder, 0o711);
  await started({ close: () => rm(folder, { recursive: true, force: true }) });
  const log = options.log ?? (() => {});
  const logged: { program: string; line: string }[] = [];
  const keep = (program: string, line: string) => {
    logged.push({ program, line });
    log(program, line);
  };

  const dynamoDb = await started(startDynamoDB({ env: environmentAtStart }));
  await createTable(dynamoDb.endpoint, tableName);
  const gate = await started(startDynamoDBGate({ endpoint: dynamoDb.endpoint, access, table: knownTable }));
  // Its address is part of what the programs and GitHub are told, so it is there before all of them.
  let answer: (event: unknown) => Promise<unknown> = async () => ({ statusCode: 503 });
  const url = await started(startFunctionUrl({ invoke: (event) => answer(event) }));
  const cody = url.url.replace(/\/$/, "");
  const isApp = options.identity === "app";
  const oauth = {
    clientId: clientIds[isApp ? "app" : "token"],
    clientSecret: secrets.clientSecret,
    callbackUrls: [`${cody}/github/callback`],
  };
  const webhook = { url: `${cody}/github/webhook`, secret: secrets.webhookSecret };
  const github = await started(
    startGitHub({
      root: path.join(folder, "github"),
      accounts: accounts(secrets.githubToken),
      apps: isApp ? [{ ...githubApp, oauth }] : [],
      oauthApps: isApp ? [] : [{ ...oauth, name: "Cody" }],
      webhooks: [isApp ? { ...webhook, app: githubApp.slug } : webhook],
      ci: options.ci,
      repositories,
    }),
  );
  if (options.identity === "app") secrets.githubKey = github.privateKey(githubApp.slug);
  const claude = await started(startClaude({ keys: [secrets.claudeKey], script: options.script }));
  let requestUrl = "http://127.0.0.1:9";
  const slack = await started(
    startWorkspace({
      team,
      bot: { ...bot, token: secrets.slackToken, scopes: manifest.oauth_config.scopes.bot },
      manifest,
      // The app is installed as its manifest says: no scope, no event more.
      subscriptions: manifest.settings.event_subscriptions.bot_events,
      signingSecret: secrets.signingSecret,
      requestUrl: () => requestUrl,
      people,
      channels,
      port: options.port,
      assets: options.assets,
      limits: options.slackLimits,
    }),
  );
  const addresses: Partial<Addresses> = {
    dynamoDb: gate.endpoint,
    slackApi: slack.apiUrl,
    github: github.url,
    githubApi: github.apiUrl,
    claude: claude.url,
    cody,
  };
  const more = { ALLOWED_REPOS: allowedRepos, WORK_DIR: path.join(folder, "work"), ...options.settings };

  let onBatchEvent: (event: unknown) => Promise<unknown> = async () => {};
  const batch = await started(
    startBatch({
      queues: [{ name: queueName, schedulingPolicy: "fair-share" }],
      definitions: [
        {
          name: jobDefinitionName,
          image: runnerImage.name,
          command: [process.execPath, entries.runner],
          ...inContainer({ ...containerCredentials, ...environmentOf("runner", secrets, addresses, more) }),
          retryStrategy,
          timeoutSeconds: attemptTimeoutSeconds,
        },
      ],
      access,
      startDelayMs: options.queueDelayMs,
      onStateChange: async (event) => {
        // The rule in front of the watchdog lets only ends through.
        if (["SUCCEEDED", "FAILED"].includes(String(event.detail.status))) await onBatchEvent(event);
      },
      onLog: (_job, line) => keep("runner", line),
      cwd: folder,
    }),
  );
  addresses.batch = batch.endpoint;
  const ecr = await started(startEcr({ repositories: { [runnerImage.repository]: [storedImage()] } }));
  addresses.ecr = ecr.endpoint;

  const bundles = path.join(folder, "functions");
  await bundleFunctions(bundles);
  const functionEnvironment = (name: keyof typeof timeoutMs) => environmentOf(name, secrets, addresses, more);
  const functions = Object.keys(timeoutMs) as (keyof typeof timeoutMs)[];
  const parameters = await started(
    startParameterStore(parametersFrom(functions.map(functionEnvironment)), (accessKeyId, names) =>
      access.refusal(accessKeyId, askedOfParameters(names)),
    ),
  );

  const program = (name: keyof typeof timeoutMs, concurrency: number) =>
    started(
      startFunction({
        name,
        entry: path.join(bundles, `${name}.mjs`),
        env: inFunction(functionEnvironment(name), parameters.endpoint),
        credentials: credentialsOf(name),
        timeoutMs: timeoutMs[name],
        concurrency,
        log: keep,
      }),
    );
  const slackProgram = await program("slack", 4);
  const effects = await program("effects", 4);
  const board = await program("board", 4);
  const watchdog = await program("watchdog", 2);
  answer = (event) => slackProgram.invoke(event);
  requestUrl = `${cody}/slack/events`;
  // Loads the program, which a person on a busy machine would otherwise wait for beyond Slack's three seconds.
  await fetch(`${cody}/health`);
  await fetch(`${cody}/github/link?request=none`);
  onBatchEvent = (event) => watchdog.invoke(event);
  const stream = await started(
    startStream({
      endpoint: dynamoDb.endpoint,
      tableName,
      readers: [
        {
          name: "effects",
          patterns: streamFilters.effects,
          invoke: (event) => effects.invoke(event),
          parallelization: 4,
          reportBatchItemFailures: true,
        },
        {
          name: "board",
          patterns: streamFilters.board,
          invoke: (event) => board.invoke(event),
          parallelization: 4,
        },
      ],
      duplicateShare: 0.1,
    }),
  );
  await started(
    startSchedule({ name: "watchdog", everyMs: watchdogEveryMs, invoke: (event) => watchdog.invoke(event) }),
  );
  /** Sends Slack's deliveries to another program; returns how to undo it. */
  const redirect = (to: string) => {
    const before = requestUrl;
    requestUrl = to;
    return () => {
      requestUrl = before;
    };
  };
  // Who starts a job has to be somebody on GitHub, and becomes it as everybody does.
  for (const [user, login] of Object.entries(options.linked ?? { [ann]: "ann" }))
    await linkAccount({ slack, github }, user, login);
  /** What a program outside of this world is told to find its way in it. */
  const environment = wholeEnvironment(secrets, addresses, more);
  return {
    slack,
    github,
    claude,
    batch,
    stream,
    secrets,
    addresses,
    environment,
    requestUrl,
    redirect,
    logged,
    /** What AWS refused the programs so far. */
    refusals: access.refusals,
  };
}

/** Stands in for the runner's image, as if it had just been pushed. */
function storedImage(): EcrImage {
  const digest = `sha256:${createHash("sha256").update(runnerImage.name).digest("hex")}`;
  return { digest, tags: [runnerImage.tag], pushedAt: Date.now(), bytes: 250_000_000 };
}
