// A Slack workspace on loopback: its people, its app, its server.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Administration, addChannel, addPerson, administrationOf } from "./administration.ts";
import type { Bot, Context } from "./context.ts";
import type { Channel, Person } from "./contract.ts";
import { Deliverer } from "./delivery.ts";
import { Faults } from "./faults.ts";
import type { Json } from "./json.ts";
import { type Limits, RateLimiter, slackLimits } from "./limits.ts";
import { Recorder } from "./record.ts";
import { type Assets, route } from "./router.ts";
import { SocketMode } from "./socket-mode.ts";
import { State } from "./state.ts";
import { Tasks } from "./tasks.ts";

export interface WorkspaceOptions {
  /** 0 or left out: any free port. */
  port?: number;
  team: { id: string; name: string };
  bot: Bot;
  signingSecret: string;
  /** The app's manifest as it was set up, and the token of whoever may set apps up. */
  manifest?: Json;
  configurationToken?: string;
  /** The app's own token (`xapp-`): then it is in Socket Mode, and Slack sends it no requests. */
  appToken?: string;
  /** Where requests of Slack to the app go; read at each delivery, so that the app may start later. */
  requestUrl: () => string;
  people: Person[];
  channels: Channel[];
  /** Slash commands of the app; `/cody` if left out. */
  commands?: string[];
  /** The manifest's `should_escape` of these commands. */
  escapesCommands?: boolean;
  /** Events the app subscribed to, by the manifest's names; mentions, home and messages if left out. */
  subscriptions?: string[];
  /** Whether the app has a Home tab, as the manifest's `home_tab_enabled` says; it has one if left out. */
  homeTab?: boolean;
  /** Slack's own limits; a test may make them tighter. Calls per minute are laid over Slack's, method by method. */
  limits?: Partial<Limits>;
  /** The page's files, served at every GET that is nothing else. */
  assets?: Assets;
  /** Milliseconds since 1970. */
  now?: () => number;
}

export interface Workspace extends Administration {
  /** http://127.0.0.1:port */
  url: string;
  /** For `slackApiUrl` of the real client. */
  apiUrl: string;
  close(): Promise<void>;
}

const normalSubscriptions = [
  "app_mention",
  "app_home_opened",
  "message.channels",
  "message.groups",
  "message.im",
];

/** Starts a workspace on 127.0.0.1. */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { context, limiter, url, listen } = assemble(options);
  for (const person of [...options.people, botPerson(options.bot)]) addPerson(context, person);
  for (const channel of options.channels) addChannel(context, channel);
  const server = createServer((request, response) => {
    context.tasks.run(route({ context, limiter, assets: options.assets }, request, response));
  });
  server.on("upgrade", (request, socket) => {
    if (context.socket) context.socket.upgrade(request, socket);
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  listen((server.address() as AddressInfo).port);
  return {
    url: url(),
    apiUrl: `${url()}/api/`,
    ...administrationOf(context),
    close: async () => {
      context.tasks.close();
      context.socket?.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function assemble(options: WorkspaceOptions) {
  const now = options.now ?? Date.now;
  const limits: Limits = {
    ...slackLimits,
    ...options.limits,
    callsPerMinute: { ...slackLimits.callsPerMinute, ...options.limits?.callsPerMinute },
  };
  let port = 0;
  const url = () => `http://127.0.0.1:${port}`;
  const state = new State(now);
  const record = new Recorder(state);
  const [faults, tasks] = [new Faults(), new Tasks()];
  const { requestUrl, signingSecret, team, bot } = options;
  const socket = options.appToken === undefined ? undefined : new SocketMode(now);
  const deliverer = new Deliverer({ requestUrl, signingSecret, limits, record, faults, tasks, now, socket });
  const context: Context = {
    team,
    bot: { ...bot },
    configurationToken: options.configurationToken,
    appToken: options.appToken,
    socket,
    apps: new Map([[bot.appId, options.manifest ?? {}]]),
    isRevoked: false,
    commands: options.commands ?? ["/cody"],
    escapesCommands: options.escapesCommands === true,
    subscriptions: options.subscriptions ?? normalSubscriptions,
    homeTab: options.homeTab !== false,
    limits,
    state,
    record,
    faults,
    tasks,
    deliverer,
    now,
    url,
  };
  const listen = (chosen: number) => {
    port = chosen;
  };
  return { context, limiter: new RateLimiter(limits, now), url, listen };
}

function botPerson(bot: Bot): Person {
  return { id: bot.userId, name: bot.name.toLowerCase(), realName: bot.name };
}
