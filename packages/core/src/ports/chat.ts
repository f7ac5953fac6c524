// Slack, in Cody's words.

/** Somebody of the workspace, or a stranger in it. */
export interface Member {
  /** As people see it. */
  name: string;
  /** Workspaces that the person belongs to: one, or several of one organisation. */
  teams: readonly string[];
  /** From another company, met in a channel that both share. */
  isStranger: boolean;
  isGuest: boolean;
  isDeactivated: boolean;
  isBot: boolean;
  isAdmin: boolean;
}

/** A place in Slack, and whether Cody can work there. */
export type Room =
  | {
      found: true;
      kind: "public" | "private" | "direct";
      member: boolean;
      archived: boolean;
      shared: boolean;
    }
  | { found: false };

/** A message of Cody's, findable by its key. */
export interface ChatMessage {
  channel: string;
  threadTs?: string;
  /** What notifications and screen readers get: the whole state in plain words. */
  text: string;
  blocks: readonly object[];
  /** Shown instead where Slack does not know a block. */
  plainBlocks?: readonly object[];
}

/**
 * Slack. Throws `RateLimited` where Slack wants a pause, `MessageGone` where there is nothing left to edit, and
 * `AnswerLost` where nobody knows whether it was done.
 */
export interface Chat {
  /** Posts a message that carries its job and key; returns its ts. */
  post(message: ChatMessage, id: { job: string; key: string }): Promise<string>;
  /** The ts of the message with this job and key, looked for among the newest. */
  find(
    place: { channel: string; threadTs?: string },
    id: { job: string; key: string },
  ): Promise<string | undefined>;
  edit(message: ChatMessage & { ts: string }): Promise<void>;
  /** An address that opens the message. */
  linkTo(channel: string, ts: string): Promise<string>;
  /** Uploads bytes that nobody sees yet; returns the file's id. */
  upload(name: string, bytes: Buffer): Promise<string>;
  /** Shows an uploaded file in a thread. */
  share(
    file: { id: string; title: string; comment: string },
    place: { channel: string; threadTs: string },
  ): Promise<void>;
  /** Where a file was shared in this channel; undefined where it was not. */
  sharedIn(file: string, channel: string): Promise<string | undefined>;
  room(channel: string): Promise<Room>;
  join(channel: string): Promise<void>;
  /** The channel of direct messages with this person. */
  directChannel(user: string): Promise<string>;
  /** Answers privately where a button was pressed. False where the address is no longer good. */
  answer(responseUrl: string, text: string, blocks?: readonly object[]): Promise<boolean>;
  /** The team of Cody's token. */
  team(): Promise<string>;
  /** The name of that team, as people see it. */
  teamName(): Promise<string>;
  /** Undefined where Slack knows nobody of that id. */
  member(user: string): Promise<Member | undefined>;
  /** Shows a person's Home tab. */
  publishHome(user: string, view: object): Promise<void>;
  /** Says something to one person in a channel, that only they see. */
  whisper(
    place: { channel: string; threadTs?: string; user: string },
    text: string,
    blocks?: readonly object[],
  ): Promise<void>;
  /** A direct message. Returns its ts. */
  tell(user: string, text: string): Promise<string>;
}
