// The workspace at the left: channels, people, the app, and who one is.
import type { ReactNode } from "react";
import type { Channel } from "../slack/contract.ts";
import { AppMark, Avatar } from "./avatar.tsx";
import { ChannelIcon } from "./channel.tsx";
import type { Place } from "./place.ts";
import { useWorkspace } from "./workspace.tsx";

interface SidebarProps {
  place: Place;
  unread: Set<string>;
  onGo(place: Place): void;
}

export function Sidebar({ place, unread, onGo }: SidebarProps) {
  const { team, me, bot, people, channels } = useWorkspace();
  const named = channels.filter(({ kind }) => kind !== "direct");
  const direct = channels.filter(({ kind, members }) => kind === "direct" && !members.includes(bot.id));
  const withApp = channels.find(({ kind, members }) => kind === "direct" && members.includes(bot.id));

  const entry = (channel: Channel, content: ReactNode) => (
    <Entry
      key={channel.id}
      active={place.channel === channel.id}
      unread={unread.has(channel.id)}
      onClick={() => onGo({ channel: channel.id })}
    >
      {content}
    </Entry>
  );
  return (
    <nav className="sidebar" aria-label={team.name}>
      <header>{team.name}</header>
      <div className="sidebar-lists">
        <h2>Channels</h2>
        <ul>
          {named.map((channel) =>
            entry(
              channel,
              <>
                <ChannelIcon channel={channel} /> {channel.name}
              </>,
            ),
          )}
        </ul>
        {direct.length > 0 && (
          <>
            <h2>Direct messages</h2>
            <ul>
              {direct.map((channel) => {
                const other = channel.members.find((member) => member !== me) ?? me;
                return entry(
                  channel,
                  <>
                    <Avatar user={other} size={20} />{" "}
                    {people.find(({ id }) => id === other)?.realName ?? other}
                  </>,
                );
              })}
            </ul>
          </>
        )}
        <h2>Apps</h2>
        <ul>
          <Entry
            active={place.app !== undefined}
            unread={withApp !== undefined && unread.has(withApp.id)}
            onClick={() => onGo({ app: place.app ?? "home" })}
          >
            <AppMark size={20} /> {bot.name}
          </Entry>
        </ul>
      </div>
      <footer>
        <Avatar user={me} size={32} />
        <label>
          <span>Acting as</span>
          <select value={me} onChange={(event) => actAs(event.target.value)}>
            {people.map(({ id, name, realName, guest }) => (
              <option key={id} value={id}>
                {realName || name}
                {guest ? " (guest)" : ""}
              </option>
            ))}
          </select>
        </label>
      </footer>
    </nav>
  );
}

interface EntryProps {
  active: boolean;
  unread: boolean;
  onClick(): void;
  children: ReactNode;
}

function Entry({ active, unread, onClick, children }: EntryProps) {
  return (
    <li>
      <button
        type="button"
        className={unread ? "entry unread" : "entry"}
        aria-current={active ? "page" : undefined}
        onClick={onClick}
      >
        {children}
        {unread && <span className="visually-hidden">, unread messages</span>}
      </button>
    </li>
  );
}

/** Loads the page anew: another person sees another workspace. */
function actAs(user: string) {
  const address = new URL(location.href);
  address.searchParams.set("user", user);
  address.searchParams.delete("thread");
  location.assign(address);
}
