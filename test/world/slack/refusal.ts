// A refusal of the Web API, and what Slack checks before it lets an app near a channel.
import type { Context } from "./context.ts";
import type { Channel } from "./contract.ts";
import type { Json } from "./json.ts";

/** `{ok: false, error: code}` with whatever Slack adds to it. */
export class Refusal extends Error {
  readonly code: string;
  readonly more: Json;

  constructor(code: string, more: Json = {}) {
    super(code);
    this.code = code;
    this.more = more;
  }
}

/** A refusal that names what is wrong: `must provide a string [json-pointer:/view/title]`. */
export function refusalWith(code: string, problems: readonly string[]): Refusal {
  return new Refusal(code, {
    errors: problems,
    response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) },
  });
}

export function missingArgument(name: string): Refusal {
  return refusalWith("invalid_arguments", [`missing required field: ${name} [json-pointer:/${name}]`]);
}

export function requireScope(context: Context, scope: string): void {
  const { scopes } = context.bot;
  if (scopes && !scopes.includes(scope)) {
    throw new Refusal("missing_scope", { needed: scope, provided: scopes.join(",") });
  }
}

type ScopeFamily = "read" | "history";
const prefixes: Record<Channel["kind"], string> = { public: "channels", private: "groups", direct: "im" };

/** The scope that reading this kind of conversation needs: `channels:read`, `im:history`… */
export function scopeFor(kind: Channel["kind"], family: ScopeFamily): string {
  return `${prefixes[kind]}:${family}`;
}

export function isMember(context: Context, channel: Channel): boolean {
  return channel.members.includes(context.bot.userId);
}

/** The channel of this id, or of this name with or without `#`; Slack hides what the app is not in. */
export function visibleChannel(context: Context, asked: unknown): Channel {
  const name = String(asked ?? "").replace(/^#/, "");
  const named = [...context.state.channels.values()].filter((one) => one.kind !== "direct");
  const channel = context.state.channels.get(name) ?? named.find((one) => one.name === name);
  if (!channel || (channel.kind !== "public" && !isMember(context, channel))) {
    throw new Refusal("channel_not_found");
  }
  return channel;
}

export function requireMember(context: Context, channel: Channel): void {
  if (!isMember(context, channel)) throw new Refusal("not_in_channel");
}
