// What every part of the workspace is handed: who the app is, the limits, the state, the records, the way to the app.
import type { Deliverer } from "./delivery.ts";
import type { Faults } from "./faults.ts";
import type { Json } from "./json.ts";
import type { Limits } from "./limits.ts";
import type { Recorder } from "./record.ts";
import type { SocketMode } from "./socket-mode.ts";
import type { State } from "./state.ts";
import type { Tasks } from "./tasks.ts";

export interface Bot {
  userId: string;
  botId: string;
  appId: string;
  name: string;
  token: string;
  /** Scopes of the token; without a list every scope is granted. */
  scopes?: string[];
}

export interface Context {
  team: { id: string; name: string };
  bot: Bot;
  /** Of somebody who may set apps up; undefined where nobody has made one. */
  configurationToken: string | undefined;
  /** Of the app, for connections of its own; undefined where it is reached by requests. */
  appToken: string | undefined;
  socket: SocketMode | undefined;
  /** The manifest of each app, by its id. */
  apps: Map<string, Json>;
  /** Set once the token was revoked. */
  isRevoked: boolean;
  /** Slash commands of the app, with the slash. */
  commands: readonly string[];
  /** The manifest's `should_escape`: names in commands come as ids. */
  escapesCommands: boolean;
  /** Events the app subscribed to, by the names the manifest uses. */
  subscriptions: readonly string[];
  /** Whether the app's Home tab is enabled. */
  homeTab: boolean;
  limits: Limits;
  state: State;
  record: Recorder;
  faults: Faults;
  tasks: Tasks;
  deliverer: Deliverer;
  now: () => number;
  /** Address of this workspace, without a slash at the end. */
  url: () => string;
}
