// What is new since one looked: unread channels, and new messages said aloud to screen readers.
import { useEffect, useRef, useState } from "react";
import type { Message } from "../slack/contract.ts";
import { isRoot } from "./message-rows.ts";
import { unescapeSlack } from "./mrkdwn.ts";
import { useWorkspace } from "./workspace.tsx";

/** Channels with messages of others that came while another channel was open. */
export function useUnread(openChannel: string | undefined): Set<string> {
  const { messages, me } = useWorkspace();
  const [seen, setSeen] = useState(() => newestByChannel(messages.filter(isRoot)));
  const newest = newestByChannel(messages.filter((message) => isRoot(message) && message.user !== me));
  const newestHere = openChannel === undefined ? undefined : newest.get(openChannel);
  useEffect(() => {
    if (openChannel === undefined || newestHere === undefined) return;
    setSeen((before) => new Map(before).set(openChannel, newestHere));
  }, [openChannel, newestHere]);
  const unread = [...newest].filter(
    ([channel, ts]) => channel !== openChannel && ts > (seen.get(channel) ?? 0),
  );
  return new Set(unread.map(([channel]) => channel));
}

/** Says new messages of others in the open channel, for those who do not see them arrive. */
export function Announcer({ channel }: { channel: string | undefined }) {
  const { messages, me, bot, people } = useWorkspace();
  const heard = useRef<Map<string, number>>(null);
  const [news, setNews] = useState("");
  useEffect(() => {
    const before = heard.current;
    heard.current = newestByChannel(messages);
    if (!before || channel === undefined) return;
    const last = before.get(channel) ?? 0;
    const fresh = messages.filter(
      (message) => message.channel === channel && message.user !== me && Number(message.ts) > last,
    );
    const nameOf = (user: string) => [bot, ...people].find(({ id }) => id === user)?.name ?? user;
    const said = fresh.map((message) => `${nameOf(message.user)}: ${plainText(message)}`);
    if (said.length > 0) setNews(said.join(". "));
  }, [messages, channel, me, bot, people]);
  return (
    <div className="visually-hidden" aria-live="polite">
      {news}
    </div>
  );
}

function plainText({ text, files }: Message): string {
  const words = unescapeSlack(text.replace(/<[^<>|]*\|([^<>]*)>/g, "$1"));
  return words || files.map(({ name }) => `file ${name}`).join(", ");
}

function newestByChannel(messages: Message[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const { channel, ts } of messages) newest.set(channel, Math.max(newest.get(channel) ?? 0, Number(ts)));
  return newest;
}
