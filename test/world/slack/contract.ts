// What the workspace server and the page in the browser say to each other: JSON over POST, one event stream.
import type { KnownBlock, View } from "@slack/types";

export interface Person {
  id: string;
  name: string;
  realName: string;
  /** A guest may not do what full members may; Slack says so in `is_restricted`. */
  guest?: boolean;
  /** A guest in a single channel; Slack says so in `is_ultra_restricted` as well. */
  singleChannelGuest?: boolean;
  /** Slack says so in `deleted`, and leaves out most of the rest. */
  deactivated?: boolean;
  admin?: boolean;
  /** Of another app. */
  bot?: boolean;
  /** The workspace of another company, whose channel is shared; Slack calls such a person a stranger. */
  otherTeam?: string;
}

export interface Channel {
  id: string;
  name: string;
  kind: "public" | "private" | "direct";
  members: string[];
  archived?: boolean;
  /** Shared with another company through Slack Connect (`is_ext_shared`). */
  shared?: boolean;
}

export interface WorkspaceFile {
  id: string;
  name: string;
  title: string;
  size: number;
  /** Path on the workspace server that gives the bytes to the page. */
  path: string;
}

export interface Message {
  channel: string;
  /** Slack's id of a message in its channel, seconds with six decimals. */
  ts: string;
  threadTs?: string;
  user: string;
  text: string;
  blocks: KnownBlock[];
  files: WorkspaceFile[];
  editedAt?: string;
  /** Only this person sees it. */
  ephemeralTo?: string;
  replyCount: number;
}

/** Everything one person sees; the page asks for it after every event of the stream. */
export interface WorkspaceState {
  team: { id: string; name: string };
  me: string;
  bot: { id: string; name: string };
  people: Person[];
  channels: Channel[];
  messages: Message[];
  /** The topmost open form of this person. */
  modal: (View & { id: string }) | null;
  home: (View & { id: string }) | null;
}

/** Values of a form as Slack sends them: block_id → action_id → state of the element. */
export type FormValues = Record<string, Record<string, unknown>>;

/** POST /ui/<name>, body: the request below; every one names the person who acts. */
export interface PageRequests {
  state: { user: string };
  /** Text of the message box. A line that begins with `/` is a slash command (refused by Slack inside threads). */
  send: { user: string; channel: string; text: string; threadTs?: string };
  /** Type-ahead of an external select in the topmost form. */
  suggest: { user: string; blockId: string; actionId: string; value: string };
  /** A press on an element of a message or of a view. `action` is the element's own part of Slack's payload. */
  act: {
    user: string;
    message?: { channel: string; ts: string };
    viewId?: string;
    action: { type: string; action_id: string; block_id: string; [key: string]: unknown };
    values?: FormValues;
  };
  submit: { user: string; viewId: string; values: FormValues };
  close: { user: string; viewId: string };
  openHome: { user: string };
}

/** What the server answers to each of them. */
export interface PageAnswers {
  state: WorkspaceState;
  /** `error` is the sentence Slack would show beside the message box, for example when an app did not answer in time. */
  send: { error?: string };
  suggest: { options: { text: { type: "plain_text"; text: string }; value: string }[]; error?: string };
  act: { error?: string };
  /** `errors`: sentences to show at their fields, by block_id. */
  submit: { errors?: Record<string, string>; error?: string };
  close: { error?: string };
  openHome: { error?: string };
}

/** GET /ui/events?user=U… streams `data: {"changed":true}` whenever something that the person sees has changed. */
export interface PageEvent {
  changed: true;
}
