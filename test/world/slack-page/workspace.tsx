// The workspace as one person sees it: loaded, kept fresh, and handed to every component.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import type { Channel, PageAnswers, PageRequests, Person, WorkspaceState } from "../slack/contract.ts";
import { call, listen } from "./api.ts";
import { coalesce } from "./coalesce.ts";
import { keepUnchanged } from "./keep-unchanged.ts";

/** A request without the person, who is always the one looking at the page. */
type Request<Name extends keyof PageRequests> = Omit<PageRequests[Name], "user">;

/** What components do with the server; its identity never changes. */
export interface Actions {
  /** Asks and then loads the state anew. Throws as {@link call} does. */
  ask<Name extends keyof PageRequests>(name: Name, request: Request<Name>): Promise<PageAnswers[Name]>;
  /** Waits for something and shows its failure, or the `error` it answers, on the page. */
  run(task: Promise<{ error?: string } | undefined>): void;
}

/** Who and what can be named in a message; changes only when somebody or some channel does. */
export interface Directory {
  me: string;
  bot: WorkspaceState["bot"];
  people: Person[];
  channels: Channel[];
}

const StateContext = createContext<WorkspaceState | null>(null);
const ActionsContext = createContext<Actions | null>(null);
const DirectoryContext = createContext<Directory | null>(null);

/** The newest state. Components that draw messages use {@link useDirectory} instead, which changes seldom. */
export const useWorkspace = (): WorkspaceState => given(useContext(StateContext));
export const useActions = (): Actions => given(useContext(ActionsContext));
export const useDirectory = (): Directory => given(useContext(DirectoryContext));

function given<Value>(value: Value | null): Value {
  if (value === null) throw new Error("This component is drawn outside <WorkspaceProvider>.");
  return value;
}

/** Loads the workspace for a person ("" lets the server choose one) and shows its failures above the children. */
export function WorkspaceProvider({ user, children }: { user: string; children: ReactNode }) {
  const [state, setState] = useState<WorkspaceState | null>(null);
  const [problem, setProblem] = useState("");
  const [connected, setConnected] = useState(true);

  const reload = useMemo(
    () =>
      coalesce(async () => {
        const next = await call("state", { user });
        setState((last) => keepUnchanged(last, next));
      }),
    [user],
  );
  const run = useCallback((task: Promise<{ error?: string } | undefined>) => {
    task.then(
      (answer) => answer?.error && setProblem(answer.error),
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
  }, []);
  const load = useCallback(() => run(reload().then(() => undefined)), [run, reload]);
  useEffect(load, [load]);

  const me = state?.me;
  useEffect(() => {
    if (!me) return;
    return listen(me, {
      change: load,
      connected(yes) {
        setConnected(yes);
        if (yes) load();
      },
    });
  }, [me, load]);

  const actions = useMemo<Actions>(
    () => ({
      run,
      async ask(name, request) {
        const answer = await call(name, { ...request, user: me ?? user } as PageRequests[typeof name]);
        // Type-ahead changes nothing; everything else does.
        if (name !== "suggest") await reload();
        return answer;
      },
    }),
    [run, reload, me, user],
  );
  const { bot, people, channels } = state ?? {};
  const directory = useMemo(
    () =>
      me && people && channels && bot?.id
        ? { me, people, channels, bot: { id: bot.id, name: bot.name } }
        : null,
    [me, people, channels, bot?.id, bot?.name],
  );

  return (
    <>
      {problem && (
        <div className="toast" role="alert">
          <span>{problem}</span>
          <button type="button" onClick={() => setProblem("")}>
            Dismiss
          </button>
        </div>
      )}
      {!connected && (
        <div className="toast quiet" role="status">
          Connecting to the workspace…
        </div>
      )}
      {state && directory && (
        <StateContext value={state}>
          <ActionsContext value={actions}>
            <DirectoryContext value={directory}>{children}</DirectoryContext>
          </ActionsContext>
        </StateContext>
      )}
    </>
  );
}
