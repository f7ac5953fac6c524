// Fields for text: plain, in one or several lines, addresses and numbers.
import type { EmailInput, NumberInput, PlainTextInput, RichTextInput, URLInput } from "@slack/types";
import type { KeyboardEvent } from "react";
import type { ElementState } from "../form.ts";
import { useSurface } from "../surface.tsx";
import { describe, type FieldProps } from "./field.ts";

type TextElement = PlainTextInput | EmailInput | URLInput | NumberInput;

const MODES = { email_text_input: "email", url_text_input: "url", plain_text_input: undefined } as const;

export function TextField({
  element,
  state,
  ...field
}: FieldProps & { element: TextElement; state: ElementState }) {
  const surface = useSurface();
  const value = state.value ?? "";
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const isMultiline = element.type === "plain_text_input" && element.multiline === true;
  const most = element.type === "plain_text_input" ? (element.max_length ?? 3000) : undefined;

  const enter = (text: string, pressedEnter = false) => {
    const trigger = pressedEnter ? "on_enter_pressed" : "on_character_entered";
    void surface.change(
      field.at,
      { type: element.type, value: text === "" ? null : text },
      field.dispatch && triggers.includes(trigger),
    );
  };
  const common = {
    ...describe(field),
    className: "text-field",
    placeholder: element.placeholder?.text,
    "data-autofocus": element.focus_on_load || undefined,
    value,
    onKeyDown(event: KeyboardEvent) {
      if (event.key !== "Enter" || event.shiftKey || isMultiline || !field.dispatch) return;
      event.preventDefault();
      if (triggers.includes("on_enter_pressed")) enter(value, true);
    },
  };
  const mode =
    element.type === "number_input"
      ? element.is_decimal_allowed
        ? "decimal"
        : "numeric"
      : MODES[element.type];
  return (
    <>
      {isMultiline ? (
        <textarea {...common} rows={4} onChange={(event) => enter(event.target.value)} />
      ) : (
        <input
          {...common}
          type="text"
          inputMode={mode}
          autoComplete="off"
          onChange={(event) => enter(event.target.value)}
        />
      )}
      {most !== undefined && value.length > most - 100 && value.length > 100 && (
        <span className={value.length > most ? "counter over" : "counter"}>{most - value.length}</span>
      )}
    </>
  );
}

/** Written as plain text here, and sent as the rich text Slack would send for it. */
export function RichTextField({
  element,
  state,
  ...field
}: FieldProps & { element: RichTextInput; state: ElementState }) {
  const surface = useSurface();
  const block = state.rich_text_value as { elements?: { elements?: { text?: string }[] }[] } | null;
  const value =
    block?.elements?.flatMap((part) => part.elements?.map(({ text }) => text ?? "") ?? []).join("") ?? "";
  return (
    <textarea
      {...describe(field)}
      className="text-field"
      rows={element.min_lines ?? 4}
      placeholder={element.placeholder?.text}
      data-autofocus={element.focus_on_load || undefined}
      value={value}
      onChange={({ target }) => {
        const section = { type: "rich_text_section", elements: [{ type: "text", text: target.value }] };
        const rich = target.value === "" ? null : { type: "rich_text", elements: [section] };
        void surface.change(field.at, { type: element.type, rich_text_value: rich }, field.dispatch);
      }}
    />
  );
}
