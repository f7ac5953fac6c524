// Which events follow from what happened, and to whom Slack would not tell them.
import type { Context } from "./context.ts";
import type { Channel } from "./contract.ts";
import type { Json } from "./json.ts";
import { messageObject, verificationToken } from "./payloads.ts";
import { isMember, scopeFor } from "./refusal.ts";
import type { StoredMessage } from "./state.ts";

const subscriptionFor: Record<Channel["kind"], string> = {
  public: "message.channels",
  private: "message.groups",
  direct: "message.im",
};
const channelType: Record<Channel["kind"], string> = { public: "channel", private: "group", direct: "im" };

/** A message was posted, by a person or by the app itself. */
export function announcePosted(context: Context, message: StoredMessage): void {
  const channel = channelOf(context, message);
  if (!channel || message.ephemeralTo) return;
  const object = messageObject(context, message);
  const subtype = message.fileIds.length > 0 ? { subtype: "file_share" } : {};
  sendMessageEvent(context, channel, { ...object, ...subtype, event_ts: message.ts });
  const mentionsApp = message.text.includes(`<@${context.bot.userId}`);
  if (!mentionsApp || message.byBot || channel.kind === "direct" || !isMember(context, channel)) return;
  send(context, "app_mention", "app_mentions:read", channel, {
    ...object,
    type: "app_mention",
    channel: channel.id,
    event_ts: message.ts,
  });
}

/** A message was edited; `previous` is what `messageObject` said before. */
export function announceChanged(context: Context, message: StoredMessage, previous: Json): void {
  const channel = channelOf(context, message);
  if (!channel || message.ephemeralTo) return;
  const ts = context.state.nextTs();
  sendMessageEvent(context, channel, {
    type: "message",
    subtype: "message_changed",
    hidden: true,
    ts,
    event_ts: ts,
    message: messageObject(context, message),
    previous_message: previous,
  });
}

export function announceDeleted(context: Context, message: StoredMessage, previous: Json): void {
  const channel = channelOf(context, message);
  if (!channel || message.ephemeralTo) return;
  const ts = context.state.nextTs();
  sendMessageEvent(context, channel, {
    type: "message",
    subtype: "message_deleted",
    hidden: true,
    ts,
    event_ts: ts,
    deleted_ts: message.ts,
    previous_message: previous,
  });
}

export function announceHomeOpened(context: Context, user: string): void {
  if (!context.homeTab) return;
  const home = context.state.homes.get(user)?.json;
  send(context, "app_home_opened", undefined, undefined, {
    type: "app_home_opened",
    user,
    channel: context.state.directChannel(user)?.id,
    tab: "home",
    event_ts: context.state.nextTs(),
    ...(home ? { view: home } : {}),
  });
}

/** Somebody joined or left a channel; of its own leaving the app learns nothing here. */
export function announceMembership(
  context: Context,
  type: "member_joined_channel" | "member_left_channel",
  channel: Channel,
  user: string,
): void {
  if (!isMember(context, channel)) return;
  const letter = channel.kind === "private" ? "G" : "C";
  send(context, type, scopeFor(channel.kind, "read"), channel, {
    type,
    user,
    channel: channel.id,
    channel_type: letter,
    team: context.team.id,
    event_ts: context.state.nextTs(),
  });
}

function channelOf(context: Context, message: StoredMessage): Channel | undefined {
  return context.state.channels.get(message.channel);
}

function sendMessageEvent(context: Context, channel: Channel, event: Json): void {
  if (!isMember(context, channel)) return;
  send(context, subscriptionFor[channel.kind], scopeFor(channel.kind, "history"), channel, {
    ...event,
    channel: channel.id,
    channel_type: channelType[channel.kind],
  });
}

function send(
  context: Context,
  subscription: string,
  scope: string | undefined,
  channel: Channel | undefined,
  event: Json,
): void {
  const { bot, team, subscriptions, state, deliverer } = context;
  if (!subscriptions.includes(subscription) || context.isRevoked) return;
  if (scope && bot.scopes && !bot.scopes.includes(scope)) return;
  deliverer.event({
    token: verificationToken,
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: bot.appId,
    event,
    type: "event_callback",
    event_id: state.id("Ev"),
    event_time: Math.floor(context.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: team.id,
        user_id: bot.userId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: channel?.shared === true,
    event_context: state.id("4-"),
  });
}
