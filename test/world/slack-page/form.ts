// What a form holds, in the shape Slack sends it: pure decisions about views and their values.
import type { AnyBlock, InputBlockElement, KnownBlock, Option } from "@slack/types";
import type { FormValues } from "../slack/contract.ts";

/** An element that keeps a value; buttons and overflow menus do not. */
export type StatefulElement = InputBlockElement;

/** A value as Slack sends it in `state.values`; which field is there depends on the type of the element. */
export interface ElementState {
  type: string;
  value?: string | null;
  selected_option?: Option | null;
  selected_options?: Option[];
  selected_user?: string | null;
  selected_users?: string[];
  selected_channel?: string | null;
  selected_channels?: string[];
  selected_conversation?: string | null;
  selected_conversations?: string[];
  selected_date?: string | null;
  selected_time?: string | null;
  selected_date_time?: number | null;
  rich_text_value?: unknown;
  files?: unknown[];
}

const STATELESS = new Set(["button", "overflow", "image", "workflow_button"]);

/** Every element of the blocks that keeps a value, with its block. */
function statefulElements(blocks: AnyBlock[]): { block: KnownBlock; element: StatefulElement }[] {
  return (blocks as KnownBlock[]).flatMap((block) =>
    elementsOf(block)
      .filter((element): element is StatefulElement => !STATELESS.has(element.type))
      .map((element) => ({ block, element })),
  );
}

function elementsOf(block: KnownBlock): { type: string }[] {
  if (block.type === "input") return [block.element];
  if (block.type === "section") return block.accessory ? [block.accessory] : [];
  if (block.type === "actions") return block.elements;
  if (block.type === "container") return block.child_blocks.flatMap(elementsOf);
  return [];
}

/**
 * The values of a form: what the person entered, otherwise what the view begins with. Keyed by block_id and
 * action_id, so what was entered survives an updated view that keeps both, as in Slack.
 */
export function formValues(blocks: AnyBlock[], entered: FormValues, conversation: string): FormValues {
  const values: FormValues = {};
  for (const { block, element } of statefulElements(blocks)) {
    const blockId = block.block_id ?? "";
    const actionId = element.action_id ?? "";
    const state = entered[blockId]?.[actionId] ?? initialState(element, conversation);
    values[blockId] = { ...values[blockId], [actionId]: state };
  }
  return values;
}

function initialState(element: StatefulElement, conversation: string): ElementState {
  const { type } = element;
  switch (type) {
    case "plain_text_input":
    case "email_text_input":
    case "url_text_input":
    case "number_input":
      return { type, value: element.initial_value ?? null };
    case "static_select":
    case "external_select":
    case "radio_buttons":
      return { type, selected_option: element.initial_option ?? null };
    case "multi_static_select":
    case "multi_external_select":
    case "checkboxes":
      return { type, selected_options: element.initial_options ?? [] };
    case "users_select":
      return { type, selected_user: element.initial_user ?? null };
    case "multi_users_select":
      return { type, selected_users: element.initial_users ?? [] };
    case "channels_select":
      return { type, selected_channel: element.initial_channel ?? null };
    case "multi_channels_select":
      return { type, selected_channels: element.initial_channels ?? [] };
    case "conversations_select": {
      const current = element.default_to_current_conversation ? conversation : undefined;
      return { type, selected_conversation: current ?? element.initial_conversation ?? null };
    }
    case "multi_conversations_select": {
      const current = element.default_to_current_conversation ? [conversation] : undefined;
      return { type, selected_conversations: current ?? element.initial_conversations ?? [] };
    }
    case "datepicker":
      return { type, selected_date: element.initial_date ?? null };
    case "timepicker":
      return { type, selected_time: element.initial_time ?? null };
    case "datetimepicker":
      return { type, selected_date_time: element.initial_date_time ?? null };
    case "rich_text_input":
      return { type, rich_text_value: element.initial_value ?? null };
    case "file_input":
      return { type, files: [] };
  }
}
