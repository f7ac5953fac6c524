// Draws rich text, Markdown and the other blocks that are only read, through slack-blocks-to-jsx.
import type { KnownBlock, RichTextBlock, TextObject } from "@slack/types";
import { memo, type ReactNode, useMemo } from "react";
import { type Block as LibraryBlock, Message, type MessageProps } from "slack-blocks-to-jsx";
import { diffLinesOf } from "./diff.ts";
import { DiffLines } from "./diff-lines.tsx";
import { richTextOf } from "./mrkdwn.ts";
import { formatSlackDate } from "./slack-date.ts";
import { useDirectory } from "./workspace.tsx";

/** A text object of a block, drawn as Slack reads it. */
export const Text = memo(function Text({ text }: { text: TextObject }) {
  const block = useMemo(() => richTextOf(text), [text]);
  return <RichText block={block} />;
});

/** A rich_text block. Code in the language `diff` gets its colours, as Slack gives it. */
export function RichText({ block }: { block: RichTextBlock }) {
  const parts: ReactNode[] = [];
  let plain: RichTextBlock["elements"] = [];
  const flush = () => {
    if (plain.length > 0)
      parts.push(<LibraryDrawn key={parts.length} block={{ type: "rich_text", elements: plain }} />);
    plain = [];
  };
  for (const element of block.elements) {
    const language = (element as { language?: string }).language;
    if (element.type === "rich_text_preformatted" && language === "diff") {
      flush();
      const text = element.elements.map((part) => part.text ?? "").join("");
      parts.push(<DiffLines key={parts.length} lines={diffLinesOf(text)} />);
    } else plain = [...plain, element];
  }
  flush();
  return <>{parts}</>;
}

/** A markdown block; fences of the language `diff` get their colours. */
export function MarkdownText({ text }: { text: string }) {
  return text.split(/^```diff\n([\s\S]*?)\n?^```[^\S\n]*\n?/m).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never change their order.
      <DiffLines key={index} lines={diffLinesOf(part)} />
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above.
      part.trim() && <LibraryDrawn key={index} block={{ type: "markdown", text: part }} />
    ),
  );
}

/** Any block the library draws well. Its own name and time stay out: the message has them. */
export const LibraryDrawn = memo(function LibraryDrawn({ block }: { block: KnownBlock }) {
  const { me, bot, people, channels } = useDirectory();
  const data = useMemo(
    () => ({
      users: [...people, bot].map(({ id, name }) => ({ id, name })),
      channels: channels.map(({ id, name }) => ({ id, name })),
      user_groups: [],
    }),
    [people, bot, channels],
  );
  const hooks = useMemo(() => hooksFor(me), [me]);
  // Both describe Slack's blocks; the library's types lag behind Slack's own in details it does not draw.
  const blocks = useMemo(() => [block as unknown as LibraryBlock], [block]);
  return <Message withoutWrapper theme="light" name="" logo="" blocks={blocks} data={data} hooks={hooks} />;
});

function hooksFor(me: string): NonNullable<MessageProps["hooks"]> {
  return {
    user: ({ id, name }) => <span className={id === me ? "mention of-me" : "mention"}>@{name || id}</span>,
    // Where there is no such emoji, Slack shows what was written.
    emoji(emoji, parse) {
      const drawn = parse(emoji);
      return drawn === emoji.name ? `:${emoji.name}:` : drawn;
    },
    channel: ({ id, name }) => <span className="mention">#{name || id}</span>,
    link: ({ href, children }) => <Link address={href}>{children}</Link>,
    date({ timestamp, format, link, fallback }) {
      const date = new Date(Number(timestamp) * 1000);
      if (Number.isNaN(date.getTime())) return fallback;
      const text = <time dateTime={date.toISOString()}>{formatSlackDate(format, date, new Date())}</time>;
      return link ? <Link address={link}>{text}</Link> : text;
    },
  };
}

/** An address somebody else wrote: opened beside the page, and only if it is one of the web or of mail. */
export function Link({ address, children }: { address: string; children: ReactNode }) {
  if (!/^(?:https?:\/\/|mailto:)/i.test(address)) return <span>{children}</span>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
