// A thread at the right of its channel: the message, the answers and a box of its own.
import { type KeyboardEvent, useEffect, useRef } from "react";
import { Composer } from "./composer.tsx";
import { Icon } from "./icon.tsx";
import { MessageList } from "./message-list.tsx";
import { repliesOf } from "./message-rows.ts";
import { useWorkspace } from "./workspace.tsx";

interface ThreadProps {
  channel: string;
  ts: string;
  /** The channel as people call it. */
  name: string;
  onClose(): void;
}

export function Thread({ channel, ts, name, onClose }: ThreadProps) {
  const { messages } = useWorkspace();
  const root = messages.find((message) => message.channel === channel && message.ts === ts);
  const replies = repliesOf(messages, channel, ts);
  const opener = useRef(document.activeElement);
  useEffect(() => {
    const before = opener.current;
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    onClose();
  };
  return (
    <aside className="pane thread" aria-label="Thread" onKeyDown={onKeyDown}>
      <header className="pane-head">
        <h2>
          Thread <small>{name}</small>
        </h2>
        <button type="button" className="button icon-only plain" aria-label="Close thread" onClick={onClose}>
          <Icon name="close" size={18} />
        </button>
      </header>
      <MessageList
        key={`${channel}/${ts}`}
        label="Messages in thread"
        messages={root ? [root, ...replies] : replies}
        afterFirst={<ReplyCount count={replies.length} />}
      />
      <Composer key={`${channel}/${ts}/box`} channel={channel} threadTs={ts} label="Reply…" autoFocus />
    </aside>
  );
}

function ReplyCount({ count }: { count: number }) {
  if (count === 0) return null;
  return <div className="reply-count">{count === 1 ? "1 reply" : `${count} replies`}</div>;
}
