// views.*: opening, pushing, updating and publishing views.
import { withIds } from "../blocks.ts";
import type { Context } from "../context.ts";
import { stateOf } from "../form.ts";
import { type Json, text } from "../json.ts";
import { missingArgument, Refusal, refusalWith } from "../refusal.ts";
import type { StoredView, Trigger, ViewJson } from "../state.ts";
import { isViewTooLarge, problemsOfView } from "../view-rules.ts";

/** One view and two pushed onto it. */
const maxStack = 3;

export function open(context: Context, args: Json): Json {
  const asked = checkedView(context, args.view, "modal");
  const trigger = usedTrigger(context, args.trigger_id);
  const view = newView(context, trigger.user, asked);
  context.state.modals.set(trigger.user, [view]);
  context.state.changed({ user: trigger.user });
  return { view: view.json };
}

export function push(context: Context, args: Json): Json {
  const asked = checkedView(context, args.view, "modal");
  const trigger = usedTrigger(context, args.trigger_id);
  const stack = context.state.stack(trigger.user);
  if (!stack.some((view) => view.json.id === trigger.viewId)) throw new Refusal("not_found");
  return { view: pushView(context, trigger.user, asked).json };
}

/** Puts a checked view onto the person's open forms. */
export function pushView(context: Context, user: string, asked: Json): StoredView {
  const stack = context.state.stack(user);
  if (stack.length >= maxStack) throw new Refusal("push_limit_reached");
  const view = newView(context, user, asked, stack.at(-1));
  stack.push(view);
  context.state.changed({ user });
  return view;
}

export function update(context: Context, args: Json): Json {
  const externalId = text(args.external_id);
  const id = text(args.view_id);
  if (id === undefined && externalId === undefined) throw missingArgument("view_id");
  const view = context.state
    .views()
    .find((one) => (id ? one.json.id === id : one.json.external_id === externalId));
  if (!view) throw new Refusal("not_found");
  if (text(args.hash) && args.hash !== view.json.hash) throw new Refusal("hash_conflict");
  const asked = checkedView(context, args.view, view.json.type, view);
  replaceView(context, view, asked);
  return { view: view.json };
}

export function publish(context: Context, args: Json): Json {
  const user = text(args.user_id);
  if (user === undefined) throw missingArgument("user_id");
  if (!context.state.people.has(user)) throw new Refusal("user_not_found");
  if (!context.homeTab) throw new Refusal("not_enabled");
  const current = context.state.homes.get(user);
  if (text(args.hash) && current && args.hash !== current.json.hash) throw new Refusal("hash_conflict");
  const asked = checkedView(context, args.view, "home", current);
  if (current) replaceView(context, current, asked);
  else context.state.homes.set(user, newView(context, user, asked));
  context.state.changed({ user });
  return { view: context.state.homes.get(user)?.json };
}

/** The view if Slack would show it; throws what Slack answers otherwise. */
export function checkedView(
  context: Context,
  view: unknown,
  surface: "modal" | "home",
  replaced?: StoredView,
): Json {
  if (view === undefined) throw missingArgument("view");
  if (isViewTooLarge(view)) throw new Refusal("view_too_large");
  const problems = problemsOfView(view, surface, context.limits);
  if (problems.length > 0) throw refusalWith("invalid_arguments", problems);
  const externalId = text((view as Json).external_id);
  const holder = context.state.views().find((one) => one.json.external_id === externalId);
  if (externalId && holder && holder !== replaced) throw new Refusal("duplicate_external_id");
  return view as Json;
}

/** Gives an open view a new content; what was typed stays where block and action keep their ids. */
export function replaceView(context: Context, view: StoredView, asked: Json): void {
  const typed = view.json.state.values;
  const { id, root_view_id, previous_view_id } = view.json;
  view.json = viewJson(context, asked, { id, root_view_id, previous_view_id });
  view.json.state.values = stateOf(view.json.blocks, typed);
  context.state.changed({ user: view.user });
}

function newView(context: Context, user: string, asked: Json, below?: StoredView): StoredView {
  const id = context.state.id("V");
  const json = viewJson(context, asked, {
    id,
    root_view_id: below?.json.root_view_id ?? id,
    previous_view_id: below?.json.id ?? null,
  });
  return { user, json, offered: new Map() };
}

function viewJson(
  context: Context,
  asked: Json,
  place: Pick<ViewJson, "id" | "root_view_id" | "previous_view_id">,
): ViewJson {
  const blocks = withIds(asked.blocks as unknown[], () => context.state.id("b"));
  return {
    team_id: context.team.id,
    type: asked.type as ViewJson["type"],
    private_metadata: "",
    callback_id: "",
    title: null,
    close: null,
    submit: null,
    clear_on_close: false,
    notify_on_close: false,
    ...asked,
    ...place,
    blocks,
    external_id: text(asked.external_id) ?? "",
    state: { values: {} },
    hash: `${Math.floor(context.now() / 1000)}.${context.state.id("h")}`,
    app_id: context.bot.appId,
    app_installed_team_id: context.team.id,
    bot_id: context.bot.botId,
  };
}

/** A trigger works once and for three seconds. */
function usedTrigger(context: Context, id: unknown): Trigger {
  const asked = text(id);
  if (asked === undefined) throw missingArgument("trigger_id");
  const trigger = context.state.triggers.get(asked);
  if (!trigger) throw new Refusal("invalid_trigger_id");
  if (trigger.used) throw new Refusal("exchanged_trigger_id");
  if (context.now() > trigger.expiresAtMs) throw new Refusal("expired_trigger_id");
  trigger.used = true;
  return trigger;
}

/** The id of a new trigger for what this person just did. */
export function newTrigger(context: Context, user: string, viewId?: string): string {
  const { state, now, limits } = context;
  const id = `${Math.floor(now())}.${state.triggers.size + 1}.${state.id("t").toLowerCase()}`;
  state.triggers.set(id, {
    user,
    expiresAtMs: now() + limits.triggerLifetimeMs,
    used: false,
    ...(viewId ? { viewId } : {}),
  });
  return id;
}
