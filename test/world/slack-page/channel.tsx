// A channel: its header, its messages and its message box.
import type { ReactNode } from "react";
import type { Channel } from "../slack/contract.ts";
import { Composer } from "./composer.tsx";
import { Icon } from "./icon.tsx";
import { MessageList } from "./message-list.tsx";
import { rootsOf } from "./message-rows.ts";
import { useWorkspace } from "./workspace.tsx";

interface ChannelViewProps {
  channel: Channel;
  /** The channel as people call it: #eng, or a person's name. */
  name: string;
  /** Before the name in the header; on a phone, the button that opens the sidebar. */
  lead: ReactNode;
  onOpenThread(ts: string): void;
}

export function ChannelView({ channel, name, lead, onOpenThread }: ChannelViewProps) {
  return (
    <main className="pane">
      <header className="pane-head">
        {lead}
        <h1>
          <ChannelIcon channel={channel} />
          {channel.name || name}
        </h1>
        {channel.shared && <span className="badge">Shared with another company</span>}
        {channel.kind !== "direct" && (
          <span className="members" title={`${channel.members.length} members`}>
            <Icon name="people" size={18} /> {channel.members.length}
            <span className="visually-hidden">members</span>
          </span>
        )}
      </header>
      <Conversation channel={channel} name={name} autoFocus onOpenThread={onOpenThread} />
    </main>
  );
}

interface ConversationProps extends Omit<ChannelViewProps, "lead"> {
  /** Begin in the message box. */
  autoFocus?: boolean;
}

/** The messages of a channel and the box beneath; also the Messages tab of the app. */
export function Conversation({ channel, name, autoFocus, onOpenThread }: ConversationProps) {
  const { messages } = useWorkspace();
  return (
    <>
      <MessageList
        key={channel.id}
        label={`Messages in ${name}`}
        messages={rootsOf(messages, channel.id)}
        onOpenThread={onOpenThread}
        intro={
          <div className="intro">
            <h2>{name}</h2>
            <p>
              {channel.kind === "direct"
                ? `This conversation is between you and ${name}.`
                : `This is the very beginning of ${name}.`}
            </p>
          </div>
        }
      />
      {channel.archived ? (
        <p className="closed">{name} is archived: nobody can write here.</p>
      ) : (
        <Composer key={channel.id} channel={channel.id} label={`Message ${name}`} autoFocus={autoFocus} />
      )}
    </>
  );
}

export function ChannelIcon({ channel }: { channel: Channel }) {
  if (channel.kind === "direct") return null;
  return <Icon name={channel.kind === "private" ? "lock" : "hash"} size={18} />;
}
