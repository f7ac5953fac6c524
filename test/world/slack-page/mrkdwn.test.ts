// Slack's mrkdwn, where it differs from Markdown and where authors rely on it.
import type { RichTextBlock } from "@slack/types";
import { expect, test } from "vitest";
import { richTextOf } from "./mrkdwn.ts";

const read = (text: string) => richTextOf({ type: "mrkdwn", text });
const inline = (block: RichTextBlock) => block.elements.flatMap((element): unknown[] => element.elements);
const styles = (text: string) =>
  inline(read(text)).map((element) => {
    const { text: words = "", style = {} } = element as { text?: string; style?: Record<string, boolean> };
    return [words, ...Object.keys(style)].join("/");
  });

test("styles whole words, and nested ones", () => {
  expect(styles("a *b* _c_ ~d~ `e`")).toEqual([
    "a ",
    "b/bold",
    " ",
    "c/italic",
    " ",
    "d/strike",
    " ",
    "e/code",
  ]);
  expect(styles("*b _bi_*")).toEqual(["b /bold", "bi/bold/italic"]);
});

test("leaves marks inside words, between spaces and over line ends alone", () => {
  for (const text of ["my_snake_case_name", "3 * 4 * 5", "*a\nb*", "* a*", "**"]) {
    expect(styles(text)).toEqual([text]);
  }
});

test("does not take Markdown for mrkdwn", () => {
  expect(styles("[name](there) # no heading")).toEqual(["[name](there) # no heading"]);
  expect(styles("**double**")).toEqual(["*", "double/bold", "*"]);
});

test("reads links, mentions and dates, with their escapes", () => {
  expect(inline(read("<https://x.example/?a=1&amp;b=2|A &lt;b&gt;>"))).toMatchObject([
    { type: "link", url: "https://x.example/?a=1&b=2", text: "A <b>" },
  ]);
  expect(inline(read("<@U1|ann> in <#C1> <!here> <!date^17^{time}^https://x.example|soon>"))).toMatchObject([
    { type: "user", user_id: "U1" },
    { text: " in " },
    { type: "channel", channel_id: "C1" },
    { text: " " },
    { type: "broadcast", range: "here" },
    { text: " " },
    { type: "date", timestamp: 17, format: "{time}", url: "https://x.example", fallback: "soon" },
  ]);
});

test("shows brackets that are nothing of Slack's, and never links a script", () => {
  expect(styles("a < b > c <nothing> <javascript:alert(1)|x>")).toEqual([
    "a < b > c <nothing> <javascript:alert(1)|x>",
  ]);
});

test("links bare addresses without the full stop after them, unless the text is verbatim", () => {
  expect(inline(read("see https://x.example/a."))).toMatchObject([
    { text: "see " },
    { type: "link", url: "https://x.example/a" },
    { text: "." },
  ]);
  const verbatim = richTextOf({ type: "mrkdwn", text: "see https://x.example/a.", verbatim: true });
  expect(inline(verbatim)).toMatchObject([{ text: "see https://x.example/a." }]);
});

test("parts code blocks and quotes from the text around them", () => {
  expect(read("before\n&gt; said\n> more\nafter\n```\n*x* &lt;y&gt;\n```").elements).toMatchObject([
    { type: "rich_text_section", elements: [{ text: "before" }] },
    { type: "rich_text_quote", elements: [{ text: "said\nmore" }] },
    { type: "rich_text_section", elements: [{ text: "after\n" }] },
    { type: "rich_text_preformatted", elements: [{ text: "*x* <y>" }] },
  ]);
});

test("keeps every character of plain text and knows emoji in it", () => {
  const block = richTextOf({ type: "plain_text", text: "*a* <@U1> &amp; :tada: 10:32:45" });
  expect(inline(block)).toMatchObject([
    { type: "text", text: "*a* <@U1> &amp; " },
    { type: "emoji", name: "tada" },
    { type: "text", text: " 10:32:45" },
  ]);
});
