// The list of a picker, laid over everything at the place of its field.
import {
  type CSSProperties,
  Fragment,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { Icon } from "./icon.tsx";
import type { PickerOption } from "./picker.tsx";

const MAX_HEIGHT_PX = 260;

interface PickerListProps {
  id: string;
  anchor: RefObject<HTMLElement | null>;
  label: string;
  multiple: boolean;
  options: PickerOption[];
  active: number;
  note: string;
  isSelected(option: PickerOption): boolean;
  isDisabled(option: PickerOption): boolean;
  onPick(option: PickerOption): void;
}

export function PickerList(props: PickerListProps) {
  const { id, anchor, label, multiple, options, active, note, isSelected, isDisabled, onPick } = props;
  const list = useRef<HTMLDivElement>(null);
  const style = usePlace(anchor);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the marked option is found in the document.
  useEffect(() => {
    list.current?.querySelector("[data-active]")?.scrollIntoView({ block: "nearest" });
  }, [active]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps the focus in the field while the pointer is in the list.
    <div ref={list} className="picker-list" style={style} onMouseDown={(event) => event.preventDefault()}>
      <div role="listbox" id={id} aria-label={label} aria-multiselectable={multiple || undefined}>
        {options.map((option, index) => (
          <Fragment key={option.value}>
            {option.group && option.group !== options[index - 1]?.group && (
              <div className="picker-group" role="presentation">
                {option.group}
              </div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the field holds the focus and has the keys. */}
            <div
              role="option"
              id={`${id}-${index}`}
              className="picker-option"
              aria-selected={isSelected(option)}
              aria-disabled={isDisabled(option) || undefined}
              data-active={index === active || undefined}
              onClick={() => onPick(option)}
            >
              <span>
                {option.text}
                {option.description && <small>{option.description}</small>}
              </span>
              {isSelected(option) && <Icon name="check" />}
            </div>
          </Fragment>
        ))}
      </div>
      {note && (
        <div className="picker-note" role="status">
          {note}
        </div>
      )}
    </div>
  );
}

/** Fixed to the window, below the field or above it, so that no scrolling box cuts it off. */
function usePlace(anchor: RefObject<HTMLElement | null>): CSSProperties {
  const [style, setStyle] = useState<CSSProperties>({ visibility: "hidden" });
  useLayoutEffect(() => {
    const place = () => {
      const box = anchor.current?.getBoundingClientRect();
      if (!box) return;
      const below = window.innerHeight - box.bottom - 12;
      const isAbove = below < 160 && box.top > below;
      setStyle({
        left: box.left,
        width: box.width,
        maxHeight: Math.min(MAX_HEIGHT_PX, isAbove ? box.top - 12 : below),
        ...(isAbove ? { bottom: window.innerHeight - box.top + 4 } : { top: box.bottom + 4 }),
      });
    };
    place();
    const watch = new ResizeObserver(place);
    if (anchor.current) watch.observe(anchor.current);
    window.addEventListener("scroll", place, true);
    window.addEventListener("resize", place);
    return () => {
      watch.disconnect();
      window.removeEventListener("scroll", place, true);
      window.removeEventListener("resize", place);
    };
  }, [anchor]);
  return style;
}
