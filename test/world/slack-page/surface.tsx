// What the elements of a message, a form or a home have in common: values, problems, and where a press goes.
import type { AnyBlock, ConfirmationDialog } from "@slack/types";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import type { FormValues, PageAnswers, PageRequests } from "../slack/contract.ts";
import { useConfirm } from "./confirm.tsx";
import { type ElementState, formValues } from "./form.ts";
import { useActions } from "./workspace.tsx";

/** The element's own part of Slack's payload, beside its type and ids. */
type Press = Record<string, unknown> & { type: string };

export interface Surface {
  values: FormValues;
  /** A sentence for a field, by block_id. */
  problems: Record<string, string>;
  /** Keeps a value; with `dispatch`, the app hears of it at once. */
  change(at: ElementPlace, state: ElementState, dispatch: boolean): Promise<void>;
  /**
   * Presses an element, after its confirmation if it has one. Answers whether the app was told and took it;
   * `onConfirmed` runs when the question is answered and the app is being told.
   */
  press(at: ElementPlace, press: Press, onConfirmed?: () => void): Promise<boolean>;
  suggest(at: ElementPlace, value: string): Promise<PageAnswers["suggest"]>;
}

/** Which element of which block, and what it asks before it acts. */
export interface ElementPlace {
  blockId: string;
  actionId: string;
  confirm?: ConfirmationDialog;
}

const SurfaceContext = createContext<Surface | null>(null);

export function useSurface(): Surface {
  const surface = useContext(SurfaceContext);
  if (!surface) throw new Error("Blocks are drawn outside a <BlockSurface>.");
  return surface;
}

interface BlockSurfaceProps {
  /** A message or a view, as the request `act` names it. */
  source: Pick<PageRequests["act"], "message" | "viewId">;
  blocks: AnyBlock[];
  /** The conversation the person looks at; selects may begin with it. */
  conversation: string;
  entered: FormValues;
  onEnter(entered: FormValues): void;
  problems?: Record<string, string>;
  children: ReactNode;
}

export function BlockSurface(props: BlockSurfaceProps) {
  const { source, blocks, conversation, entered, onEnter, problems, children } = props;
  const { ask, run } = useActions();
  const confirmed = useConfirm();
  const surface = useMemo<Surface>(() => {
    const values = formValues(blocks, entered, conversation);
    const press = async (at: ElementPlace, part: Press, now: FormValues, onConfirmed?: () => void) => {
      if (at.confirm && !(await confirmed(at.confirm))) return false;
      onConfirmed?.();
      const action = { ...part, action_id: at.actionId, block_id: at.blockId };
      const answer = ask("act", { ...source, action, values: now });
      run(answer);
      return answer.then(
        ({ error }) => !error,
        () => false,
      );
    };
    return {
      values,
      problems: problems ?? {},
      press: (at, part, onConfirmed) => press(at, part, values, onConfirmed),
      async change(at, state, dispatch) {
        const { blockId, actionId } = at;
        const put = (all: FormValues): FormValues => ({
          ...all,
          [blockId]: { ...all[blockId], [actionId]: state },
        });
        onEnter(put(entered));
        if (dispatch && !(await press(at, { ...state }, put(values))) && at.confirm) onEnter(entered);
      },
      suggest: (at, value) => ask("suggest", { blockId: at.blockId, actionId: at.actionId, value }),
    };
  }, [source, blocks, conversation, entered, onEnter, problems, ask, run, confirmed]);
  return <SurfaceContext value={surface}>{children}</SurfaceContext>;
}
