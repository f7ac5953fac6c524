// Rules for the composition objects of Block Kit: texts, options, option groups, confirmations, rich text.
import { type Json, records } from "./json.ts";
import {
  also,
  anything,
  byType,
  characters,
  flag,
  list,
  matching,
  oneOf,
  optional,
  type Rule,
  shape,
  whole,
} from "./rules.ts";

/** Longest text and value of an option. Slack's pages name 75 and 150 for the value; the lower one holds here. */
const optionMaxCharacters = 75;

export function plainText(max: number): Rule {
  return byType({
    plain_text: shape({ type: anything, text: characters(1, max), emoji: optional(flag) }),
  });
}

export function mrkdwn(max: number): Rule {
  return byType({ mrkdwn: shape({ type: anything, text: characters(1, max), verbatim: optional(flag) }) });
}

export function anyText(max: number): Rule {
  return (value, pointer, report) => {
    const isMrkdwn = (value as Json | null)?.type === "mrkdwn";
    (isMrkdwn ? mrkdwn(max) : plainText(max))(value, pointer, report);
  };
}

function option(label: Rule, more: { url: boolean }): Rule {
  return shape({
    text: label,
    value: characters(1, optionMaxCharacters),
    description: optional(plainText(75)),
    ...(more.url ? { url: optional(characters(1, 3000)) } : {}),
  });
}

/** An option of a select menu. */
export const selectOption = option(plainText(optionMaxCharacters), { url: false });
/** An option of checkboxes and radio buttons, where mrkdwn is allowed. */
export const choiceOption = option(anyText(optionMaxCharacters), { url: false });
/** An option of an overflow menu, which may link somewhere. */
export const overflowOption = option(plainText(optionMaxCharacters), { url: true });

export const optionGroup = shape({
  label: plainText(75),
  options: list(selectOption, { min: 1, max: 100 }),
});

export const confirmation = shape({
  title: plainText(100),
  text: plainText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: optional(oneOf("primary", "danger")),
});

const style = optional(
  shape({
    bold: optional(flag),
    italic: optional(flag),
    strike: optional(flag),
    code: optional(flag),
    underline: optional(flag),
  }),
);

const inline: Record<string, Rule> = {
  text: shape({ type: anything, text: characters(1, 100_000), style }),
  link: shape({
    type: anything,
    url: characters(1, 3000),
    text: optional(characters(0, 100_000)),
    unsafe: optional(flag),
    style,
  }),
  emoji: shape({
    type: anything,
    name: characters(1, 255),
    unicode: optional(anything),
    url: optional(anything),
    style,
  }),
  user: shape({ type: anything, user_id: characters(1, 255), style }),
  channel: shape({ type: anything, channel_id: characters(1, 255), style }),
  usergroup: shape({ type: anything, usergroup_id: characters(1, 255), style }),
  team: shape({ type: anything, team_id: characters(1, 255), style }),
  broadcast: shape({ type: anything, range: oneOf("here", "channel", "everyone"), style }),
  color: shape({ type: anything, value: matching(/^#[0-9a-f]{6}$/i, "#rrggbb"), style }),
  date: shape({
    type: anything,
    timestamp: whole(0, 99_999_999_999),
    format: characters(1, 255),
    url: optional(characters(1, 3000)),
    fallback: optional(characters(1, 255)),
    style,
  }),
};

const border = optional(oneOf(0, 1));
const section = shape({ type: anything, elements: list(byType(inline), { max: 1000 }) });
const richTextElement = byType({
  rich_text_section: section,
  rich_text_list: shape({
    type: anything,
    style: oneOf("bullet", "ordered"),
    elements: list(byType({ rich_text_section: section }), { max: 1000 }),
    indent: optional(whole(0, 8)),
    offset: optional(whole(0, 100_000)),
    border,
  }),
  rich_text_quote: shape({ type: anything, elements: list(byType(inline), { max: 1000 }), border }),
  rich_text_preformatted: shape({
    type: anything,
    elements: list(byType({ text: inline.text ?? anything, link: inline.link ?? anything }), { max: 1000 }),
    border,
    language: optional(characters(1, 255)),
  }),
});

/** A rich_text block with at most `max` elements. */
export function richText(size: { min: number; max: number }): Rule {
  return byType({
    rich_text: shape({
      type: anything,
      block_id: optional(characters(1, 255)),
      elements: list(richTextElement, size),
    }),
  });
}

/** `options` or `option_groups`, exactly one of them, and an initial choice that is one of them. */
export function choices(element: Rule): Rule {
  return also(element, (value, pointer, report) => {
    const { options, option_groups, initial_option, initial_options } = value as Json;
    if ((options === undefined) === (option_groups === undefined)) {
      report("must define either `options` or `option_groups`", pointer);
      return;
    }
    const groups = records(option_groups).flatMap((group) => records(group.options));
    const known = new Set([...records(options), ...groups].map(serialized));
    for (const chosen of [...records(initial_options), ...records([initial_option])]) {
      if (!known.has(serialized(chosen))) report("initial options must match one of the options", pointer);
    }
  });
}

/** Equal options give equal text, whatever the order of their keys. */
function serialized(option: Json): string {
  const { text, value } = option as { text: Json; value: string };
  return JSON.stringify([text.type, text.text, value]);
}
