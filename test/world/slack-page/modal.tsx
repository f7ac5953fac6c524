// A form of the app: opened, filled in, sent, and told what is wrong with it.
import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import type { FormValues, WorkspaceState } from "../slack/contract.ts";
import { AppMark } from "./avatar.tsx";
import { Blocks } from "./blocks.tsx";
import { Dialog } from "./dialog.tsx";
import { formValues } from "./form.ts";
import { Icon } from "./icon.tsx";
import { BlockSurface } from "./surface.tsx";
import { useActions } from "./workspace.tsx";

type ModalView = Extract<NonNullable<WorkspaceState["modal"]>, { type: "modal" }>;

interface ModalProps {
  view: ModalView;
  conversation: string;
  entered: FormValues;
  onEnter(entered: FormValues): void;
}

/** The topmost form of the person. What they entered in forms beneath it is kept for when they come back. */
export function ModalLayer({
  modal,
  conversation,
}: {
  modal: WorkspaceState["modal"];
  conversation: string;
}) {
  const [entered, setEntered] = useState<Record<string, FormValues>>({});
  if (modal?.type !== "modal") return null;
  return (
    <Modal
      key={modal.id}
      view={modal}
      conversation={conversation}
      entered={entered[modal.id] ?? NOTHING}
      onEnter={(values) => setEntered((all) => ({ ...all, [modal.id]: values }))}
    />
  );
}

const NOTHING: FormValues = {};

function Modal({ view, conversation, entered, onEnter }: ModalProps) {
  const { ask, run } = useActions();
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [refusal, setRefusal] = useState("");
  const [refusals, setRefusals] = useState(0);
  const [sending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const source = useMemo(() => ({ viewId: view.id }), [view.id]);

  // What is wrong may be out of sight. Only when it is said: later the person is already correcting something.
  useEffect(() => {
    if (refusals > 0) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [refusals]);
  const refuse = (found: Record<string, string>) => {
    setProblems(found);
    if (Object.keys(found).length > 0) setRefusals((count) => count + 1);
  };

  const close = () => run(ask("close", { viewId: view.id }));
  const enter = (values: FormValues) => {
    onEnter(values);
    const still = Object.entries(problems).filter(([blockId]) => values[blockId] === entered[blockId]);
    if (still.length < Object.keys(problems).length) setProblems(Object.fromEntries(still));
  };
  const submit = async () => {
    if (sending) return;
    const values = formValues(view.blocks, entered, conversation);
    setSending(true);
    try {
      const { errors = {}, error = "" } = await ask("submit", { viewId: view.id, values });
      refuse(errors);
      setRefusal(error);
    } catch (cause) {
      setRefusal(cause instanceof Error ? cause.message : String(cause));
    } finally {
      setSending(false);
    }
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    void submit();
  };

  return (
    <Dialog className="modal" labelledBy={`${view.id}-title`} onClose={close}>
      <form ref={form} noValidate onSubmit={onSubmit}>
        <header>
          <AppMark size={28} />
          <h2 id={`${view.id}-title`}>{view.title.text}</h2>
          <button type="button" className="button icon-only plain" aria-label="Close" onClick={close}>
            <Icon name="close" size={18} />
          </button>
        </header>
        <div className="modal-body">
          {refusal && (
            <p className="problem banner" role="alert">
              <Icon name="warning" /> {refusal}
            </p>
          )}
          <BlockSurface
            source={source}
            blocks={view.blocks}
            conversation={conversation}
            entered={entered}
            onEnter={enter}
            problems={problems}
          >
            <Blocks blocks={view.blocks} />
          </BlockSurface>
        </div>
        <footer>
          <button type="button" className="button" onClick={close}>
            {view.close?.text ?? "Cancel"}
          </button>
          {view.submit && (
            <button type="submit" className="button primary" aria-busy={sending} disabled={sending}>
              {sending && <span className="spinner" />}
              {view.submit.text}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
