// The program behind Cody's public address: routes before Bolt, so that nothing unsigned reaches it.

import { withSecrets } from "@cody/core/adapters/secrets.ts";
import { accessRule, type ConfigOf, linkSettings, readConfig, secretsIn } from "@cody/core/config.ts";
import { type Log, programLog } from "@cody/core/log.ts";
import { once } from "@cody/core/once.ts";
import type { Chat } from "@cody/core/ports/chat.ts";
import type { Store } from "@cody/core/ports/store.ts";
import { AwsLambdaReceiver, isValidSlackRequest } from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import { reach } from "./adapters/reach.ts";
import { slackLogger } from "./adapters/slack-logger.ts";
import { makeSlackChat } from "./adapters/slack-web.ts";
import { makeApp } from "./app.ts";
import { beginLink, callbackPath, linkPath } from "./stories/link-account.ts";
import { healthRoute, type Part, type Probe } from "./web/health.ts";
import { plainAnswer, type WebAnswer, type WebRequest } from "./web/http.ts";
import type { LinkPages } from "./web/link.ts";
import { makeRouter, type Route, type Routes } from "./web/router.ts";

type Program = (event: unknown) => Promise<WebAnswer>;

const started = once(async () => start(await withSecrets(process.env)));

/** The Lambda handler. Two arguments: Node 24 on Lambda refuses handlers with a callback. */
export async function handler(event: unknown, _context: unknown): Promise<WebAnswer> {
  const program = await started();
  return program(event);
}

/** Slack signs with its clock; five minutes either way is its own rule. */
const maxAgeSeconds = 300;

/** Slack waits three seconds for an answer; a call inside that must give up earlier. */
const callTimeoutMs = 2_500;

async function start(env: NodeJS.ProcessEnv): Promise<Program> {
  const config = readConfig("slack", env);
  const log = programLog("slack", config.LOG_LEVEL, secretsIn(config));
  // The route below has seen to the signature by then; Bolt would know one secret alone.
  const receiver = new AwsLambdaReceiver({ signingSecret: "", signatureVerification: false });
  const logger = slackLogger(log);
  const clientOptions = {
    slackApiUrl: config.SLACK_API_URL,
    retryConfig: { retries: 1 },
    rejectRateLimitedCalls: true,
    timeout: callTimeoutMs,
  };
  const chat = makeSlackChat(new WebClient(config.SLACK_BOT_TOKEN, { ...clientOptions, logger }));
  let opened: Promise<Store> | undefined;
  const store = () => (opened ??= open(config.CODY_TABLE));
  const link = linkSettings(config);
  // A function cannot be told its own address before it has one; whoever calls it names it.
  let address = config.PUBLIC_URL;
  const publicUrl = () => address ?? "";
  makeApp({
    receiver,
    botToken: config.SLACK_BOT_TOKEN,
    logger,
    clientOptions,
    chat,
    allowed: config.ALLOWED_REPOS,
    access: accessRule(config),
    linkUrl:
      link &&
      (async (team, user) =>
        beginLink({ people: (await store()).people, publicUrl: publicUrl(), now: Date.now }, { team, user })),
    store,
    now: Date.now,
    log,
  });
  const bolt = await receiver.start();
  const routes: Routes = {
    "GET /health": healthRoute({ probes: healthProbes(config, store), now: Date.now, log }),
    "POST /slack/events": async (request, event) => {
      const body = request.body.toString("utf8");
      if (!isSigned(request, body, config.SLACK_SIGNING_SECRET)) {
        log.warn("a request was not signed by Slack");
        return plainAnswer(401, "");
      }
      if (!isReadable(request, body)) return plainAnswer(400, "");
      // Bolt decodes base64 as ASCII, which breaks every letter beyond it; it gets text.
      return (await bolt({ ...(event as object), body, isBase64Encoded: false } as never, {})) as WebAnswer;
    },
    "POST /github/webhook": async (request) => {
      const { hearGitHub } = await import("./web/webhook.ts");
      return hearGitHub(request, { secrets: config.GITHUB_WEBHOOK_SECRET, store, now: Date.now, log });
    },
    ...linkRoutes(config, { chat, store, publicUrl, log }),
  };
  const route = makeRouter(routes, log);
  return (event) => {
    address ??= addressOf(event);
    return route(event);
  };
}

/** Of the function that was called, as AWS names it; no header of the request has a say in it. */
function addressOf(event: unknown): string | undefined {
  const { requestContext } = (event ?? {}) as { requestContext?: { domainName?: unknown } };
  const domain = requestContext?.domainName;
  return typeof domain === "string" ? `https://${domain}` : undefined;
}

