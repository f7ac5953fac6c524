// auth.test and users.*: who the app is and who the people are.
import type { Context } from "../context.ts";
import { type Json, text } from "../json.ts";
import { personObject } from "../payloads.ts";
import { Refusal } from "../refusal.ts";
import { page, pageSize } from "./paging.ts";

export function authTest(context: Context): Json {
  return {
    url: `${context.url()}/`,
    team: context.team.name,
    user: context.bot.name,
    team_id: context.team.id,
    user_id: context.bot.userId,
    bot_id: context.bot.botId,
    is_enterprise_install: false,
  };
}

export function info(context: Context, args: Json): Json {
  const person = context.state.people.get(text(args.user) ?? "");
  if (!person) throw new Refusal("user_not_found");
  return { user: personObject(context, person) };
}

export function list(context: Context, args: Json): Json {
  const { items, next } = page([...context.state.people.values()], args, pageSize(args, 1000));
  return {
    members: items.map((person) => personObject(context, person)),
    cache_ts: Math.floor(context.now() / 1000),
    response_metadata: { next_cursor: next },
  };
}
