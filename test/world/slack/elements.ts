// Rules for the elements of Block Kit, and which block may hold which of them.

import {
  also,
  anything,
  byType,
  characters,
  type Fields,
  flag,
  list,
  matching,
  oneOf,
  optional,
  type Rule,
  shape,
  whole,
} from "./rules.ts";
import {
  choiceOption,
  choices,
  confirmation,
  optionGroup,
  overflowOption,
  plainText,
  richText,
  selectOption,
} from "./text-rules.ts";

const actionId = optional(characters(1, 255));
const actionable: Fields = { type: anything, action_id: actionId };
const confirmable: Fields = { ...actionable, confirm: optional(confirmation) };
const field: Fields = { ...confirmable, focus_on_load: optional(flag) };
const menu: Fields = { ...field, placeholder: optional(plainText(150)) };
const multi: Fields = { ...menu, max_selected_items: optional(whole(1, 100)) };
const entry: Fields = {
  ...actionable,
  focus_on_load: optional(flag),
  placeholder: optional(plainText(150)),
  initial_value: optional(characters(0, 3000)),
  dispatch_action_config: optional(
    shape({
      trigger_actions_on: optional(
        list(oneOf("on_enter_pressed", "on_character_entered"), { min: 1, max: 2 }),
      ),
    }),
  ),
};
const staticOptions: Fields = {
  options: optional(list(selectOption, { min: 1, max: 100 })),
  option_groups: optional(list(optionGroup, { min: 1, max: 100 })),
};
const id = characters(1, 255);
const ids = list(id, { max: 100 });
const filter = optional(
  shape({
    include: optional(list(oneOf("im", "mpim", "private", "public"), { min: 1, max: 4 })),
    exclude_external_shared_channels: optional(flag),
    exclude_bot_users: optional(flag),
  }),
);
const colour = optional(oneOf("primary", "danger"));
const accessibilityLabel = optional(characters(1, 75));

/** An image, with its address or a file of Slack, never both. */
export const image: Rule = also(
  shape({
    type: anything,
    alt_text: characters(1, 2000),
    image_url: optional(characters(1, 3000)),
    slack_file: optional(shape({ id: optional(id), url: optional(characters(1, 3000)) })),
  }),
  (value, pointer, report) => {
    const { image_url, slack_file } = value as { image_url?: string; slack_file?: unknown };
    if ((image_url === undefined) === (slack_file === undefined)) {
      report("must define either `image_url` or `slack_file`", pointer);
    }
  },
);

export const button: Rule = shape({
  ...confirmable,
  text: plainText(75),
  value: optional(characters(0, 2000)),
  url: optional(characters(1, 3000)),
  style: colour,
  accessibility_label: accessibilityLabel,
});

const feedbackButton = shape({
  text: plainText(75),
  value: characters(1, 2000),
  accessibility_label: accessibilityLabel,
});

const choiceElements: Record<string, Rule> = {
  checkboxes: choices(
    shape({
      ...field,
      options: list(choiceOption, { min: 1, max: 10 }),
      initial_options: optional(list(choiceOption, { min: 1, max: 10 })),
    }),
  ),
  radio_buttons: choices(
    shape({
      ...field,
      options: list(choiceOption, { min: 1, max: 10 }),
      initial_option: optional(choiceOption),
    }),
  ),
};

const menus: Record<string, Rule> = {
  static_select: choices(shape({ ...menu, ...staticOptions, initial_option: optional(selectOption) })),
  external_select: shape({
    ...menu,
    initial_option: optional(selectOption),
    min_query_length: optional(whole(0, 1000)),
  }),
  users_select: shape({ ...menu, initial_user: optional(id) }),
  conversations_select: shape({
    ...menu,
    initial_conversation: optional(id),
    default_to_current_conversation: optional(flag),
    response_url_enabled: optional(flag),
    filter,
  }),
  channels_select: shape({ ...menu, initial_channel: optional(id), response_url_enabled: optional(flag) }),
  multi_static_select: choices(
    shape({
      ...multi,
      ...staticOptions,
      initial_options: optional(list(selectOption, { min: 1, max: 100 })),
    }),
  ),
  multi_external_select: shape({
    ...multi,
    initial_options: optional(list(selectOption, { min: 1, max: 100 })),
    min_query_length: optional(whole(0, 1000)),
  }),
  multi_users_select: shape({ ...multi, initial_users: optional(ids) }),
  multi_conversations_select: shape({
    ...multi,
    initial_conversations: optional(ids),
    default_to_current_conversation: optional(flag),
    filter,
  }),
  multi_channels_select: shape({ ...multi, initial_channels: optional(ids) }),
};

const pickers: Record<string, Rule> = {
  datepicker: shape({ ...menu, initial_date: optional(matching(/^\d{4}-\d{2}-\d{2}$/, "YYYY-MM-DD")) }),
  timepicker: shape({
    ...menu,
    initial_time: optional(matching(/^\d{2}:\d{2}$/, "HH:mm")),
    timezone: optional(id),
  }),
  datetimepicker: shape({ ...field, initial_date_time: optional(whole(1_000_000_000, 9_999_999_999)) }),
};

const richTextInput = shape({
  ...entry,
  initial_value: optional(richText({ min: 1, max: 1000 })),
  min_lines: optional(whole(1, 1000)),
  max_lines: optional(whole(1, 1000)),
});

const entries: Record<string, Rule> = {
  plain_text_input: shape({
    ...entry,
    multiline: optional(flag),
    min_length: optional(whole(0, 3000)),
    max_length: optional(whole(1, 3000)),
  }),
  email_text_input: shape(entry),
  url_text_input: shape(entry),
  number_input: shape({
    ...entry,
    is_decimal_allowed: flag,
    min_value: optional(characters(1, 100)),
    max_value: optional(characters(1, 100)),
  }),
  rich_text_input: richTextInput,
  file_input: shape({
    ...actionable,
    filetypes: optional(list(characters(1, 50), { min: 1, max: 100 })),
    max_files: optional(whole(1, 10)),
  }),
};

const overflow = shape({ ...confirmable, options: list(overflowOption, { min: 1, max: 5 }) });
const workflowButton = shape({
  ...confirmable,
  text: plainText(75),
  workflow: anything,
  style: colour,
  accessibility_label: accessibilityLabel,
});

const shared = {
  button,
  overflow,
  workflow_button: workflowButton,
  ...choiceElements,
  ...menus,
  datepicker: pickers.datepicker ?? anything,
  timepicker: pickers.timepicker ?? anything,
};

/** What stands beside the text of a section. */
export const accessory = byType({ ...shared, image });

/** What an actions block may hold. */
export const actionElement = byType({ ...shared, ...pickers, rich_text_input: richTextInput });

/** What an input block may hold. */
export const inputElement = byType({ ...choiceElements, ...menus, ...pickers, ...entries });

/** What a context_actions block may hold. */
export const contextActionElement = byType({
  feedback_buttons: shape({
    ...actionable,
    positive_button: feedbackButton,
    negative_button: feedbackButton,
  }),
  icon_button: shape({
    ...confirmable,
    icon: characters(1, 255),
    text: plainText(75),
    value: optional(characters(0, 2000)),
    accessibility_label: accessibilityLabel,
    visible_to_user_ids: optional(ids),
  }),
});
