// One person at work in the workspace: the functions behind the page, callable without a page.
import type { Context } from "./context.ts";
import type { Channel, Message, PageAnswers, PageRequests, WorkspaceState } from "./contract.ts";
import { announceChanged, announceHomeOpened, announcePosted } from "./events.ts";
import { type ClientOptions, close, submit, suggest } from "./filling.ts";
import { newTrigger } from "./methods/views.ts";
import { channelName, messageObject, teamDomain, verificationToken } from "./payloads.ts";
import { act, shortcut } from "./press.ts";
import { Refusal } from "./refusal.ts";
import { newResponseUrl, respond } from "./response-url.ts";
import type { StoredMessage } from "./state.ts";
import { encodeText } from "./text-encoding.ts";

type Request<Name extends keyof PageRequests> = Omit<PageRequests[Name], "user">;

export interface PersonActions {
  /** Types into the message box and presses enter; a line that begins with `/` is a command. */
  send(channel: string, text: string, threadTs?: string): Promise<PageAnswers["send"]>;
  suggest(blockId: string, actionId: string, value: string): Promise<PageAnswers["suggest"]>;
  act(request: Request<"act">): Promise<PageAnswers["act"]>;
  /** `forged` leaves out the checks of Slack's own client. */
  submit(
    viewId: string,
    values: PageRequests["submit"]["values"],
    options?: ClientOptions,
  ): Promise<PageAnswers["submit"]>;
  close(viewId: string): Promise<PageAnswers["close"]>;
  openHome(): PageAnswers["openHome"];
  /** A global shortcut, or one on a message. */
  shortcut(callbackId: string, on?: { channel: string; ts: string }): Promise<{ error?: string }>;
  /** Edits an own message. */
  edit(channel: string, ts: string, text: string): void;
  state(): WorkspaceState;
}

/** Throws if there is no such person. */
export function personActions(context: Context, user: string): PersonActions {
  if (!context.state.people.has(user)) throw new Error(`There is no person ${user} in this workspace.`);
  return {
    send: async (channel, text, threadTs) => await send(context, user, { channel, text, threadTs }),
    suggest: async (blockId, actionId, value) => await suggest(context, user, { blockId, actionId, value }),
    act: async (request) => await act(context, user, request),
    submit: async (viewId, values, options) => await submit(context, user, { viewId, values }, options),
    close: async (viewId) => await close(context, user, viewId),
    openHome: () => {
      announceHomeOpened(context, user);
      return {};
    },
    shortcut: async (callbackId, on) => await shortcut(context, user, callbackId, on),
    edit: (channel, ts, text) => edit(context, user, channel, ts, text),
    state: () => seenBy(context, user),
  };
}

async function send(context: Context, user: string, request: Request<"send">): Promise<PageAnswers["send"]> {
  const channel = context.state.channels.get(request.channel);
  if (!channel || !context.state.sees(user, channel)) return { error: "There is no such channel." };
  if (request.text.startsWith("/")) return await command(context, user, channel, request);
  if (!channel.members.includes(user)) return { error: `You are not a member of #${channel.name}.` };
  if (channel.archived) return { error: `#${channel.name} is archived.` };
  const root = request.threadTs ? context.state.message(channel.id, request.threadTs) : undefined;
  if (request.threadTs && (!root || root.threadTs)) return { error: "This thread is no longer there." };
  const message: StoredMessage = {
    channel: channel.id,
    ts: context.state.nextTs(),
    user,
    byBot: false,
    text: encodeText(context, request.text, "id"),
    blocks: [],
    fileIds: [],
    reactions: [],
    asked: "",
    ...(request.threadTs ? { threadTs: request.threadTs } : {}),
  };
  context.state.addMessage(message);
  announcePosted(context, message);
  return {};
}

async function command(
  context: Context,
  user: string,
  channel: Channel,
  request: Request<"send">,
): Promise<PageAnswers["send"]> {
  const [, name = "", rest = ""] = /^(\/\S*)\s*([\s\S]*)$/.exec(request.text) ?? [];
  if (!context.commands.includes(name)) return { error: `${name} is not a valid command.` };
  if (request.threadTs) return { error: `${name} is not supported in threads. Sorry!` };
  const answer = await context.deliverer.command({
    token: verificationToken,
    team_id: context.team.id,
    team_domain: teamDomain(context),
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: user,
    user_name: context.state.people.get(user)?.name ?? user,
    command: name,
    text: encodeText(context, rest.trim(), context.escapesCommands ? "id-and-name" : "as-typed"),
    api_app_id: context.bot.appId,
    is_enterprise_install: "false",
    response_url: newResponseUrl(context, { channel: channel.id, user }),
    trigger_id: newTrigger(context, user),
  });
  if (!answer.isGood) return { error: `${name} failed with the error "${answer.failure}"` };
  if (answer.text.trim() === "") return {};
  try {
    respond(context, { channel: channel.id, user }, answer.json ?? { text: answer.text });
    return {};
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer.delivery.problem = `${error.code} ${JSON.stringify(error.more)}`;
    return { error: `${name} failed with the error "invalid_command_response"` };
  }
}

function edit(context: Context, user: string, channel: string, ts: string, text: string): void {
  const message = context.state.message(channel, ts);
  if (message?.user !== user) throw new Error(`${user} has no message ${ts} in ${channel}.`);
  const previous = messageObject(context, message);
  message.text = encodeText(context, text, "id");
  message.editedAt = context.state.nextTs();
  context.state.changed({ channel });
  announceChanged(context, message, previous);
}

/** Everything this person sees. */
function seenBy(context: Context, user: string): WorkspaceState {
  const { state, bot, team } = context;
  const channels = [...state.channels.values()].filter((channel) => state.sees(user, channel));
  const messages = channels
    .flatMap((channel) => state.messages(channel.id))
    .filter((message) => !message.ephemeralTo || message.ephemeralTo === user)
    .sort((a, b) => Number(a.ts) - Number(b.ts));
  const replies = Map.groupBy(
    messages.filter((message) => message.threadTs && !message.ephemeralTo),
    (message) => `${message.channel} ${message.threadTs}`,
  );
  return structuredClone({
    team,
    me: user,
    bot: { id: bot.userId, name: bot.name },
    people: [...state.people.values()].filter((person) => person.id !== bot.userId),
    channels,
    messages: messages.map((message) => ({
      ...seenMessage(context, message),
      replyCount: replies.get(`${message.channel} ${message.ts}`)?.length ?? 0,
    })),
    modal: (state.stack(user).at(-1)?.json ?? null) as unknown as WorkspaceState["modal"],
    home: (state.homes.get(user)?.json ?? null) as unknown as WorkspaceState["home"],
  });
}

function seenMessage(context: Context, message: StoredMessage): Omit<Message, "replyCount"> {
  const { channel, ts, threadTs, user, text, editedAt, ephemeralTo } = message;
  const files = message.fileIds.flatMap((id) => context.state.files.get(id) ?? []);
  return {
    channel,
    ts,
    threadTs,
    user,
    text,
    blocks: message.blocks as unknown as Message["blocks"],
    files: files.map(({ id, name, title, bytes }) => ({
      id,
      name,
      title,
      size: bytes?.length ?? 0,
      path: `/files/${id}/${encodeURIComponent(name)}`,
    })),
    editedAt,
    ephemeralTo,
  };
}
