// Radio buttons and checkboxes.
import type { Checkboxes, Option, RadioButtons } from "@slack/types";
import { useId } from "react";
import type { ElementState } from "../form.ts";
import { Text } from "../rich-text.tsx";
import { useSurface } from "../surface.tsx";
import type { FieldProps } from "./field.ts";

type ChoiceElement = RadioButtons | Checkboxes;

export function ChoiceField({
  element,
  state,
  ...field
}: FieldProps & { element: ChoiceElement; state: ElementState }) {
  const surface = useSurface();
  const group = useId();
  const isSingle = element.type === "radio_buttons";
  const selected = isSingle
    ? [state.selected_option].filter((option) => option != null)
    : (state.selected_options ?? []);
  const isChosen = (option: Option) => selected.some(({ value }) => value === option.value);

  const choose = (option: Option, yes: boolean) => {
    // In the order of the options, as Slack sends them, whatever the order of the clicks.
    const chosen = element.options.filter((other) => (other.value === option.value ? yes : isChosen(other)));
    const next = isSingle ? { selected_option: option } : { selected_options: chosen };
    void surface.change(field.at, { type: element.type, ...next }, field.dispatch);
  };
  const { id, label, labelledBy, describedBy, invalid } = field;
  return (
    <fieldset
      id={id}
      role={isSingle ? "radiogroup" : undefined}
      aria-label={labelledBy ? undefined : label}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      className="choices"
    >
      {element.options.map((option, index) => (
        <label key={option.value} className="choice">
          <input
            type={isSingle ? "radio" : "checkbox"}
            name={group}
            aria-invalid={invalid || undefined}
            checked={isChosen(option)}
            data-autofocus={(element.focus_on_load && index === 0) || undefined}
            onChange={(event) => choose(option, event.target.checked)}
          />
          <span>
            <Text text={option.text} />
            {option.description && (
              <small>
                <Text text={option.description} />
              </small>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
