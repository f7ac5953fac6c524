// Buttons, menus and selects of messages, forms and homes, and what they send.
import type {
  ActionsBlock,
  Button,
  ContextActionsBlock,
  FeedbackButtons,
  IconButton,
  Overflow,
  SectionBlockAccessory,
  WorkflowButton,
} from "@slack/types";
import { type MouseEvent, useState } from "react";
import type { StatefulElement } from "./form.ts";
import { Icon } from "./icon.tsx";
import { Field } from "./inputs/element.tsx";
import { Menu } from "./menu.tsx";
import { type ElementPlace, useSurface } from "./surface.tsx";
import { useDirectory } from "./workspace.tsx";

type ActionElementType = ActionsBlock["elements"][number] | Exclude<SectionBlockAccessory, { type: "image" }>;

export function Actions({ block }: { block: ActionsBlock }) {
  return (
    <div className="actions">
      {block.elements.map((element, index) => (
        <ActionElement key={element.action_id ?? index} blockId={block.block_id ?? ""} element={element} />
      ))}
    </div>
  );
}

/** An element outside an input block: whatever it is changed to, the app hears of it at once. */
export function ActionElement({ blockId, element }: { blockId: string; element: ActionElementType }) {
  if (element.type === "button" || element.type === "workflow_button") {
    return <ButtonElement blockId={blockId} element={element} />;
  }
  if (element.type === "overflow") return <OverflowMenu blockId={blockId} element={element} />;
  return <SelfNamedField blockId={blockId} element={element} />;
}

function SelfNamedField({ blockId, element }: { blockId: string; element: StatefulElement }) {
  const label = ("placeholder" in element && element.placeholder?.text) || element.action_id || element.type;
  const confirm = "confirm" in element ? element.confirm : undefined;
  const at = { blockId, actionId: element.action_id ?? "", confirm };
  return (
    <div className="action-field">
      <Field element={element} at={at} label={label} optional={false} dispatch />
    </div>
  );
}

export function ButtonElement({ blockId, element }: { blockId: string; element: Button | WorkflowButton }) {
  const { text, style, accessibility_label: label, confirm } = element;
  const url = "url" in element ? element.url : undefined;
  const at = { blockId, actionId: element.action_id ?? "", confirm };
  const value = "value" in element && element.value !== undefined ? { value: element.value } : {};
  const { busy, press } = usePress(at, {
    type: element.type,
    text,
    ...(style && { style }),
    ...(url && { url }),
    ...value,
  });
  const className = `button ${style ?? ""}`;
  const content = (
    <>
      {busy && <span className="spinner" />}
      {text.text}
    </>
  );
  if (!url) {
    return (
      <button
        type="button"
        className={className}
        aria-label={label}
        aria-busy={busy}
        disabled={busy}
        onClick={press}
      >
        {content}
      </button>
    );
  }
  const follow = (event: MouseEvent) => {
    if (!confirm) return press();
    event.preventDefault();
    press(() => window.open(url, "_blank", "noopener"));
  };
  return (
    <a
      className={className}
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      aria-label={label}
      onClick={follow}
    >
      {content}
      <Icon name="link" size={14} />
    </a>
  );
}

/** Sends a press and knows while the app has not answered. */
function usePress(at: ElementPlace, part: Record<string, unknown> & { type: string }) {
  const surface = useSurface();
  const [busy, setBusy] = useState(false);
  const send = async (then?: () => void) => {
    if (await surface.press(at, part, () => setBusy(true))) then?.();
    setBusy(false);
  };
  return {
    busy,
    press: (then?: unknown) => void send(typeof then === "function" ? () => then() : undefined),
  };
}

function OverflowMenu({ blockId, element }: { blockId: string; element: Overflow }) {
  const surface = useSurface();
  const at = { blockId, actionId: element.action_id ?? "", confirm: element.confirm };
  const items = element.options.map((option) => ({
    name: option.text.text,
    url: option.url,
    choose: () => void surface.press(at, { type: element.type, selected_option: option }),
  }));
  return <Menu label="More actions" items={items} />;
}

export function ContextActions({ block }: { block: ContextActionsBlock }) {
  const blockId = block.block_id ?? "";
  return (
    <div className="actions">
      {block.elements.map((element, index) =>
        element.type === "feedback_buttons" ? (
          <Feedback key={element.action_id ?? index} blockId={blockId} element={element} />
        ) : (
          <IconButtonElement key={element.action_id ?? index} blockId={blockId} element={element} />
        ),
      )}
    </div>
  );
}

function Feedback({ blockId, element }: { blockId: string; element: FeedbackButtons }) {
  const surface = useSurface();
  const at = { blockId, actionId: element.action_id ?? "" };
  const [chosen, setChosen] = useState<string>();
  return [element.positive_button, element.negative_button].map(
    ({ text, value, accessibility_label: label }, index) => (
      <button
        key={value}
        type="button"
        className="button icon-only"
        aria-label={label ?? text.text}
        aria-pressed={chosen === value}
        onClick={() => {
          setChosen(value);
          void surface.press(at, { type: element.type, text, value });
        }}
      >
        <Icon name={index === 0 ? "up" : "down"} />
      </button>
    ),
  );
}

function IconButtonElement({ blockId, element }: { blockId: string; element: IconButton }) {
  const { me } = useDirectory();
  const { type, text, value, confirm, accessibility_label: label, visible_to_user_ids: visibleTo } = element;
  const { busy, press } = usePress(
    { blockId, actionId: element.action_id ?? "", confirm },
    { type, text, value },
  );
  if (visibleTo && !visibleTo.includes(me)) return null;
  return (
    <button type="button" className="button" aria-label={label} disabled={busy} onClick={press}>
      {text.text}
    </button>
  );
}
