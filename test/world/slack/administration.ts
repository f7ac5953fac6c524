// What a test can ask of a workspace and change in it, beside what people and the app do.
import type { Context } from "./context.ts";
import type { Channel, Person } from "./contract.ts";
import { announceMembership } from "./events.ts";
import type { Faults } from "./faults.ts";
import { deleteMessage } from "./methods/chat.ts";
import { type PersonActions, personActions } from "./person.ts";
import type { Recorder } from "./record.ts";

export interface Administration {
  as(user: string): PersonActions;
  record: Recorder;
  fault: Faults;
  /** Bytes of a completed file; throws if there is none. */
  fileBytes(id: string): Buffer;
  /** The direct channel of a person with the app. */
  direct(user: string): Channel;
  addPerson(person: Person): void;
  /** Makes somebody a guest or a full member, deactivates somebody, and the like. */
  changePerson(id: string, change: Partial<Person>): void;
  addChannel(channel: Channel): void;
  /** Adds a person or the bot to a channel. */
  join(channel: string, user: string): void;
  /** Removes a person or the bot from a channel. */
  kick(channel: string, user: string): void;
  archive(channel: string): void;
  /** Somebody with the right to do so deletes a message. */
  deleteMessage(channel: string, ts: string): void;
  /** Grants exactly these scopes from now on. */
  grant(scopes: string[]): void;
  /** The app was removed: its token answers `token_revoked`. */
  revoke(): void;
  /** Has an app in Socket Mode open its connection anew, as Slack does every few hours. */
  reconnect(): void;
  /** Resolves when no delivery, no upload and no answer is under way; later repetitions are not waited for. */
  settled(): Promise<void>;
}

/** A new person also gets a direct channel with the app. */
export function addPerson(context: Context, person: Person): void {
  const { state, bot } = context;
  state.people.set(person.id, { ...person });
  if (person.id !== bot.userId) {
    const members = [person.id, bot.userId];
    addChannel(context, { id: state.id("D"), name: bot.name, kind: "direct", members });
  }
  state.changed("everybody");
}

export function addChannel(context: Context, channel: Channel): void {
  context.state.channels.set(channel.id, { ...channel, members: [...channel.members] });
  context.state.changed("everybody");
}

export function administrationOf(context: Context): Administration {
  const { state } = context;
  const channelOf = (id: string): Channel => {
    const channel = state.channels.get(id);
    if (!channel) throw new Error(`There is no channel ${id}.`);
    return channel;
  };
  return {
    as: (user) => personActions(context, user),
    record: context.record,
    fault: context.faults,
    fileBytes: (id) => {
      const file = state.files.get(id);
      if (file?.state !== "complete" || !file.bytes) throw new Error(`There is no file ${id}.`);
      return file.bytes;
    },
    direct: (user) => channelOf(state.directChannel(user)?.id ?? `D of ${user}`),
    addPerson: (person) => addPerson(context, person),
    changePerson: (id, change) => {
      const person = state.people.get(id);
      if (!person) throw new Error(`There is no person ${id}.`);
      state.people.set(id, { ...person, ...change, id });
      state.changed("everybody");
    },
    addChannel: (channel) => addChannel(context, channel),
    join: (id, user) => {
      const channel = channelOf(id);
      if (channel.members.includes(user)) return;
      channel.members.push(user);
      state.changed("everybody");
      announceMembership(context, "member_joined_channel", channel, user);
    },
    kick: (id, user) => {
      const channel = channelOf(id);
      channel.members = channel.members.filter((member) => member !== user);
      state.changed("everybody");
      announceMembership(context, "member_left_channel", channel, user);
    },
    archive: (id) => {
      channelOf(id).archived = true;
      state.changed("everybody");
    },
    deleteMessage: (channel, ts) => {
      const message = state.message(channel, ts);
      if (!message) throw new Error(`There is no message ${ts} in ${channel}.`);
      deleteMessage(context, message);
    },
    grant: (scopes) => {
      context.bot.scopes = [...scopes];
    },
    reconnect: () => context.socket?.refresh(),
    revoke: () => {
      context.isRevoked = true;
    },
    settled: async () => await context.tasks.settled(),
  };
}
