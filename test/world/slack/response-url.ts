// Response URLs: five answers within half an hour, in channels the app need not be in.
import { appMessage, contentOf, isEmpty } from "./content.ts";
import type { Context } from "./context.ts";
import { announceChanged, announcePosted } from "./events.ts";
import { type HttpAnswer, json } from "./http.ts";
import type { Json } from "./json.ts";
import { deleteMessage, threadOf } from "./methods/chat.ts";
import { messageObject } from "./payloads.ts";
import { Refusal } from "./refusal.ts";
import type { ResponseUrl, StoredMessage } from "./state.ts";

/** Longest text of an answer; beyond it Slack refuses. */
const answerMaxCharacters = 40_000;

/** Where an answer goes: the channel and person of the interaction, and the message it happened on. */
export type Place = Pick<ResponseUrl, "channel" | "user" | "original">;

/** The address of a new response URL. */
export function newResponseUrl(context: Context, place: Place): string {
  const { state, limits, now, team } = context;
  const id = state.id("r");
  state.responseUrls.set(id, {
    ...place,
    usesLeft: limits.responseUrlUses,
    expiresAtMs: now() + limits.responseUrlLifetimeMs,
  });
  return `${context.url()}/response/${team.id}/${id}`;
}

/** POST to a response URL. */
export function answerResponse(context: Context, id: string, body: Json): HttpAnswer {
  const place = context.state.responseUrls.get(id);
  if (!place) return json(404, { ok: false, error: "invalid_url" });
  if (context.now() > place.expiresAtMs) return json(404, { ok: false, error: "expired_url" });
  if (place.usesLeft <= 0) return json(404, { ok: false, error: "used_url" });
  place.usesLeft -= 1;
  try {
    respond(context, place, body);
    return json(200, { ok: true });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return json(400, { ok: false, error: error.code, ...error.more });
  }
}

/** What an answer to an interaction does; throws a Refusal if Slack would not show it. */
export function respond(context: Context, place: Place, body: Json): void {
  const original = place.original ? context.state.message(place.channel, place.original) : undefined;
  if (body.delete_original === true) {
    if (!original) throw new Refusal("message_not_found");
    if (original.ephemeralTo) context.state.removeMessage(original);
    else deleteMessage(context, original);
    return;
  }
  const content = contentOf(context, body, { maxTextCharacters: answerMaxCharacters, boundsBlocks: false });
  if (isEmpty(content)) throw new Refusal("no_text");
  if (body.replace_original === true && place.original) {
    if (!original || original.tombstone) throw new Refusal("message_not_found");
    replace(context, original, content.text, content.blocks ?? []);
    return;
  }
  const channel = context.state.channels.get(place.channel);
  const threadTs = channel && threadOf(context, channel, body.thread_ts);
  const message = appMessage(context, place.channel, content, {
    ...(body.response_type === "in_channel" ? {} : { ephemeralTo: place.user }),
    ...(threadTs ? { threadTs } : {}),
  });
  context.state.addMessage(message);
  context.record.posted(message);
  announcePosted(context, message);
}

function replace(
  context: Context,
  message: StoredMessage,
  text: string,
  blocks: StoredMessage["blocks"],
): void {
  const previous = messageObject(context, message);
  message.text = text;
  message.blocks = blocks;
  message.editedAt = context.state.nextTs();
  context.state.changed(message.ephemeralTo ? { user: message.ephemeralTo } : { channel: message.channel });
  context.record.edited(message);
  announceChanged(context, message, previous);
}
