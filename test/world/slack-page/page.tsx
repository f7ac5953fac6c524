// The page: one person in the local Slack workspace, in the browser.
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import type { Channel, WorkspaceState } from "../slack/contract.ts";
import { ChannelView } from "./channel.tsx";
import { ConfirmProvider } from "./confirm.tsx";
import { AppView } from "./home.tsx";
import { Icon } from "./icon.tsx";
import { ModalLayer } from "./modal.tsx";
import { Announcer, useUnread } from "./news.tsx";
import { type Place, usePlace, userInAddress } from "./place.ts";
import { Sidebar } from "./sidebar.tsx";
import { Thread } from "./thread.tsx";
import { useWorkspace, WorkspaceProvider } from "./workspace.tsx";

function Workspace() {
  const state = useWorkspace();
  const [wanted, go] = usePlace();
  const [menuOpen, setMenuOpen] = useState(false);
  const { place, channel } = placeIn(state, wanted);
  const unread = useUnread(place.app === "home" ? undefined : channel?.id);
  const name = channel ? nameOf(channel, state) : state.bot.name;

  useEffect(() => {
    document.title = `${name} · ${state.team.name} · Slack`;
  }, [name, state.team.name]);

  useEffect(() => {
    if (menuOpen) document.querySelector<HTMLElement>(".sidebar .entry")?.focus();
  }, [menuOpen]);

  const travel = (next: Place) => {
    go(next);
    setMenuOpen(false);
  };
  const openThread = (thread: string) => go({ ...place, thread });
  const lead = (
    <button
      type="button"
      className="button icon-only plain menu-button"
      aria-label="Open the list of channels"
      aria-expanded={menuOpen}
      onClick={() => setMenuOpen(!menuOpen)}
    >
      <Icon name="menu" size={20} />
    </button>
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the list of channels from anywhere.
    <div
      onKeyDown={(event) => event.key === "Escape" && setMenuOpen(false)}
      className={`workspace${menuOpen ? " menu-open" : ""}${place.thread ? " with-thread" : ""}`}
    >
      <Sidebar place={place} unread={unread} onGo={travel} />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: the button in the header does the same. */}
      <div className="veil" onClick={() => setMenuOpen(false)} />
      <div className="panes">
        {place.app ? (
          <AppView tab={place.app} lead={lead} onTab={(app) => travel({ app })} onOpenThread={openThread} />
        ) : (
          channel && <ChannelView channel={channel} name={name} lead={lead} onOpenThread={openThread} />
        )}
        {place.thread && channel && (
          <Thread
            channel={channel.id}
            ts={place.thread}
            name={name}
            onClose={() => go({ ...place, thread: undefined })}
          />
        )}
      </div>
      <Announcer channel={channel?.id} />
      <ModalLayer modal={state.modal} conversation={channel?.id ?? ""} />
    </div>
  );
}

/** Where the person really is: what the address names if they can see it, otherwise the first channel. */
function placeIn(state: WorkspaceState, wanted: Place): { place: Place; channel: Channel | undefined } {
  const { channels, bot } = state;
  const withApp = channels.find(({ kind, members }) => kind === "direct" && members.includes(bot.id));
  if (wanted.app) return { place: wanted, channel: withApp };
  const found = channels.find(({ id }) => id === wanted.channel);
  if (found && found === withApp)
    return { place: { app: "messages", thread: wanted.thread }, channel: withApp };
  if (found) return { place: wanted, channel: found };
  const first = channels.find(({ kind, archived }) => kind !== "direct" && !archived) ?? channels[0];
  return { place: first ? { channel: first.id } : { app: "home" }, channel: first };
}

function nameOf(channel: Channel, { me, bot, people }: WorkspaceState): string {
  if (channel.kind !== "direct") return `#${channel.name}`;
  const other = channel.members.find((member) => member !== me) ?? me;
  return [{ ...bot, realName: bot.name }, ...people].find(({ id }) => id === other)?.realName ?? other;
}

const root = document.getElementById("root");
if (!root) throw new Error("The page has no element with the id root.");
createRoot(root).render(
  <WorkspaceProvider user={userInAddress()}>
    <ConfirmProvider>
      <Workspace />
    </ConfirmProvider>
  </WorkspaceProvider>,
);
