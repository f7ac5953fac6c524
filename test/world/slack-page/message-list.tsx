// A scrolling list of messages that stays at its end while one reads there.
import { type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import type { Message } from "../slack/contract.ts";
import { MessageView } from "./message.tsx";
import { repliesOf, rowsOf } from "./message-rows.ts";
import { ScrollBox } from "./scroll-box.tsx";
import { useWorkspace } from "./workspace.tsx";

interface MessageListProps {
  label: string;
  messages: Message[];
  /** Drawn above the first message. */
  intro?: ReactNode;
  /** Drawn after the first message of a thread. */
  afterFirst?: ReactNode;
  onOpenThread?(ts: string): void;
}

export function MessageList({ label, messages, intro, afterFirst, onOpenThread }: MessageListProps) {
  const { messages: all } = useWorkspace();
  const box = useStickToEnd();
  const rows = rowsOf(messages, new Date());
  return (
    <ScrollBox ref={box} className="message-list" label={label}>
      <div className="message-rows">
        {intro}
        {rows.map((row) => {
          if (row.kind === "day") {
            return afterFirst === undefined && <DayDivider key={row.key} name={row.name} />;
          }
          const { message } = row;
          const replies = onOpenThread ? repliesOf(all, message.channel, message.ts) : [];
          const repliers = [...new Set(replies.map(({ user }) => user))].slice(0, 4).join(" ");
          const isFirst = message === messages[0];
          return (
            <div key={row.key}>
              <MessageView
                message={message}
                // The line after a thread's first message parts it from the answers.
                compact={row.compact && !(afterFirst !== undefined && message === messages[1])}
                repliers={repliers}
                lastReply={replies.at(-1)?.ts}
                onOpenThread={onOpenThread}
              />
              {isFirst && afterFirst}
            </div>
          );
        })}
      </div>
    </ScrollBox>
  );
}

function DayDivider({ name }: { name: string }) {
  return (
    <div className="day">
      <span>{name}</span>
    </div>
  );
}

/** Scrolls to the end at first, and again whenever the content grows while its end is in sight. */
function useStickToEnd() {
  const box = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, []);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const onScroll = () => {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < 80;
    };
    const watch = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    element.addEventListener("scroll", onScroll);
    watch.observe(element);
    if (element.firstElementChild) watch.observe(element.firstElementChild);
    return () => {
      element.removeEventListener("scroll", onScroll);
      watch.disconnect();
    };
  }, []);
  return box;
}
