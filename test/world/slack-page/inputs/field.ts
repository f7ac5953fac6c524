// What every input of a form is given.
import type { ElementPlace } from "../surface.tsx";

/** How an input is tied to its label, hint and error, and whether the app hears of changes. */
export interface FieldProps {
  at: ElementPlace;
  id?: string;
  /** Name for those who cannot see; `labelledBy` goes before it. */
  label: string;
  labelledBy?: string;
  describedBy?: string;
  invalid?: boolean;
  optional: boolean;
  /** A change is also sent to the app, as a press. */
  dispatch: boolean;
}

/** The attributes that say the same to a screen reader on every native input. */
export function describe({ id, label, labelledBy, describedBy, invalid, optional }: FieldProps) {
  return {
    id,
    "aria-label": labelledBy ? undefined : label,
    "aria-labelledby": labelledBy,
    "aria-describedby": describedBy,
    "aria-invalid": invalid || undefined,
    "aria-required": optional ? undefined : true,
  } as const;
}
