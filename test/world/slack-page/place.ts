// Where in the workspace one is, kept in the address so that a reload and a link lead back.
import { useCallback, useState } from "react";
import type { AppTab } from "./home.tsx";

/** A channel, or the app; and the thread that is open beside it. */
export interface Place {
  channel?: string;
  app?: AppTab;
  thread?: string;
}

/** The person the address names, or "" where it names none. */
export function userInAddress(): string {
  return new URLSearchParams(location.search).get("user") ?? "";
}

export function usePlace(): [Place, (place: Place) => void] {
  const [place, setPlace] = useState(readAddress);
  const go = useCallback((next: Place) => {
    const address = new URL(location.href);
    for (const name of ["channel", "app", "thread"] as const) {
      if (next[name]) address.searchParams.set(name, next[name]);
      else address.searchParams.delete(name);
    }
    history.replaceState(null, "", address);
    setPlace(next);
  }, []);
  return [place, go];
}

function readAddress(): Place {
  const search = new URLSearchParams(location.search);
  const app = search.get("app");
  return {
    channel: search.get("channel") ?? undefined,
    app: app === "home" || app === "messages" ? app : undefined,
    thread: search.get("thread") ?? undefined,
  };
}
