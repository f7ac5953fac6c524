// Which part of the workspace answers a request, and the faults that befall it on the way.
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "./context.ts";
import { type HttpAnswer, json, plain, readBody, send } from "./http.ts";
import { isRecord } from "./json.ts";
import type { RateLimiter } from "./limits.ts";
import * as files from "./methods/files.ts";
import { answerPage, streamEvents } from "./page-api.ts";
import { answerResponse } from "./response-url.ts";
import { answerCall, limited } from "./web-api.ts";

export type Assets = (path: string) => { type: string; body: string | Buffer } | undefined;

export interface Server {
  context: Context;
  limiter: RateLimiter;
  assets?: Assets;
}

/** Answers one request; what breaks here is told to the caller with status 500. */
export async function route(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { pathname, searchParams } = new URL(request.url ?? "/", server.context.url());
    if (pathname === "/ui/events") {
      return streamEvents(server.context, searchParams.get("user") ?? "", request, response);
    }
    const answer = await answerTo(server, pathname, request);
    if (answer === "dropped") response.destroy();
    else send(response, answer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send(response, json(500, { ok: false, error: message }));
  }
}

async function answerTo(
  { context, limiter, assets }: Server,
  pathname: string,
  request: IncomingMessage,
): Promise<HttpAnswer | "dropped"> {
  const [, area = "", first = "", second = ""] = pathname.split("/");
  switch (area) {
    case "api":
      return await withFaults(context, first, request, () => answerCall(context, limiter, first, request));
    case "upload":
      return await withFaults(context, "upload", request, () =>
        files.receiveUpload(context, second, request),
      );
    case "response":
      return await withFaults(context, "response_url", request, () => responseUrl(context, second, request));
    case "files":
      return files.download(context, first);
    case "files-pri":
      return privateFile(context, first.split("-").at(-1) ?? "", request);
    case "signin":
      return plain(200, "<!doctype html><title>Sign in</title>", "text/html");
    case "ui":
      return await answerPage(context, first, request);
    default: {
      const asset = assets?.(pathname);
      if (!asset) return plain(404, "not found");
      return { status: 200, headers: { "content-type": asset.type }, body: asset.body };
    }
  }
}

async function responseUrl(context: Context, id: string, request: IncomingMessage): Promise<HttpAnswer> {
  const body: unknown = JSON.parse((await readBody(request)).toString("utf8"));
  if (!isRecord(body)) return json(400, { ok: false, error: "invalid_payload" });
  return answerResponse(context, id, body);
}

/** `url_private`: bytes for the right token with files:read; anybody else is sent to a page of HTML, as by Slack. */
function privateFile(context: Context, id: string, request: IncomingMessage): HttpAnswer {
  const { bot, isRevoked } = context;
  const mayRead = !bot.scopes || bot.scopes.includes("files:read");
  const isApp = request.headers.authorization === `Bearer ${bot.token}`;
  if (isApp && mayRead && !isRevoked) return files.download(context, id);
  return { status: 302, headers: { location: `${context.url()}/signin` }, body: "" };
}

async function withFaults(
  context: Context,
  name: string,
  request: IncomingMessage,
  work: () => Promise<HttpAnswer>,
): Promise<HttpAnswer | "dropped"> {
  const fault = context.faults.take(name);
  const spoiled = (error: string, answer: HttpAnswer): HttpAnswer => {
    request.resume();
    context.record.calls.push({ method: name, at: context.now(), ok: false, error, args: {} });
    return answer;
  };
  switch (fault?.kind) {
    case "status":
      return spoiled(`http_${fault.status}`, plain(fault.status, "upstream request failed"));
    case "limited":
      return spoiled("ratelimited", limited(fault.retryAfterSeconds));
    case "error":
      return spoiled(fault.error, json(200, { ok: false, error: fault.error }));
    case "slow":
      await sleep(fault.ms, undefined, { signal: context.tasks.closing });
      return await work();
    case "dropped":
      await work();
      return "dropped";
    case undefined:
      return await work();
  }
}
