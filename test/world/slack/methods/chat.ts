// chat.*: posting, editing and deleting messages.
import { appMessage, contentOf, isEmpty } from "../content.ts";
import type { Context } from "../context.ts";
import type { Channel } from "../contract.ts";
import { announceChanged, announceDeleted, announcePosted } from "../events.ts";
import { isTrue } from "../http.ts";
import { type Json, text } from "../json.ts";
import { messageObject } from "../payloads.ts";
import { isMember, missingArgument, Refusal, requireMember, visibleChannel } from "../refusal.ts";
import type { StoredMessage } from "../state.ts";

/** Longest text of chat.update; posted ones are cut instead. */
const editedTextMaxCharacters = 4000;

export function postMessage(context: Context, args: Json): Json {
  const channel = writableChannel(context, directOrChannel(context, args.channel));
  const content = contentOf(context, args, { boundsBlocks: true });
  if (isEmpty(content)) throw new Refusal("no_text");
  const threadTs = threadOf(context, channel, args.thread_ts);
  const broadcast = threadTs !== undefined && isTrue(args.reply_broadcast);
  const message = appMessage(context, channel.id, content, {
    ...(threadTs ? { threadTs } : {}),
    ...(broadcast ? { broadcast } : {}),
  });
  context.state.addMessage(message);
  context.record.posted(message);
  announcePosted(context, message);
  return {
    channel: channel.id,
    ts: message.ts,
    message: messageObject(context, message, { metadata: true }),
  };
}

export function update(context: Context, args: Json): Json {
  const message = ownMessage(context, args, args.ts, "cant_update_message");
  const content = contentOf(context, args, {
    maxTextCharacters: editedTextMaxCharacters,
    boundsBlocks: true,
  });
  if (isEmpty(content) && args.metadata === undefined) throw new Refusal("no_text");
  const previous = messageObject(context, message);
  message.text = content.text;
  if (content.blocks) message.blocks = content.blocks;
  if (content.metadata) message.metadata = content.metadata;
  if (content.metadata === null) delete message.metadata;
  message.editedAt = context.state.nextTs();
  context.state.changed({ channel: message.channel });
  context.record.edited(message);
  announceChanged(context, message, previous);
  return {
    channel: message.channel,
    ts: message.ts,
    text: message.text,
    message: messageObject(context, message, { metadata: true }),
  };
}

export function remove(context: Context, args: Json): Json {
  const message = ownMessage(context, args, args.ts, "cant_delete_message");
  deleteMessage(context, message);
  return { channel: message.channel, ts: message.ts };
}

/** Takes a message away; one that has replies leaves a tombstone, so that its thread goes on. */
export function deleteMessage(context: Context, message: StoredMessage): void {
  const previous = messageObject(context, message);
  if (context.state.replies(message.channel, message.ts).length === 0) context.state.removeMessage(message);
  else {
    Object.assign(message, { tombstone: true, text: "This message was deleted.", blocks: [], fileIds: [] });
    delete message.metadata;
    context.state.changed({ channel: message.channel });
  }
  announceDeleted(context, message, previous);
}

export function postEphemeral(context: Context, args: Json): Json {
  const channel = visibleChannel(context, args.channel);
  requireMember(context, channel);
  if (channel.archived) throw new Refusal("is_archived");
  const user = text(args.user);
  if (user === undefined) throw missingArgument("user");
  if (!channel.members.includes(user)) throw new Refusal("user_not_in_channel");
  const content = contentOf(context, args, { boundsBlocks: true });
  if (isEmpty(content)) throw new Refusal("no_text");
  const threadTs = threadOf(context, channel, args.thread_ts);
  const message = appMessage(context, channel.id, content, {
    ephemeralTo: user,
    ...(threadTs ? { threadTs } : {}),
  });
  context.state.addMessage(message);
  context.record.posted(message);
  return { message_ts: message.ts };
}

export function getPermalink(context: Context, args: Json): Json {
  const channel = visibleChannel(context, args.channel);
  const message = context.state.message(channel.id, String(args.message_ts ?? ""));
  if (!message || message.ephemeralTo) throw new Refusal("message_not_found");
  const link = `${context.url()}/archives/${channel.id}/p${message.ts.replace(".", "")}`;
  const thread = message.threadTs ? `?thread_ts=${message.threadTs}&cid=${channel.id}` : "";
  return { channel: channel.id, permalink: link + thread };
}

/** A person's id stands for the direct channel with that person. */
function directOrChannel(context: Context, asked: unknown): Channel {
  const direct = context.state.people.has(String(asked))
    ? context.state.directChannel(String(asked))
    : undefined;
  return direct ?? visibleChannel(context, asked);
}

/** Refuses channels the app may not write to. */
function writableChannel(context: Context, channel: Channel): Channel {
  const { scopes } = context.bot;
  const mayWriteAnywhere = channel.kind === "public" && (!scopes || scopes.includes("chat:write.public"));
  if (!isMember(context, channel) && !mayWriteAnywhere) throw new Refusal("not_in_channel");
  if (channel.archived) throw new Refusal("is_archived");
  return channel;
}

/** The thread to post in: its root must stand in this channel and be no reply itself. */
export function threadOf(context: Context, channel: Channel, threadTs: unknown): string | undefined {
  const asked = text(threadTs);
  if (asked === undefined) return undefined;
  const root = context.state.message(channel.id, asked);
  if (!root || root.ephemeralTo || root.threadTs) throw new Refusal("thread_not_found");
  return asked;
}

function ownMessage(context: Context, args: Json, ts: unknown, otherwise: string): StoredMessage {
  const channel = visibleChannel(context, args.channel);
  const message = context.state.message(channel.id, String(ts ?? ""));
  if (!message || message.ephemeralTo || message.tombstone) throw new Refusal("message_not_found");
  if (!message.byBot) throw new Refusal(otherwise);
  if (channel.archived) throw new Refusal("is_inactive");
  writableChannel(context, channel);
  return message;
}
