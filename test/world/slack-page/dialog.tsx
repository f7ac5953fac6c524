// The frame of everything modal: focus kept inside, Escape closes, and focus goes back where it was.
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";

const FOCUSABLE =
  "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex='0']";

interface DialogProps {
  className: string;
  /** Id of the element that names the dialog. */
  labelledBy: string;
  describedBy?: string;
  role?: "dialog" | "alertdialog";
  onClose(): void;
  children: ReactNode;
}

/** A modal dialog. Focus begins at the first element marked `data-autofocus`, otherwise at the first field. */
export function Dialog({
  className,
  labelledBy,
  describedBy,
  role = "dialog",
  onClose,
  children,
}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const before = document.activeElement;
    element.showModal();
    const first =
      element.querySelector<HTMLElement>("[data-autofocus]") ??
      element.querySelector<HTMLElement>("input, textarea, select") ??
      element.querySelector<HTMLElement>(FOCUSABLE);
    first?.focus();
    return () => {
      element.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      // Prevented, so that the browser does not close what React still draws.
      event.preventDefault();
      event.stopPropagation();
      onClose();
    }
    if (event.key === "Tab") keepInside(event, dialog.current);
  };

  return (
    <dialog
      ref={dialog}
      role={role}
      aria-modal="true"
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      className={`dialog ${className}`}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      {children}
    </dialog>
  );
}

/** Without this, Tab leaves the last element for the browser's own controls. */
function keepInside(event: KeyboardEvent, dialog: HTMLDialogElement | null) {
  if (!dialog?.contains(event.target as Node)) return;
  const inside = [...dialog.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) => element.tabIndex >= 0 && element.checkVisibility(),
  );
  const edge = event.shiftKey ? inside[0] : inside.at(-1);
  if (!edge || (document.activeElement !== edge && dialog.contains(document.activeElement))) return;
  event.preventDefault();
  (event.shiftKey ? inside.at(-1) : inside[0])?.focus();
}
