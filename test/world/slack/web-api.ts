// The Web API: which methods there are, and what Slack checks before any of them does its work.
import type { IncomingMessage } from "node:http";
import type { Context } from "./context.ts";
import { type HttpAnswer, json, readCall } from "./http.ts";
import { type Json, text } from "./json.ts";
import type { RateLimiter } from "./limits.ts";
import * as apps from "./methods/apps.ts";
import * as chat from "./methods/chat.ts";
import * as conversations from "./methods/conversations.ts";
import * as files from "./methods/files.ts";
import * as reactions from "./methods/reactions.ts";
import * as users from "./methods/users.ts";
import * as views from "./methods/views.ts";
import { Refusal, requireScope } from "./refusal.ts";

interface Method {
  /** The scope without which Slack refuses; where it depends on the channel, the method asks for it itself. */
  scope?: string;
  /** Whose token it takes: the bot's, where nothing is said, the app's own, or that of somebody who may set apps up. */
  token?: "bot" | "configuration" | "app";
  run: (context: Context, args: Json) => Json;
}

const methods = new Map<string, Method>(
  Object.entries({
    "auth.test": { run: users.authTest },
    "apps.connections.open": { token: "app", run: apps.openConnection },
    "apps.manifest.create": { token: "configuration", run: apps.createFromManifest },
    "apps.manifest.update": { token: "configuration", run: apps.updateManifest },
    "apps.manifest.export": { token: "configuration", run: apps.exportManifest },
    "bots.info": { scope: "users:read", run: apps.botInfo },
    "chat.postMessage": { scope: "chat:write", run: chat.postMessage },
    "chat.update": { scope: "chat:write", run: chat.update },
    "chat.delete": { scope: "chat:write", run: chat.remove },
    "chat.postEphemeral": { scope: "chat:write", run: chat.postEphemeral },
    "chat.getPermalink": { run: chat.getPermalink },
    "conversations.info": { run: conversations.info },
    "conversations.list": { run: conversations.list },
    "conversations.join": { scope: "channels:join", run: conversations.join },
    "conversations.open": { scope: "im:write", run: conversations.open },
    "conversations.history": { run: conversations.history },
    "conversations.replies": { run: conversations.replies },
    "conversations.members": { run: conversations.members },
    "users.info": { scope: "users:read", run: users.info },
    "users.list": { scope: "users:read", run: users.list },
    "files.getUploadURLExternal": { scope: "files:write", run: files.getUploadURLExternal },
    "files.completeUploadExternal": { scope: "files:write", run: files.completeUploadExternal },
    "files.info": { scope: "files:read", run: files.info },
    "views.open": { run: views.open },
    "views.push": { run: views.push },
    "views.update": { run: views.update },
    "views.publish": { run: views.publish },
    "reactions.add": { scope: "reactions:write", run: reactions.add },
  }),
);

/** Answers one call and notes it in the records. */
export async function answerCall(
  context: Context,
  limiter: RateLimiter,
  name: string,
  request: IncomingMessage,
): Promise<HttpAnswer> {
  const call = {
    method: name,
    at: context.now(),
    ok: false,
    error: undefined as string | undefined,
    args: {},
  };
  context.record.calls.push(call);
  try {
    const { args, token } = await readCall(request);
    call.args = args;
    const method = methods.get(name);
    if (!method) throw new Refusal("unknown_method", { req_method: name });
    authorize(context, token, method.token);
    const wait = limiter.secondsToWait(name, text(args.channel));
    if (wait > 0) {
      call.error = "ratelimited";
      return limited(wait);
    }
    if (method.scope) requireScope(context, method.scope);
    const result = method.run(context, args);
    call.ok = true;
    return json(200, { ok: true, ...result }, scopeHeaders(context, method));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.error = error.code;
    return json(200, { ok: false, error: error.code, ...error.more });
  }
}

/** HTTP 429 as Slack answers it. */
export function limited(retryAfterSeconds: number): HttpAnswer {
  return json(429, { ok: false, error: "ratelimited" }, { "retry-after": String(retryAfterSeconds) });
}

/** Throws what Slack answers to a missing, wrong or revoked token. */
function authorize(context: Context, token: string | undefined, wanted: Method["token"] = "bot"): void {
  if (!token) throw new Refusal("not_authed");
  const { bot, appToken, configurationToken } = context;
  const kinds = { [bot.token]: "bot", [appToken ?? ""]: "app", [configurationToken ?? ""]: "configuration" };
  const kind = kinds[token];
  if (kind === undefined) throw new Refusal("invalid_auth");
  if (kind !== wanted) throw new Refusal("not_allowed_token_type");
  if (context.isRevoked && kind === "bot") throw new Refusal("token_revoked");
}

function scopeHeaders(context: Context, method: Method): Record<string, string> {
  const { scopes } = context.bot;
  return {
    ...(scopes ? { "x-oauth-scopes": scopes.join(",") } : {}),
    ...(method.scope ? { "x-accepted-oauth-scopes": method.scope } : {}),
  };
}
