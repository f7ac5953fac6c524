// The JSON shapes in which Slack speaks of people, channels, messages and files.
import type { Context } from "./context.ts";
import type { Channel, Person } from "./contract.ts";
import type { Json } from "./json.ts";
import { isMember } from "./refusal.ts";
import type { StoredFile, StoredMessage } from "./state.ts";

/** The verification token of old apps; still sent, never to be relied on. */
export const verificationToken = "not-a-secret";

export function teamDomain(context: Context): string {
  return context.team.name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** Team, app and user as every interaction carries them. */
export function interactionHead(context: Context, user: string): Json {
  const person = context.state.people.get(user);
  const name = person?.name ?? user;
  return {
    team: { id: context.team.id, domain: teamDomain(context) },
    user: { id: user, username: name, name, team_id: person?.otherTeam ?? context.team.id },
    api_app_id: context.bot.appId,
    token: verificationToken,
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** Slack tells an app the name of public channels only. */
export function channelName(channel: Channel): string {
  if (channel.kind === "direct") return "directmessage";
  return channel.kind === "private" ? "privategroup" : channel.name;
}

export function personObject(context: Context, person: Person): Json {
  const isCody = person.id === context.bot.userId;
  const common = {
    id: person.id,
    team_id: person.otherTeam ?? context.team.id,
    name: person.name,
    deleted: person.deactivated === true,
    is_bot: isCody || person.bot === true,
    is_app_user: false,
    profile: {
      real_name: person.realName,
      display_name: person.name,
      ...(isCody ? botProfile(context) : {}),
    },
  };
  if (person.deactivated) return common;
  return {
    ...common,
    real_name: person.realName,
    ...(person.otherTeam ? { is_stranger: true } : {}),
    is_admin: person.admin === true,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: isGuest(person),
    is_ultra_restricted: person.singleChannelGuest === true,
    tz: "Etc/UTC",
    tz_label: "Coordinated Universal Time",
    tz_offset: 0,
  };
}

function isGuest(person: Person): boolean {
  return person.guest === true || person.singleChannelGuest === true;
}

function botProfile(context: Context): Json {
  return { bot_id: context.bot.botId, api_app_id: context.bot.appId };
}

export function channelObject(context: Context, channel: Channel): Json {
  const common = {
    id: channel.id,
    created: 1_700_000_000,
    is_archived: channel.archived === true,
    is_org_shared: false,
    context_team_id: context.team.id,
  };
  if (channel.kind === "direct") {
    const user = channel.members.find((member) => member !== context.bot.userId);
    return { ...common, is_im: true, user, is_user_deleted: false, priority: 0 };
  }
  const isPrivate = channel.kind === "private";
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !isPrivate,
    is_group: isPrivate,
    is_im: false,
    is_mpim: false,
    is_private: isPrivate,
    is_general: false,
    is_shared: channel.shared === true,
    is_ext_shared: channel.shared === true,
    is_pending_ext_shared: false,
    is_member: isMember(context, channel),
    creator: channel.members[0],
    topic: { value: "", creator: "", last_set: 0 },
    purpose: { value: "", creator: "", last_set: 0 },
    previous_names: [],
  };
}

export function messageObject(
  context: Context,
  message: StoredMessage,
  options?: { metadata: boolean },
): Json {
  const { state, bot, team } = context;
  const replies = message.threadTs ? [] : state.replies(message.channel, message.ts);
  const threadTs = message.threadTs ?? (replies.length > 0 ? message.ts : undefined);
  const files = message.fileIds.flatMap((id) => state.files.get(id) ?? []);
  return {
    type: "message",
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: team.id,
    ...(message.byBot ? { bot_id: bot.botId, app_id: bot.appId } : {}),
    ...(message.tombstone ? { subtype: "tombstone", hidden: true } : {}),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(files.length > 0 ? { files: files.map((file) => fileObject(context, file)), upload: false } : {}),
    ...(message.editedAt ? { edited: { user: message.user, ts: message.editedAt } } : {}),
    ...(threadTs ? { thread_ts: threadTs } : {}),
    ...(message.threadTs ? { parent_user_id: parentUser(context, message) } : {}),
    ...(message.broadcast ? { subtype: "thread_broadcast" } : {}),
    ...(replies.length > 0 ? threadSummary(replies) : {}),
    ...(message.reactions.length > 0
      ? { reactions: message.reactions.map((one) => ({ ...one, count: one.users.length })) }
      : {}),
    ...(options?.metadata && message.metadata ? { metadata: message.metadata } : {}),
  };
}

function parentUser(context: Context, message: StoredMessage): string | undefined {
  return context.state.message(message.channel, message.threadTs ?? "")?.user;
}

function threadSummary(replies: StoredMessage[]): Json {
  const users = [...new Set(replies.map((reply) => reply.user))];
  return {
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users,
    latest_reply: replies.at(-1)?.ts,
    is_locked: false,
    subscribed: true,
  };
}

const textTypes = ["patch", "diff", "txt", "md", "json", "log", "csv", "ts", "js", "yaml", "yml"];

export function fileObject(context: Context, file: StoredFile): Json {
  const filetype = file.name.split(".").at(-1) ?? "";
  const shares = (kinds: Channel["kind"][]): Record<string, Json[]> => {
    const chosen = file.shares.filter((share) =>
      kinds.includes(context.state.channels.get(share.channel)?.kind ?? "public"),
    );
    return Object.fromEntries(
      [...new Set(chosen.map((share) => share.channel))].map((channel) => [
        channel,
        chosen
          .filter((share) => share.channel === channel)
          .map((share) => ({
            ts: share.ts,
            ...(share.threadTs ? { thread_ts: share.threadTs } : {}),
            channel_name: context.state.channels.get(channel)?.name,
            team_id: context.team.id,
            share_user_id: file.user,
          })),
      ]),
    );
  };
  const [open, closed, direct] = [shares(["public"]), shares(["private", "direct"]), shares(["direct"])];
  const path = `${context.url()}/files-pri/${context.team.id}-${file.id}`;
  const name = encodeURIComponent(file.name);
  return {
    id: file.id,
    created: Math.floor(file.createdAtMs / 1000),
    timestamp: Math.floor(file.createdAtMs / 1000),
    name: file.name,
    title: file.title,
    mimetype: textTypes.includes(filetype) ? "text/plain" : "application/octet-stream",
    filetype,
    pretty_type: filetype.toUpperCase(),
    user: file.user,
    size: file.bytes?.length ?? 0,
    mode: "hosted",
    is_external: false,
    is_public: Object.keys(open).length > 0,
    public_url_shared: false,
    file_access: "visible",
    url_private: `${path}/${name}`,
    url_private_download: `${path}/download/${name}`,
    permalink: `${context.url()}/files/${file.id}/${name}`,
    channels: Object.keys(open),
    groups: Object.keys(closed).filter((channel) => !(channel in direct)),
    ims: Object.keys(direct),
    shares: {
      ...(Object.keys(open).length > 0 ? { public: open } : {}),
      ...(Object.keys(closed).length > 0 ? { private: closed } : {}),
    },
  };
}
