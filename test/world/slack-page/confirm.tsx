// The question some elements ask before they act.
import type { ConfirmationDialog } from "@slack/types";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { Dialog } from "./dialog.tsx";
import { Text } from "./rich-text.tsx";

type Confirm = (question: ConfirmationDialog) => Promise<boolean>;

const ConfirmContext = createContext<Confirm | null>(null);

/** Asks the person; false when they decline or close the question. */
export function useConfirm(): Confirm {
  const confirm = useContext(ConfirmContext);
  if (!confirm) throw new Error("This component is drawn outside <ConfirmProvider>.");
  return confirm;
}

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState<{ question: ConfirmationDialog; answer(yes: boolean): void } | null>(null);
  const confirm = useCallback<Confirm>(
    (question) => new Promise((resolve) => setOpen({ question, answer: resolve })),
    [],
  );
  const answer = (yes: boolean) => {
    open?.answer(yes);
    setOpen(null);
  };
  return (
    <ConfirmContext value={confirm}>
      {children}
      {open && <Question question={open.question} onAnswer={answer} />}
    </ConfirmContext>
  );
}

function Question({ question, onAnswer }: { question: ConfirmationDialog; onAnswer(yes: boolean): void }) {
  const { title, text, confirm, deny, style } = question;
  return (
    <Dialog
      role="alertdialog"
      className="confirm"
      labelledBy="confirm-title"
      describedBy="confirm-text"
      onClose={() => onAnswer(false)}
    >
      <h2 id="confirm-title">{title?.text ?? "Are you sure?"}</h2>
      <div id="confirm-text">
        <Text text={text} />
      </div>
      <footer>
        <button type="button" className="button" onClick={() => onAnswer(false)}>
          {deny?.text ?? "Cancel"}
        </button>
        <button
          type="button"
          className={`button ${style === "danger" ? "danger filled" : "primary"}`}
          data-autofocus
          onClick={() => onAnswer(true)}
        >
          {confirm?.text ?? "Yes"}
        </button>
      </footer>
    </Dialog>
  );
}
