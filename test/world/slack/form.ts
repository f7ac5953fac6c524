// The state of a form's elements, and what Slack's own client refuses to submit.
import { type Block, interactiveElements } from "./blocks.ts";
import type { FormValues } from "./contract.ts";
import { isRecord, type Json, records, text } from "./json.ts";

/** Which property of an element's state holds the choice, and which of the element the first one. */
const properties: Record<string, { state: string; initial: string; empty: unknown }> = {
  plain_text_input: { state: "value", initial: "initial_value", empty: null },
  email_text_input: { state: "value", initial: "initial_value", empty: null },
  url_text_input: { state: "value", initial: "initial_value", empty: null },
  number_input: { state: "value", initial: "initial_value", empty: null },
  rich_text_input: { state: "rich_text_value", initial: "initial_value", empty: null },
  static_select: { state: "selected_option", initial: "initial_option", empty: null },
  external_select: { state: "selected_option", initial: "initial_option", empty: null },
  radio_buttons: { state: "selected_option", initial: "initial_option", empty: null },
  multi_static_select: { state: "selected_options", initial: "initial_options", empty: [] },
  multi_external_select: { state: "selected_options", initial: "initial_options", empty: [] },
  checkboxes: { state: "selected_options", initial: "initial_options", empty: [] },
  users_select: { state: "selected_user", initial: "initial_user", empty: null },
  multi_users_select: { state: "selected_users", initial: "initial_users", empty: [] },
  conversations_select: { state: "selected_conversation", initial: "initial_conversation", empty: null },
  multi_conversations_select: {
    state: "selected_conversations",
    initial: "initial_conversations",
    empty: [],
  },
  channels_select: { state: "selected_channel", initial: "initial_channel", empty: null },
  multi_channels_select: { state: "selected_channels", initial: "initial_channels", empty: [] },
  datepicker: { state: "selected_date", initial: "initial_date", empty: null },
  timepicker: { state: "selected_time", initial: "initial_time", empty: null },
  datetimepicker: { state: "selected_date_time", initial: "initial_date_time", empty: null },
  file_input: { state: "files", initial: "initial_files", empty: [] },
};

/** The value in an element's state, whatever its property is called; undefined for buttons. */
export function chosen(element: Json, state: unknown): unknown {
  const property = properties[String(element.type)]?.state;
  return property && isRecord(state) ? state[property] : undefined;
}

/** The part of an action or state that says what was chosen; undefined for buttons. */
export function choiceOf(element: Json, state: Json): Json | undefined {
  const property = properties[String(element.type)];
  if (!property) return undefined;
  return { type: element.type, [property.state]: state[property.state] ?? property.empty };
}

/** The state of every element that has one: the last of `given` that speaks of it, else the initial one. */
export function stateOf(blocks: readonly Block[], ...given: (FormValues | undefined)[]): FormValues {
  const values: FormValues = {};
  for (const block of withChildren(blocks)) {
    for (const element of interactiveElements(block)) {
      const property = properties[String(element.type)];
      if (!property) continue;
      const actionId = String(element.action_id);
      const initial = { [property.state]: element[property.initial] };
      const last = given.map((one) => one?.[block.block_id]?.[actionId]).findLast((one) => one !== undefined);
      const state = choiceOf(element, isRecord(last) ? last : initial);
      values[block.block_id] = { ...values[block.block_id], [actionId]: state };
    }
  }
  return values;
}

function withChildren(blocks: readonly Block[]): Block[] {
  return blocks.flatMap((block) =>
    block.type === "container" ? (records(block.child_blocks) as Block[]) : [block],
  );
}

/** The key under which an offered option is remembered. */
export function offerKey(blockId: string, actionId: string, value: unknown): string {
  return JSON.stringify([blockId, actionId, value]);
}

/** Sentences at the fields that Slack's client would not submit, by block_id. */
export function complaints(
  blocks: readonly Block[],
  values: FormValues,
  offered: ReadonlyMap<string, Json>,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const block of blocks) {
    const element = block.element;
    if (block.type !== "input" || !isRecord(element)) continue;
    const value = chosen(element, values[block.block_id]?.[String(element.action_id)]);
    const sentence = complaint(block, element, value, offered);
    if (sentence) found[block.block_id] = sentence;
  }
  return found;
}

function complaint(
  block: Block,
  element: Json,
  value: unknown,
  offered: ReadonlyMap<string, Json>,
): string | undefined {
  const isEmpty =
    value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  if (isEmpty) return block.optional === true ? undefined : "Please complete this required field.";
  if (typeof value === "string" && properties[String(element.type)]?.state === "value") {
    return textComplaint(element, value);
  }
  const options = Array.isArray(value) ? value : [value];
  const max = Number(element.max_selected_items ?? element.max_files ?? Number.POSITIVE_INFINITY);
  if (options.length > max) return `Please select at most ${max}.`;
  const isForeign = options.filter(isRecord).some((option) => !isOffered(block, element, option, offered));
  return isForeign ? "This choice is not in the list." : undefined;
}

function textComplaint(element: Json, value: string): string | undefined {
  const max = Number(element.max_length ?? Number.POSITIVE_INFINITY);
  const min = Number(element.min_length ?? 0);
  if (value.length > max) return `This entry is too long. Please use at most ${max} characters.`;
  if (value.length < min) return `This entry is too short. Please use at least ${min} characters.`;
  if (element.type === "email_text_input" && !/^[^@\s]+@[^@\s]+$/.test(value)) {
    return "Please enter a valid email address.";
  }
  if (element.type === "url_text_input" && !URL.canParse(value)) return "Please enter a valid URL.";
  if (element.type === "number_input") return numberComplaint(element, value);
  return undefined;
}

function numberComplaint(element: Json, value: string): string | undefined {
  const number = Number(value);
  const isWhole = element.is_decimal_allowed === true || Number.isInteger(number);
  if (value.trim() === "" || !Number.isFinite(number) || !isWhole) return "Please enter a valid number.";
  if (text(element.min_value) && number < Number(element.min_value))
    return `Please enter at least ${element.min_value}.`;
  if (text(element.max_value) && number > Number(element.max_value))
    return `Please enter at most ${element.max_value}.`;
  return undefined;
}

function isOffered(block: Block, element: Json, option: Json, offered: ReadonlyMap<string, Json>): boolean {
  return knownOptions(block.block_id, element, offered).some((known) => known.value === option.value);
}

/** Options a person can choose of: those in the element, its initial ones, and what the app offered. */
export function knownOptions(blockId: string, element: Json, offered: ReadonlyMap<string, Json>): Json[] {
  const key = JSON.stringify([blockId, String(element.action_id)]).slice(0, -1);
  return [
    ...records(element.options),
    ...records(element.option_groups).flatMap((group) => records(group.options)),
    ...records(element.initial_options),
    ...[element.initial_option].filter(isRecord),
    ...[...offered].filter(([one]) => one.startsWith(key)).map(([, option]) => option),
  ];
}
