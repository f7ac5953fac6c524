// A field one types in to choose from a list: every select of Slack, single and multiple.
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { Icon } from "./icon.tsx";
import { PickerList } from "./picker-list.tsx";
import { useOptions } from "./picker-options.ts";

export interface PickerOption {
  value: string;
  text: string;
  description?: string;
  group?: string;
}

/** Answers the options for what was typed. Throws with a sentence to show in the list. */
type LoadOptions = (query: string) => PickerOption[] | Promise<PickerOption[]>;

export interface PickerProps {
  id?: string;
  /** Name for those who cannot see the label; `labelledBy` goes before it. */
  label: string;
  labelledBy?: string;
  describedBy?: string;
  invalid?: boolean;
  autoFocus?: boolean;
  placeholder: string;
  multiple: boolean;
  clearable: boolean;
  maxSelected?: number;
  minQueryLength?: number;
  /** Waits for a pause in typing, for lists that come from an app. */
  remote?: boolean;
  selected: PickerOption[];
  load: LoadOptions;
  onChange(selected: PickerOption[]): void;
}

export function Picker(props: PickerProps) {
  const { multiple, selected, onChange, maxSelected = Number.POSITIVE_INFINITY } = props;
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [marked, setMarked] = useState<{ options: PickerOption[]; index: number }>({ options: [], index: 0 });
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const { options, note } = useOptions(open, query, props);
  // New options begin at the top again, in the very drawing that shows them.
  const active = marked.options === options ? marked.index : 0;
  const isFull = multiple && selected.length >= maxSelected;
  const isSelected = (option: PickerOption) => selected.some(({ value }) => value === option.value);
  const isDisabled = (option: PickerOption) => isFull && !isSelected(option);

  const close = () => {
    setOpen(false);
    setQuery("");
  };
  const pick = (option: PickerOption) => {
    if (isDisabled(option)) return;
    if (!multiple) {
      onChange([option]);
      close();
    } else {
      onChange(
        isSelected(option) ? selected.filter(({ value }) => value !== option.value) : [...selected, option],
      );
      setQuery("");
    }
    input.current?.focus();
  };
  const remove = (option: PickerOption) => {
    onChange(selected.filter(({ value }) => value !== option.value));
    input.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const option = options[active];
    if (move !== undefined) {
      event.preventDefault();
      if (!open) setOpen(true);
      else if (options.length > 0)
        setMarked({ options, index: (active + move + options.length) % options.length });
    } else if (event.key === "Enter") {
      // Never sends the form: the list is what Enter is for here.
      event.preventDefault();
      if (!open) setOpen(true);
      else if (option) pick(option);
    } else if (event.key === "Escape" && open) {
      // The list closes, the form around it stays.
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && query === "" && multiple) {
      onChange(selected.slice(0, -1));
    } else if (event.key === "Backspace" && query === "" && props.clearable) {
      onChange([]);
    }
  };

  const chosen = multiple ? "" : (selected[0]?.text ?? "");
  return (
    <div className={`picker${props.invalid ? " invalid" : ""}${open ? " open" : ""}`}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: only makes the whole box a target for the pointer. */}
      <div
        ref={box}
        className="picker-box"
        onMouseDown={(event) => {
          if (event.target === input.current || (event.target as Element).closest("button")) return;
          event.preventDefault();
          input.current?.focus();
          setOpen(true);
        }}
      >
        {multiple &&
          selected.map((option) => (
            <span className="chip" key={option.value}>
              {option.text}
              <button type="button" aria-label={`Remove ${option.text}`} onClick={() => remove(option)}>
                <Icon name="close" size={12} />
              </button>
            </span>
          ))}
        <input
          ref={input}
          id={props.id}
          role="combobox"
          autoComplete="off"
          spellCheck={false}
          aria-label={props.labelledBy ? undefined : props.label}
          aria-labelledby={props.labelledBy}
          aria-describedby={props.describedBy}
          aria-invalid={props.invalid || undefined}
          aria-autocomplete="list"
          aria-expanded={open}
          aria-controls={listId}
          aria-activedescendant={open && options[active] ? `${listId}-${active}` : undefined}
          data-autofocus={props.autoFocus || undefined}
          placeholder={multiple && selected.length > 0 ? "" : chosen || props.placeholder}
          className={chosen ? "chosen" : ""}
          value={open ? query : chosen}
          onChange={(event) => {
            setOpen(true);
            setQuery(event.target.value);
          }}
          onClick={() => setOpen(true)}
          onBlur={close}
          onKeyDown={onKeyDown}
        />
        {props.clearable && chosen && (
          <button type="button" className="picker-clear" aria-label="Clear" onClick={() => onChange([])}>
            <Icon name="close" size={14} />
          </button>
        )}
        <Icon name="chevron" size={14} />
      </div>
      {open && (
        <PickerList
          id={listId}
          anchor={box}
          label={props.label}
          multiple={multiple}
          options={options}
          active={active}
          note={isFull ? `You can choose up to ${maxSelected}.` : note}
          isSelected={isSelected}
          isDisabled={isDisabled}
          onPick={pick}
        />
      )}
    </div>
  );
}
