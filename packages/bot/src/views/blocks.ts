// The few Block Kit pieces that views are made of, and how foreign text becomes harmless.
import type {
  ActionsBlock,
  Button,
  ContextBlock,
  KnownBlock,
  MrkdwnElement,
  PlainTextElement,
  SectionBlock,
} from "@slack/types";

/** Slack's own bound of a section's text. */
const maxSectionChars = 3_000;

/** Text of people, repositories or models, so that it shows as it is: no mention, no link, no broadcast. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** At most `max` characters; what was cut shows as an ellipsis. */
export function clipped(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).trimEnd()}…`;
}

export function plain(text: string): PlainTextElement {
  return { type: "plain_text", text, emoji: true };
}

export function section(mrkdwn: string): SectionBlock {
  return { type: "section", text: verbatim(mrkdwn), expand: true };
}

export function context(mrkdwn: string): ContextBlock {
  return { type: "context", elements: [verbatim(mrkdwn)] };
}

/** Slack would otherwise make links of addresses and names that stand in somebody's text. */
function verbatim(mrkdwn: string): MrkdwnElement {
  return { type: "mrkdwn", text: clipped(mrkdwn, maxSectionChars), verbatim: true };
}

export function actions(blockId: string, buttons: Button[]): ActionsBlock[] {
  return buttons.length === 0 ? [] : [{ type: "actions", block_id: blockId, elements: buttons }];
}

/** Code or a diff, exactly as it is. */
export function preformatted(text: string): KnownBlock {
  return {
    type: "rich_text",
    elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text }] }],
  };
}
