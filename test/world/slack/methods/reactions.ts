// reactions.add: an emoji on a message.
import type { Context } from "../context.ts";
import { type Json, text } from "../json.ts";
import { Refusal, requireMember, visibleChannel } from "../refusal.ts";

export function add(context: Context, args: Json): Json {
  const name = text(args.name);
  if (name === undefined || !/^[a-z0-9_+'-]+$/.test(name)) throw new Refusal("invalid_name");
  const ts = text(args.timestamp);
  if (text(args.channel) === undefined || ts === undefined) throw new Refusal("no_item_specified");
  const channel = visibleChannel(context, args.channel);
  requireMember(context, channel);
  if (channel.archived) throw new Refusal("is_archived");
  const message = context.state.message(channel.id, ts);
  if (!message || message.ephemeralTo) throw new Refusal("message_not_found");
  const reaction = message.reactions.find((one) => one.name === name) ?? { name, users: [] };
  if (reaction.users.includes(context.bot.userId)) throw new Refusal("already_reacted");
  reaction.users.push(context.bot.userId);
  if (!message.reactions.includes(reaction)) message.reactions.push(reaction);
  context.state.changed({ channel: channel.id });
  return {};
}
