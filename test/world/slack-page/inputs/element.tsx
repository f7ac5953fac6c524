// Chooses the field for an element that keeps a value.
import type { ElementState, StatefulElement } from "../form.ts";
import { useSurface } from "../surface.tsx";
import { ChoiceField } from "./choice.tsx";
import { DateField } from "./date.tsx";
import type { FieldProps } from "./field.ts";
import { SelectField } from "./select.tsx";
import { RichTextField, TextField } from "./text.tsx";

export function Field({ element, ...field }: FieldProps & { element: StatefulElement }) {
  const { values } = useSurface();
  const { blockId, actionId } = field.at;
  const state = (values[blockId]?.[actionId] ?? { type: element.type }) as ElementState;
  switch (element.type) {
    case "plain_text_input":
    case "email_text_input":
    case "url_text_input":
    case "number_input":
      return <TextField element={element} state={state} {...field} />;
    case "rich_text_input":
      return <RichTextField element={element} state={state} {...field} />;
    case "radio_buttons":
    case "checkboxes":
      return <ChoiceField element={element} state={state} {...field} />;
    case "datepicker":
    case "timepicker":
    case "datetimepicker":
      return <DateField element={element} state={state} {...field} />;
    case "file_input":
      return <p className="unsupported">Uploading files through a form is not part of this workspace.</p>;
    default:
      return <SelectField element={element} state={state} {...field} />;
  }
}
