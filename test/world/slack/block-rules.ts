// Rules for the blocks of Block Kit, and which surface takes which of them.
import { accessory, actionElement, button, contextActionElement, image, inputElement } from "./elements.ts";
import { isRecord, type Json, records } from "./json.ts";
import {
  also,
  anything,
  byType,
  characters,
  type Fields,
  flag,
  list,
  oneOf,
  optional,
  type Rule,
  shape,
  whole,
} from "./rules.ts";
import { anyText, mrkdwn, plainText, richText } from "./text-rules.ts";

export type Surface = "message" | "modal" | "home";

/** Characters of all the markdown blocks of one message together. */
export const markdownMaxCharacters = 12_000;

const block: Fields = { type: anything, block_id: optional(characters(1, 255)) };

const taskFields: Fields = {
  block_id: optional(characters(1, 255)),
  task_id: characters(1, 255),
  title: characters(1, 3000),
  status: optional(oneOf("pending", "in_progress", "complete", "error")),
  details: optional(richText({ min: 1, max: 1 })),
  output: optional(richText({ min: 1, max: 1 })),
  sources: optional(
    list(byType({ url: shape({ type: anything, url: characters(1, 3000), text: characters(1, 3000) }) }), {
      max: 100,
    }),
  ),
};

const taskCard = shape({ ...taskFields, type: anything });

/** Inside a plan a task may leave its type out, as Slack's own example does. */
const taskOfPlan: Rule = (value, pointer, report) => {
  const typed = isRecord(value) && value.type === undefined ? { ...value, type: "task_card" } : value;
  byType({ task_card: taskCard })(typed, pointer, report);
};

const section = also(
  shape({
    ...block,
    text: optional(anyText(3000)),
    fields: optional(list(anyText(2000), { min: 1, max: 10 })),
    accessory: optional(accessory),
    expand: optional(flag),
  }),
  (value, pointer, report) => {
    const { text, fields } = value as Json;
    if (text === undefined && fields === undefined) report("must define either `text` or `fields`", pointer);
  },
);

const plan = also(
  shape({ ...block, title: characters(1, 3000), tasks: optional(list(taskOfPlan, { max: 50 })) }),
  (value, pointer, report) => {
    const seen = new Set<unknown>();
    for (const [index, task] of records((value as Json).tasks).entries()) {
      if (seen.has(task.task_id)) report("`task_id` must be unique", `${pointer}/tasks/${index}/task_id`);
      seen.add(task.task_id);
    }
  },
);

const cell = byType({
  raw_text: shape({ type: anything, text: characters(1, 10_000) }),
  raw_number: shape({ type: anything, text: characters(1, 10_000), value: anything }),
  rich_text: richText({ min: 1, max: 100 }),
});
const rows = list(list(cell, { min: 1, max: 20 }), { min: 1, max: 100 });

const card = shape({
  ...block,
  hero_image: optional(image),
  icon: optional(image),
  title: optional(mrkdwn(150)),
  subtitle: optional(mrkdwn(150)),
  body: optional(mrkdwn(200)),
  actions: optional(list(byType({ button }), { max: 25 })),
});

const imageBlock = also(
  shape({
    ...block,
    alt_text: characters(1, 2000),
    title: optional(plainText(2000)),
    image_url: optional(characters(1, 3000)),
    slack_file: optional(anything),
  }),
  (value, pointer, report) => {
    const { image_url, slack_file } = value as Json;
    if ((image_url === undefined) === (slack_file === undefined)) {
      report("must define either `image_url` or `slack_file`", pointer);
    }
  },
);

const rules: Record<string, Rule> = {
  actions: shape({ ...block, elements: list(actionElement, { min: 1, max: 25 }) }),
  alert: shape({
    ...block,
    text: anyText(200),
    level: optional(oneOf("default", "info", "warning", "error", "success")),
  }),
  card,
  carousel: shape({ ...block, elements: list(byType({ card }), { min: 1, max: 10 }) }),
  context: shape({
    ...block,
    elements: list(byType({ image, plain_text: anyText(3000), mrkdwn: anyText(3000) }), { min: 1, max: 10 }),
  }),
  context_actions: shape({ ...block, elements: list(contextActionElement, { min: 1, max: 5 }) }),
  data_table: shape({
    ...block,
    rows: list(list(cell, { min: 1, max: 20 }), { min: 1, max: 1000 }),
    caption: characters(1, 3000),
    page_size: optional(whole(1, 100)),
    row_header_column_index: optional(whole(0, 19)),
  }),
  divider: shape(block),
  header: shape({ ...block, text: plainText(150) }),
  image: imageBlock,
  input: shape({
    ...block,
    label: plainText(2000),
    hint: optional(plainText(2000)),
    optional: optional(flag),
    dispatch_action: optional(flag),
    element: inputElement,
  }),
  markdown: shape({ ...block, text: characters(1, markdownMaxCharacters) }),
  plan,
  rich_text: richText({ min: 1, max: 1000 }),
  section,
  table: shape({
    ...block,
    rows,
    column_settings: optional(
      list(shape({ align: optional(oneOf("left", "center", "right")), is_wrapped: optional(flag) }), {
        max: 20,
      }),
    ),
  }),
  task_card: taskCard,
  video: shape({
    ...block,
    video_url: characters(1, 3000),
    thumbnail_url: characters(1, 3000),
    alt_text: characters(1, 2000),
    title: plainText(200),
    title_url: optional(characters(1, 3000)),
    author_name: optional(characters(1, 50)),
    provider_name: optional(characters(1, 255)),
    provider_icon_url: optional(characters(1, 3000)),
    description: optional(plainText(200)),
  }),
};

const everywhere = [
  "actions",
  "card",
  "context",
  "divider",
  "header",
  "image",
  "input",
  "rich_text",
  "section",
  "video",
];

/** What container blocks may hold. */
const childTypes = [...everywhere.filter((type) => type !== "card"), "table"];

rules.container = shape({
  ...block,
  title: optional(plainText(150)),
  rich_text_title: optional(richText({ min: 1, max: 1 })),
  subtitle: optional(anyText(150)),
  child_blocks: list(byType(only(childTypes)), { min: 1, max: 10 }),
  width: optional(oneOf("narrow", "standard", "wide", "full")),
  icon: optional(image),
  is_collapsible: optional(flag),
  default_collapsed: optional(flag),
  has_header_divider: optional(flag),
});

const surfaces: Record<Surface, string[]> = {
  message: Object.keys(rules).filter((type) => type !== "alert"),
  modal: [...everywhere, "alert"],
  home: [...everywhere, "carousel"],
};

function only(types: readonly string[]): Record<string, Rule> {
  return Object.fromEntries(Object.entries(rules).filter(([type]) => types.includes(type)));
}

/** The rule for one block of a surface; `unsupported` names types that this workspace does not know. */
export function blockRule(surface: Surface, unsupported: readonly string[]): Rule {
  return byType(only(surfaces[surface].filter((type) => !unsupported.includes(type))));
}
