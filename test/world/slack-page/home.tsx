// The app: its Home, and the direct conversation with it, behind two tabs.
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useState } from "react";
import type { FormValues, WorkspaceState } from "../slack/contract.ts";
import { AppMark } from "./avatar.tsx";
import { Blocks } from "./blocks.tsx";
import { Conversation } from "./channel.tsx";
import { ScrollBox } from "./scroll-box.tsx";
import { BlockSurface } from "./surface.tsx";
import { useActions, useWorkspace } from "./workspace.tsx";

export type AppTab = "home" | "messages";

interface AppViewProps {
  tab: AppTab;
  lead: ReactNode;
  onTab(tab: AppTab): void;
  onOpenThread(ts: string): void;
}

const TABS: { id: AppTab; name: string }[] = [
  { id: "home", name: "Home" },
  { id: "messages", name: "Messages" },
];

export function AppView({ tab, lead, onTab, onOpenThread }: AppViewProps) {
  const { bot, home, channels } = useWorkspace();
  const { ask, run } = useActions();
  const direct = channels.find(({ kind, members }) => kind === "direct" && members.includes(bot.id));

  useEffect(() => {
    if (tab === "home") run(ask("openHome", {}));
  }, [tab, ask, run]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    onTab(tab === "home" ? "messages" : "home");
    document.getElementById(tab === "home" ? "tab-messages" : "tab-home")?.focus();
  };
  return (
    <main className="pane">
      <header className="pane-head app-head">
        {lead}
        <h1>
          <AppMark size={24} /> {bot.name}
        </h1>
        <div role="tablist" aria-label={bot.name} className="tabs" onKeyDown={onKeyDown}>
          {TABS.map(({ id, name }) => (
            <button
              key={id}
              id={`tab-${id}`}
              type="button"
              role="tab"
              aria-selected={tab === id}
              aria-controls="app-panel"
              tabIndex={tab === id ? 0 : -1}
              onClick={() => onTab(id)}
            >
              {name}
            </button>
          ))}
        </div>
      </header>
      <div role="tabpanel" id="app-panel" className="app-panel" aria-labelledby={`tab-${tab}`}>
        {tab === "messages" && direct && (
          <Conversation channel={direct} name={bot.name} onOpenThread={onOpenThread} />
        )}
        {tab === "messages" && !direct && (
          <p className="empty">There is no conversation with {bot.name} yet.</p>
        )}
        {tab === "home" && home && <Home key={home.id} view={home} conversation={direct?.id ?? ""} />}
        {tab === "home" && !home && <p className="empty">{bot.name} shows nothing here yet.</p>}
      </div>
    </main>
  );
}

function Home({ view, conversation }: { view: NonNullable<WorkspaceState["home"]>; conversation: string }) {
  const [entered, setEntered] = useState<FormValues>({});
  const source = useMemo(() => ({ viewId: view.id }), [view.id]);
  return (
    <ScrollBox className="home" label="Home">
      <BlockSurface
        source={source}
        blocks={view.blocks}
        conversation={conversation}
        entered={entered}
        onEnter={setEntered}
      >
        <Blocks blocks={view.blocks} />
      </BlockSurface>
    </ScrollBox>
  );
}
