// Dates and times, with the browser's own pickers.
import type { Datepicker, DateTimepicker, Timepicker } from "@slack/types";
import type { ElementState } from "../form.ts";
import { useSurface } from "../surface.tsx";
import { describe, type FieldProps } from "./field.ts";

type DateElement = Datepicker | Timepicker | DateTimepicker;

const TYPES = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" } as const;

export function DateField({
  element,
  state,
  ...field
}: FieldProps & { element: DateElement; state: ElementState }) {
  const surface = useSurface();
  return (
    <input
      {...describe(field)}
      className="text-field date-field"
      type={TYPES[element.type]}
      data-autofocus={element.focus_on_load || undefined}
      value={shown(state)}
      onChange={(event) => void surface.change(field.at, read(element, event.target.value), field.dispatch)}
    />
  );
}

function shown(state: ElementState): string {
  if (state.selected_date_time == null) return state.selected_date ?? state.selected_time ?? "";
  const date = new Date(state.selected_date_time * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function read({ type }: DateElement, text: string): ElementState {
  if (type === "datepicker") return { type, selected_date: text || null };
  if (type === "timepicker") return { type, selected_time: text || null };
  return { type, selected_date_time: text ? Math.round(new Date(text).getTime() / 1000) : null };
}
