// Shows the Markdown that pull requests are written in: headings, lists, code, emphasis and links, nothing more.
import { type Markup, markup } from "./markup.ts";

const INLINE =
  /`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)|\b(https?:\/\/[^\s<>()]+[^\s<>().,;:])/g;

/** Text that is none of these is shown as it was written. HTML in it is shown, not obeyed. */
export function markdown(text: string): Markup {
  const blocks: Markup[] = [];
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  for (let at = 0; at < lines.length; ) {
    const taken = block(lines.slice(at));
    blocks.push(taken.html);
    at += taken.lines;
  }
  return markup`<div class="text">${blocks}</div>`;
}

/** The first block of these lines, and how many lines it takes. */
function block(lines: string[]): { html: Markup; lines: number } {
  const [first = ""] = lines;
  if (first.trim() === "") return { html: markup``, lines: 1 };
  if (first.startsWith("```")) {
    const end = lines.indexOf("```", 1);
    const inside = lines.slice(1, end < 0 ? undefined : end);
    return { html: markup`<pre>${inside.join("\n")}</pre>`, lines: inside.length + 2 };
  }
  const heading = /^#{1,6} +(.*)$/.exec(first);
  if (heading !== null) return { html: markup`<h3>${inline(heading[1] ?? "")}</h3>`, lines: 1 };
  if (ITEM.test(first)) {
    const items = whileTrue(lines, (line) => ITEM.test(line));
    const rows = items.map((line) => markup`<li>${inline(line.replace(ITEM, ""))}</li>`);
    return { html: markup`<ul>${rows}</ul>`, lines: items.length };
  }
  const paragraph = whileTrue(
    lines,
    (line) => line.trim() !== "" && !/^(```|#{1,6} )/.test(line) && !ITEM.test(line),
  );
  return { html: markup`<p>${inline(paragraph.join("\n"))}</p>`, lines: paragraph.length };
}

const ITEM = /^\s*(?:[-*]|\d+\.) +/;

function whileTrue(lines: string[], isPart: (line: string) => boolean): string[] {
  const end = lines.findIndex((line) => !isPart(line));
  return end < 0 ? lines : lines.slice(0, end);
}

function inline(text: string): Markup[] {
  const pieces: Markup[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, label, target, address] = match;
    pieces.push(markup`${text.slice(end, match.index)}`);
    if (code !== undefined) pieces.push(markup`<code>${code}</code>`);
    else if (bold !== undefined) pieces.push(markup`<b>${bold}</b>`);
    else pieces.push(markup`<a href="${target ?? address ?? ""}">${label ?? whole}</a>`);
    end = match.index + whole.length;
  }
  return [...pieces, markup`${text.slice(end)}`];
}
