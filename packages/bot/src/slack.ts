// The program behind Cody's public address: routes before Bolt, so that nothing unsigned reaches it.

import { readConfig, secretsIn } from "@cody/core/config.ts";
import { programLog } from "@cody/core/log.ts";
import type { Store } from "@cody/core/ports.ts";
import { AwsLambdaReceiver, isValidSlackRequest } from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { slackLogger } from "./adapters/slack-logger.ts";
import { makeSlackChat } from "./adapters/slack-web.ts";
import { makeApp } from "./app.ts";

type Answer = APIGatewayProxyStructuredResultV2;
type Program = (event: APIGatewayProxyEventV2) => Promise<Answer>;

let program: Promise<Program> | undefined;

/** The Lambda handler. Two arguments: Node 24 on Lambda refuses handlers with a callback. */
export async function handler(event: APIGatewayProxyEventV2, _context: unknown): Promise<Answer> {
  program ??= start(process.env);
  return (await program)(event);
}

/** Slack signs with its clock; five minutes either way is its own rule. */
const maxAgeSeconds = 300;

/** Slack waits three seconds for an answer; a call inside that must give up earlier. */
const callTimeoutMs = 2_500;

async function start(env: NodeJS.ProcessEnv): Promise<Program> {
  const config = readConfig("slack", env);
  const log = programLog("slack", config.LOG_LEVEL, secretsIn(config));
  const receiver = new AwsLambdaReceiver({ signingSecret: config.SLACK_SIGNING_SECRET });
  const logger = slackLogger(log);
  const clientOptions = {
    slackApiUrl: config.SLACK_API_URL,
    retryConfig: { retries: 1 },
    rejectRateLimitedCalls: true,
    timeout: callTimeoutMs,
  };
  let opened: Promise<Store> | undefined;
  makeApp({
    receiver,
    botToken: config.SLACK_BOT_TOKEN,
    logger,
    clientOptions,
    chat: makeSlackChat(new WebClient(config.SLACK_BOT_TOKEN, { ...clientOptions, logger })),
    allowed: config.ALLOWED_REPOS,
    store: () => (opened ??= open(config.CODY_TABLE)),
    now: Date.now,
    log,
  });
  const bolt = await receiver.start();
  return async (event) => {
    const { method, path } = event.requestContext.http;
    if (path === "/health" && method === "GET") return { statusCode: 200, body: "ok" };
    if (path !== "/slack/events") return { statusCode: 404, body: "There is nothing at this address." };
    if (method !== "POST") return { statusCode: 405, body: "Slack sends POST requests to this address." };
    const body = textOf(event);
    if (!isSigned(event, body, config.SLACK_SIGNING_SECRET)) return { statusCode: 401, body: "" };
    if (!isReadable(event, body)) return { statusCode: 400, body: "" };
    // Bolt decodes base64 as ASCII, which breaks every letter beyond it; it gets text.
    const answer = await bolt({ ...event, body, isBase64Encoded: false }, {});
    return answer as Answer;
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

function textOf({ body, isBase64Encoded }: APIGatewayProxyEventV2): string {
  if (!body) return "";
  return isBase64Encoded ? Buffer.from(body, "base64").toString("utf8") : body;
}

function isSigned(event: APIGatewayProxyEventV2, body: string, signingSecret: string): boolean {
  const signature = event.headers["x-slack-signature"];
  const timestamp = Number(event.headers["x-slack-request-timestamp"]);
  if (!signature || !(Math.abs(Date.now() / 1000 - timestamp) <= maxAgeSeconds)) return false;
  const headers = { "x-slack-signature": signature, "x-slack-request-timestamp": timestamp };
  return isValidSlackRequest({ signingSecret, body, headers });
}

/** Whether Bolt will be able to parse it: it throws otherwise, and Lambda would count an error of ours. */
function isReadable(event: APIGatewayProxyEventV2, body: string): boolean {
  const type = event.headers["content-type"]?.split(";")[0]?.trim();
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
