// Reads Slack's text objects into rich text: its rules are narrower than Markdown's, and authors rely on them.
import type {
  RichTextBlock,
  RichTextBlockElement,
  RichTextElement,
  RichTextLink,
  RichTextText,
  TextObject,
} from "@slack/types";

type Style = NonNullable<RichTextText["style"]>;

const STYLES: Record<string, keyof Style> = { "*": "bold", _: "italic", "~": "strike" };
const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/** A text object as rich text: `plain_text` keeps every character and knows emoji only, `mrkdwn` is read. */
export function richTextOf(text: TextObject): RichTextBlock {
  const elements: RichTextBlockElement[] =
    text.type === "plain_text"
      ? [{ type: "rich_text_section", elements: withEmoji(text.text, {}) }]
      : readBlocks(text.text, text.verbatim === true);
  return { type: "rich_text", elements };
}

/** Slack's escapes taken back. */
export function unescapeSlack(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
}

function readBlocks(text: string, verbatim: boolean): RichTextBlockElement[] {
  const blocks: RichTextBlockElement[] = [];
  for (const [index, part] of text.split(/```\n?([\s\S]*?)\n?```\n?/).entries()) {
    if (index % 2 === 1) blocks.push({ type: "rich_text_preformatted", elements: readCode(part) });
    else if (part) blocks.push(...readLines(part, verbatim));
  }
  return blocks;
}

/** Runs of quoted and of ordinary lines. */
function readLines(text: string, verbatim: boolean): RichTextBlockElement[] {
  const runs: { quoted: boolean; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    const last = runs.at(-1);
    const content = quote?.[1] ?? line;
    if (last && last.quoted === Boolean(quote)) last.lines.push(content);
    else runs.push({ quoted: Boolean(quote), lines: [content] });
  }
  return runs
    .filter(({ lines }) => lines.some((line) => line !== ""))
    .map(({ quoted, lines }) => {
      const elements = readInline(lines.join("\n"), {}, verbatim);
      return quoted ? { type: "rich_text_quote", elements } : { type: "rich_text_section", elements };
    });
}

function readInline(text: string, style: Style, verbatim: boolean): RichTextElement[] {
  const found: RichTextElement[] = [];
  let plain = "";
  const flush = () => {
    if (plain)
      found.push(...(verbatim ? withEmoji(unescapeSlack(plain), style) : withAddresses(plain, style)));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const token = /^<([^<>\n]+)>/.exec(rest);
    const element = token?.[1] && readToken(token[1], style);
    const code = /^`([^`\n]+)`/.exec(rest);
    const styled = styledRun(text, at);
    if (token && element) {
      flush();
      found.push(element);
      at += token[0].length;
    } else if (code?.[1]) {
      flush();
      found.push(...readCode(code[1], { ...style, code: true }));
      at += code[0].length;
    } else if (styled) {
      flush();
      found.push(...readInline(styled.content, { ...style, [styled.name]: true }, verbatim));
      at = styled.end;
    } else {
      plain += text.charAt(at);
      at += 1;
    }
  }
  flush();
  return found;
}

/** `*bold*` and the like: whole words of one line, no space inside the marks. */
function styledRun(
  text: string,
  start: number,
): { name: keyof Style; content: string; end: number } | undefined {
  const mark = text.charAt(start);
  const name = STYLES[mark];
  if (!name || /[\p{L}\p{N}]/u.test(text.charAt(start - 1)) || !/\S/.test(text.charAt(start + 1)))
    return undefined;
  for (let end = start + 1; end < text.length && text.charAt(end) !== "\n"; end++) {
    if (text.charAt(end) !== mark) continue;
    if (end === start + 1) return undefined;
    if (/\s/.test(text.charAt(end - 1)) || /[\p{L}\p{N}]/u.test(text.charAt(end + 1))) continue;
    return { name, content: text.slice(start + 1, end), end: end + 1 };
  }
  return undefined;
}

/** The inside of `<…>`; undefined where Slack would show the brackets as they are. */
function readToken(token: string, style: Style): RichTextElement | undefined {
  const [target = "", label] = splitOnce(token, "|");
  if (/^@[UW]\w+$/.test(target)) return { type: "user", user_id: target.slice(1), style };
  if (/^#[CGD]\w+$/.test(target)) return { type: "channel", channel_id: target.slice(1), style };
  const broadcast = /^!(here|channel|everyone)$/.exec(target)?.[1] as
    | "here"
    | "channel"
    | "everyone"
    | undefined;
  if (broadcast) return { type: "broadcast", range: broadcast, style };
  if (target.startsWith("!subteam^")) return { type: "usergroup", usergroup_id: target.slice(9), style };
  const date = /^!date\^(-?\d+)\^([^^]+)(?:\^(.+))?$/.exec(target);
  if (date?.[1] && date[2]) {
    const fallback = unescapeSlack(label ?? "");
    return { type: "date", timestamp: Number(date[1]), format: date[2], url: date[3], fallback, style };
  }
  if (!/^(?:https?:\/\/|mailto:|tel:|slack:)/.test(target)) return undefined;
  return { type: "link", url: unescapeSlack(target), text: unescapeSlack(label ?? target), style };
}

function readCode(text: string, style: Style = {}): (RichTextText | RichTextLink)[] {
  return text.split(/(<[^<>\n]+>)/).flatMap((part): (RichTextText | RichTextLink)[] => {
    const token = /^<(.+)>$/.exec(part)?.[1];
    const element = token === undefined ? undefined : readToken(token, style);
    if (element?.type === "link") return [element];
    return part ? [{ type: "text", text: unescapeSlack(part), style }] : [];
  });
}

/** Addresses that stand in the text by themselves become links. */
function withAddresses(text: string, style: Style): RichTextElement[] {
  return text.split(/(https?:\/\/[^\s<>|]*[^\s<>|.,:;!?)'"*_~])/).flatMap((part, index) => {
    if (index % 2 === 0) return withEmoji(unescapeSlack(part), style);
    return [{ type: "link" as const, url: unescapeSlack(part), text: unescapeSlack(part), style }];
  });
}

function withEmoji(text: string, style: Style): RichTextElement[] {
  return text
    .split(/(?<![\p{L}\p{N}]):([a-z][a-z0-9_+-]*|[+-]1):/u)
    .flatMap((part, index): RichTextElement[] => {
      if (index % 2 === 1) return [{ type: "emoji", name: part }];
      return part ? [{ type: "text", text: part, style }] : [];
    });
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
