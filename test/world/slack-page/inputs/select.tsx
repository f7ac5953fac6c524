// Slack's ten select elements, each a picker with its own options and its own shape of value.
import type {
  ConversationsSelect,
  MultiConversationsSelect,
  MultiSelect,
  Option,
  Select,
} from "@slack/types";
import type { Channel } from "../../slack/contract.ts";
import type { ElementState } from "../form.ts";
import { unescapeSlack } from "../mrkdwn.ts";
import { Picker, type PickerOption } from "../picker.tsx";
import { matching } from "../picker-options.ts";
import { type Surface, useSurface } from "../surface.tsx";
import { type Directory, useDirectory } from "../workspace.tsx";
import type { FieldProps } from "./field.ts";

type SelectElement = Select | MultiSelect;

/** An option of an app keeps its object: Slack sends it back as it came. */
interface Choice extends PickerOption {
  option?: Option;
}

export function SelectField({
  element,
  state,
  ...field
}: FieldProps & { element: SelectElement; state: ElementState }) {
  const surface = useSurface();
  const directory = useDirectory();
  const isExternal = element.type === "external_select" || element.type === "multi_external_select";
  const isMultiple = element.type.startsWith("multi_");
  const local = isExternal ? [] : localChoices(element, directory);
  return (
    <Picker
      id={field.id}
      label={field.label}
      labelledBy={field.labelledBy}
      describedBy={field.describedBy}
      invalid={field.invalid}
      autoFocus={element.focus_on_load}
      placeholder={element.placeholder?.text ?? (isMultiple ? "Choose some options" : "Choose an option")}
      multiple={isMultiple}
      clearable={field.optional && !isMultiple}
      maxSelected={"max_selected_items" in element ? element.max_selected_items : undefined}
      minQueryLength={isExternal ? (element.min_query_length ?? 3) : 0}
      remote={isExternal}
      selected={selectedChoices(state, local)}
      load={(query) => (isExternal ? suggestions(surface, field, query) : matching(local, query))}
      onChange={(chosen: Choice[]) => void surface.change(field.at, stateOf(element, chosen), field.dispatch)}
    />
  );
}

async function suggestions(surface: Surface, field: FieldProps, query: string): Promise<Choice[]> {
  const { options, error } = await surface.suggest(field.at, query);
  if (error) throw new Error(error);
  return options.map((option) => choiceOf(option));
}

function choiceOf(option: Option, group?: string): Choice {
  const text = option.text.type === "mrkdwn" ? unescapeSlack(option.text.text) : option.text.text;
  return { value: option.value ?? "", text, description: option.description?.text, group, option };
}

function localChoices(element: SelectElement, { people, channels, bot }: Directory): Choice[] {
  switch (element.type) {
    case "static_select":
    case "multi_static_select":
      return [
        ...(element.options ?? []).map((option) => choiceOf(option)),
        ...(element.option_groups ?? []).flatMap(({ label, options }) =>
          options.map((option) => choiceOf(option, label.text)),
        ),
      ];
    case "users_select":
    case "multi_users_select":
      return people.map(({ id, name, realName }) => ({ value: id, text: name, description: realName }));
    case "channels_select":
    case "multi_channels_select":
      return channels
        .filter(({ kind }) => kind === "public")
        .map(({ id, name }) => ({ value: id, text: `#${name}` }));
    case "conversations_select":
    case "multi_conversations_select": {
      const nameOf = (id: string) =>
        id === bot.id ? bot.name : people.find((person) => person.id === id)?.name;
      return channels
        .filter((channel) => isOffered(channel, element.filter, bot.id))
        .map(({ id, name, kind, members }) => ({
          value: id,
          text:
            kind === "direct"
              ? members.map((member) => `@${nameOf(member) ?? member}`).join(", ")
              : `#${name}`,
        }));
    }
    default:
      return [];
  }
}

function isOffered(
  { kind, shared, archived, members }: Channel,
  filter: (ConversationsSelect | MultiConversationsSelect)["filter"],
  botId: string,
): boolean {
  const type = { public: "public", private: "private", direct: "im" } as const;
  if (archived) return false;
  if (filter?.include && !filter.include.includes(type[kind])) return false;
  if (filter?.exclude_external_shared_channels && shared) return false;
  return !(filter?.exclude_bot_users && kind === "direct" && members.includes(botId));
}

function selectedChoices(state: ElementState, local: Choice[]): Choice[] {
  const options = state.selected_options ?? (state.selected_option ? [state.selected_option] : []);
  const ids = [
    state.selected_users ?? state.selected_user ?? [],
    state.selected_channels ?? state.selected_channel ?? [],
    state.selected_conversations ?? state.selected_conversation ?? [],
  ].flat();
  return [
    ...options.map((option) => choiceOf(option)),
    ...ids.map((id) => local.find(({ value }) => value === id) ?? { value: id, text: id }),
  ];
}

function stateOf({ type }: SelectElement, chosen: Choice[]): ElementState {
  const ids = chosen.map(({ value }) => value);
  const options = chosen.flatMap(({ option }) => option ?? []);
  switch (type) {
    case "static_select":
    case "external_select":
      return { type, selected_option: options[0] ?? null };
    case "multi_static_select":
    case "multi_external_select":
      return { type, selected_options: options };
    case "users_select":
      return { type, selected_user: ids[0] ?? null };
    case "multi_users_select":
      return { type, selected_users: ids };
    case "channels_select":
      return { type, selected_channel: ids[0] ?? null };
    case "multi_channels_select":
      return { type, selected_channels: ids };
    case "conversations_select":
      return { type, selected_conversation: ids[0] ?? null };
    case "multi_conversations_select":
      return { type, selected_conversations: ids };
  }
}
