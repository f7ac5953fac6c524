// Shows somebody's Home tab as things are now.
import type { Chat } from "@cody/core/ports/chat.ts";
import type { Store } from "@cody/core/ports/store.ts";
import type { JobRecord } from "@cody/core/schema.ts";
import { closedHome, homeView } from "../views/home.ts";
import { mayUse } from "./access.ts";

/** Jobs that the Home tab shows. */
const shownJobs = 5;

export interface HomeContext {
  store: Pick<Store, "jobs" | "people" | "teams">;
  chat: Pick<Chat, "member" | "publishHome">;
  canLink: boolean;
  access: "linked" | "members";
}

/** Publishes it. Whoever may not use Cody sees why, and nothing else. */
export async function showHome(
  { team, user }: { team: string; user: string },
  { store, chat, canLink, access }: HomeContext,
): Promise<void> {
  const member = await chat.member(user);
  const why = mayUse(member, team);
  if (why !== undefined) return chat.publishHome(user, closedHome(why));
  const [person, newest, defaults] = await Promise.all([
    store.people.read(team, user),
    store.jobs.newestOf(team, user, shownJobs),
    store.teams.defaults(team),
  ]);
  const records = await Promise.all(newest.map(({ id }) => store.jobs.read(id)));
  const jobs = records.filter((record): record is JobRecord => record !== undefined);
  const isAdmin = member?.isAdmin === true;
  await chat.publishHome(user, homeView({ canLink, access, person, jobs, defaults, isAdmin }));
}