/**
 * What Cody stands on. GitHub and Claude are asked without a key, which costs nothing and shows that they are there: this
 * program holds no key of theirs, and nobody should need one here.
 */
function healthProbes(config: ConfigOf<"slack">, store: () => Promise<Store>): Record<Part, Probe> {
  const { BATCH_QUEUE: queue, GITHUB_API_URL: github, ANTHROPIC_BASE_URL: claude } = config;
  const below = (url: string, path: string) => `${url.replace(/\/+$/, "")}${path}`;
  return {
    table: async () => void (await (await store()).spendLimit.read()),
    queue: async (signal) => (await import("./adapters/batch-standing.ts")).checkQueue(queue, signal),
    // The one address that does not count against any limit.
    github: (signal) => reach(below(github, "/rate_limit"), signal),
    claude: (signal) => reach(below(claude, "/v1/models?limit=1"), signal),
  };
}

/** Where people link their accounts. Pages and GitHub are loaded when somebody comes: `/cody` answers without them. */
function linkRoutes(
  config: ConfigOf<"slack">,
  {
    chat,
    store,
    publicUrl,
    log,
  }: { chat: Chat; store: () => Promise<Store>; publicUrl: () => string; log: Log },
): Routes {
  const link = linkSettings(config);
  const access = accessRule(config);
  const pages = async (): Promise<LinkPages | undefined> => {
    if (!link) return undefined;
    const [{ people, jobs, teams }, { makeLinking }, { showHome }] = await Promise.all([
      store(),
      import("@cody/core/adapters/github-linking.ts"),
      import("./stories/show-home.ts"),
    ]);
    const { clientId, clientSecret, keys } = link;
    return {
      people,
      linking: makeLinking({ clientId, clientSecret, webUrl: config.GITHUB_URL, log }),
      keys,
      publicUrl: publicUrl(),
      githubUrl: config.GITHUB_URL,
      host: (accessToken) => ({
        account: async () => {
          const { makePersonalCodeHost } = await import("@cody/core/adapters/github-person.ts");
          return makePersonalCodeHost(accessToken, { apiUrl: config.GITHUB_API_URL, log }).account();
        },
      }),
      chat,
      showHome: (person) => showHome(person, { store: { people, jobs, teams }, chat, access, canLink: true }),
      now: Date.now,
      log,
    };
  };
  const page = (answer: (request: WebRequest, context: LinkPages) => Promise<WebAnswer>): Route => {
    return async (request) => {
      const context = await pages();
      if (!context) return plainAnswer(404, "Linking accounts is not set up here.");
      return answer(request, context);
    };
  };
  return {
    [`GET ${linkPath}`]: page(async (...given) => (await import("./web/link.ts")).showLink(...given)),
    [`POST ${linkPath}`]: page(async (...given) => (await import("./web/link.ts")).acceptLink(...given)),
    [`GET ${callbackPath}`]: page(async (...given) =>
      (await import("./web/callback.ts")).finishLink(...given),
    ),
  };
}

/** Loaded when it is first needed: the AWS client is most of a cold start, and /cody answers without it. */
async function open(tableName: string): Promise<Store> {
  const [{ openStore }, { impatient }] = await Promise.all([
    import("@cody/core/adapters/table/store.ts"),
    import("@cody/core/adapters/table/table.ts"),
  ]);
  return openStore(tableName, impatient);
}

function isSigned({ headers: given }: WebRequest, body: string, secrets: readonly string[]): boolean {
  const signature = given["x-slack-signature"];
  const timestamp = Number(given["x-slack-request-timestamp"]);
  if (!signature || !(Math.abs(Date.now() / 1000 - timestamp) <= maxAgeSeconds)) return false;
  const headers = { "x-slack-signature": signature, "x-slack-request-timestamp": timestamp };
  return secrets.some((signingSecret) => isValidSlackRequest({ signingSecret, body, headers }));
}

/** Whether Bolt will be able to parse it: it throws otherwise, and Lambda would count an error of ours. */
function isReadable({ headers }: WebRequest, body: string): boolean {
  const type = headers["content-type"]?.split(";")[0]?.trim();
  if (type === "application/x-www-form-urlencoded") {
    const payload = new URLSearchParams(body).get("payload");
    return payload === null ? body.includes("=") : isJsonObject(payload);
  }
  return type === "application/json" && isJsonObject(body);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
