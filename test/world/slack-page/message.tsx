// One message: who, when, what, its files and the way into its thread.
import type { KnownBlock } from "@slack/types";
import { memo, useMemo, useState } from "react";
import type { FormValues, Message } from "../slack/contract.ts";
import { Avatar } from "./avatar.tsx";
import { Blocks } from "./blocks.tsx";
import { FileCard } from "./file-card.tsx";
import { Icon } from "./icon.tsx";
import { dateOfTs, timeOfDay } from "./slack-date.ts";
import { BlockSurface } from "./surface.tsx";
import { useDirectory } from "./workspace.tsx";

interface MessageProps {
  message: Message;
  /** Belongs to the message above: no picture, no name. */
  compact: boolean;
  /** Who answered in its thread, for the pictures of the reply bar; absent inside a thread. */
  repliers?: string;
  lastReply?: string;
  onOpenThread?(ts: string): void;
}

export const MessageView = memo(function MessageView(props: MessageProps) {
  const { message, compact, repliers = "", lastReply, onOpenThread } = props;
  const { bot, people } = useDirectory();
  const isApp = message.user === bot.id;
  const person = people.find(({ id }) => id === message.user);
  const name = isApp ? bot.name : person?.realName || person?.name || message.user;
  const time = timeOfDay(dateOfTs(message.ts));
  return (
    <article
      className={`message${compact ? " compact" : ""}${message.ephemeralTo ? " ephemeral" : ""}`}
      aria-label={`${name}, ${time}`}
      data-ts={message.ts}
    >
      <div className="gutter">
        {compact ? <Time ts={message.ts} isShort /> : <Avatar user={message.user} />}
      </div>
      <div className="message-body">
        {message.ephemeralTo && (
          <div className="only-you">
            <Icon name="eye" size={14} /> Only visible to you
          </div>
        )}
        {!compact && (
          <div className="message-head">
            <span className="author">{name}</span>
            {isApp && <span className="badge">APP</span>}
            {person?.guest && <span className="badge">GUEST</span>}
            <Time ts={message.ts} />
          </div>
        )}
        <Content message={message} />
        {message.files.length > 0 && (
          <div className="files">
            {message.files.map((file) => (
              <FileCard key={file.id} file={file} />
            ))}
          </div>
        )}
        {onOpenThread && message.replyCount > 0 && (
          <button type="button" className="reply-bar" onClick={() => onOpenThread(message.ts)}>
            {repliers
              .split(" ")
              .filter(Boolean)
              .map((user) => (
                <Avatar key={user} user={user} size={22} />
              ))}
            <b>{message.replyCount === 1 ? "1 reply" : `${message.replyCount} replies`}</b>
            {lastReply && <span>Last reply at {timeOfDay(dateOfTs(lastReply))}</span>}
          </button>
        )}
      </div>
      {onOpenThread && !message.ephemeralTo && (
        <div className="message-tools">
          <button
            type="button"
            aria-label="Reply in thread"
            title="Reply in thread"
            onClick={() => onOpenThread(message.ts)}
          >
            <Icon name="reply" size={18} />
          </button>
        </div>
      )}
    </article>
  );
});

function Content({ message }: { message: Message }) {
  const [entered, setEntered] = useState<FormValues>({});
  const { channel, ts, text, editedAt } = message;
  const source = useMemo(() => ({ message: { channel, ts } }), [channel, ts]);
  const blocks = useMemo<KnownBlock[]>(() => {
    if (message.blocks.length > 0) return message.blocks;
    return text ? [{ type: "section", text: { type: "mrkdwn", text } }] : [];
  }, [message.blocks, text]);
  return (
    <BlockSurface
      source={source}
      blocks={blocks}
      conversation={channel}
      entered={entered}
      onEnter={setEntered}
    >
      <Blocks blocks={blocks} />
      {editedAt && <span className="edited">(edited)</span>}
    </BlockSurface>
  );
}

function Time({ ts, isShort = false }: { ts: string; isShort?: boolean }) {
  const date = dateOfTs(ts);
  const time = timeOfDay(date);
  return (
    <time className="time" dateTime={date.toISOString()} title={date.toLocaleString()}>
      {isShort ? time.replace(/\s?[AP]M$/i, "") : time}
    </time>
  );
}
