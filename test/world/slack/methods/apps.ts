// apps.*: making and changing apps, for whoever holds a configuration token, and connections of an app; and bots.info.
import { randomBytes } from "node:crypto";
import type { Context } from "../context.ts";
import { isRecord, type Json, text } from "../json.ts";
import { type ManifestFault, manifestFaults } from "../manifest-rules.ts";
import { missingArgument, Refusal } from "../refusal.ts";

export function createFromManifest(context: Context, args: Json): Json {
  const manifest = checkedManifest(args);
  const id = context.state.id("A");
  context.apps.set(id, manifest);
  const secret = () => randomBytes(16).toString("hex");
  return {
    app_id: id,
    credentials: {
      client_id: `${Date.now()}.${context.apps.size}`,
      client_secret: secret(),
      verification_token: secret(),
      signing_secret: secret(),
    },
    oauth_authorize_url: `${context.url()}/oauth/v2/authorize?client_id=${id}`,
  };
}

export function updateManifest(context: Context, args: Json): Json {
  const id = knownApp(context, args);
  const manifest = checkedManifest(args);
  const before = JSON.stringify(scopesOf(context.apps.get(id)));
  context.apps.set(id, manifest);
  return { app_id: id, permissions_updated: JSON.stringify(scopesOf(manifest)) !== before };
}

export function exportManifest(context: Context, args: Json): Json {
  return { manifest: context.apps.get(knownApp(context, args)) };
}

/** Where the app connects to. Slack gives addresses only while the app is in Socket Mode. */
export function openConnection({ socket, url }: Context): Json {
  if (!socket) throw new Refusal("not_allowed_token_type");
  return { url: socket.newAddress(new URL(url()).host) };
}

/** Slack tells an app about its own bot, and about those of other apps that it meets; here there are none. */
export function botInfo({ bot, now }: Context, args: Json): Json {
  if (text(args.bot) !== bot.botId) throw new Refusal("bot_not_found");
  return {
    bot: {
      id: bot.botId,
      deleted: false,
      name: bot.name,
      updated: Math.floor(now() / 1000),
      app_id: bot.appId,
      user_id: bot.userId,
      icons: {},
    },
  };
}

function knownApp(context: Context, args: Json): string {
  const id = text(args.app_id);
  if (id === undefined) throw missingArgument("app_id");
  if (!context.apps.has(id)) throw new Refusal("invalid_app_id");
  return id;
}

/** The manifest comes as JSON in a string. Throws what Slack answers to one that it cannot use, with every place. */
function checkedManifest(args: Json): Json {
  const given = text(args.manifest);
  if (given === undefined) throw missingArgument("manifest");
  const faults: ManifestFault[] = [];
  const manifest = parsed(given);
  if (!isRecord(manifest)) faults.push({ message: "Manifest is not a JSON object", pointer: "/" });
  else faults.push(...manifestFaults(manifest));
  if (faults.length > 0 || !isRecord(manifest)) throw new Refusal("invalid_manifest", { errors: faults });
  return manifest;
}

function parsed(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

function scopesOf(manifest: Json | undefined): unknown {
  return (manifest?.oauth_config as Json | undefined)?.scopes;
}
