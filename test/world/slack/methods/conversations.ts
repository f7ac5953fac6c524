// conversations.*: channels, their members and what was said in them.
import type { Context } from "../context.ts";
import type { Channel } from "../contract.ts";
import { announceMembership } from "../events.ts";
import { isTrue } from "../http.ts";
import { type Json, text } from "../json.ts";
import { channelObject, messageObject } from "../payloads.ts";
import {
  isMember,
  missingArgument,
  Refusal,
  requireMember,
  requireScope,
  scopeFor,
  visibleChannel,
} from "../refusal.ts";
import type { StoredMessage } from "../state.ts";
import { page, pageSize } from "./paging.ts";

export function info(context: Context, args: Json): Json {
  const channel = visibleChannel(context, args.channel);
  requireScope(context, scopeFor(channel.kind, "read"));
  const count = isTrue(args.include_num_members) ? { num_members: channel.members.length } : {};
  return { channel: { ...channelObject(context, channel), ...count } };
}

const kinds: Record<string, Channel["kind"]> = {
  public_channel: "public",
  private_channel: "private",
  im: "direct",
};

export function list(context: Context, args: Json): Json {
  const types = (text(args.types) ?? "public_channel").split(",").map((type) => type.trim());
  const wanted = types.flatMap((type) => kinds[type] ?? []);
  for (const kind of wanted) requireScope(context, scopeFor(kind, "read"));
  const channels = [...context.state.channels.values()].filter(
    (channel) =>
      wanted.includes(channel.kind) &&
      (channel.kind === "public" || isMember(context, channel)) &&
      !(isTrue(args.exclude_archived) && channel.archived),
  );
  const { items, next } = page(channels, args, pageSize(args, 100));
  return {
    channels: items.map((channel) => channelObject(context, channel)),
    response_metadata: { next_cursor: next },
  };
}

export function join(context: Context, args: Json): Json {
  const channel = visibleChannel(context, args.channel);
  if (channel.kind !== "public") throw new Refusal("method_not_supported_for_channel_type");
  if (channel.archived) throw new Refusal("is_archived");
  if (isMember(context, channel)) {
    return {
      channel: channelObject(context, channel),
      warning: "already_in_channel",
      response_metadata: { warnings: ["already_in_channel"] },
    };
  }
  channel.members.push(context.bot.userId);
  context.state.changed({ channel: channel.id });
  announceMembership(context, "member_joined_channel", channel, context.bot.userId);
  return { channel: channelObject(context, channel) };
}

export function open(context: Context, args: Json): Json {
  const users = (text(args.users) ?? "").split(",").filter(Boolean);
  const asked = text(args.channel);
  if (users.length === 0 && asked === undefined) throw new Refusal("users_list_not_supplied");
  if (users.length > 1) throw new Refusal("method_not_supported_for_channel_type");
  const person = context.state.people.get(users[0] ?? "");
  if (users[0] !== undefined && !person) throw new Refusal("user_not_found");
  if (person?.deactivated) throw new Refusal("user_disabled");
  const channel = users[0] ? context.state.directChannel(users[0]) : visibleChannel(context, asked);
  if (!channel) throw new Refusal("channel_not_found");
  if (channel.kind !== "direct") throw new Refusal("method_not_supported_for_channel_type");
  const full = isTrue(args.return_im) ? channelObject(context, channel) : { id: channel.id };
  return { no_op: true, already_open: true, channel: full };
}

export function members(context: Context, args: Json): Json {
  const channel = visibleChannel(context, args.channel);
  requireScope(context, scopeFor(channel.kind, "read"));
  const { items, next } = page(channel.members, args, pageSize(args, 100));
  return { members: items, response_metadata: { next_cursor: next } };
}

export function history(context: Context, args: Json): Json {
  const channel = readableChannel(context, args);
  const shown = context.state
    .messages(channel.id)
    .filter((message) => !message.ephemeralTo && (!message.threadTs || message.broadcast))
    .filter((message) => isWithin(message, args))
    .reverse();
  const { items, next } = page(shown, args, pageSize(args, 100));
  return {
    messages: items.map((message) => objectOf(context, message, args)),
    has_more: next !== "",
    pin_count: 0,
    ...(next === "" ? {} : { response_metadata: { next_cursor: next } }),
  };
}

/** The thread, oldest first; every page begins with the message the thread hangs on. */
export function replies(context: Context, args: Json): Json {
  const channel = readableChannel(context, args);
  const ts = text(args.ts);
  if (ts === undefined) throw missingArgument("ts");
  const root = context.state.message(channel.id, ts);
  if (!root || root.ephemeralTo) throw new Refusal("thread_not_found");
  const all = root.threadTs ? [] : context.state.replies(channel.id, ts);
  const shown = all.filter((message) => isWithin(message, args));
  const { items, next } = page(shown, args, Math.max(1, pageSize(args, 1000) - 1));
  return {
    messages: [root, ...items].map((message) => objectOf(context, message, args)),
    has_more: next !== "",
    ...(next === "" ? {} : { response_metadata: { next_cursor: next } }),
  };
}

function readableChannel(context: Context, args: Json): Channel {
  const channel = visibleChannel(context, args.channel);
  requireScope(context, scopeFor(channel.kind, "history"));
  requireMember(context, channel);
  return channel;
}

function objectOf(context: Context, message: StoredMessage, args: Json): Json {
  return messageObject(context, message, { metadata: isTrue(args.include_all_metadata) });
}

function isWithin(message: StoredMessage, args: Json): boolean {
  const at = Number(message.ts);
  const inclusive = isTrue(args.inclusive);
  const oldest = bound(args.oldest, "invalid_ts_oldest") ?? 0;
  const latest = bound(args.latest, "invalid_ts_latest") ?? Number.POSITIVE_INFINITY;
  return (at > oldest && at < latest) || (inclusive && (at === oldest || at === latest));
}

function bound(value: unknown, code: string): number | undefined {
  if (value === undefined || value === "") return undefined;
  const seconds = Number(value);
  if (!Number.isFinite(seconds)) throw new Refusal(code);
  return seconds;
}
