// Lets Cody act as a person who linked an account: opens that person's tokens and refreshes them when they expire.
import { setTimeout as sleep } from "node:timers/promises";
import type { Linking, PersonalCodeHost, PersonTokens } from "./ports/personal-code-host.ts";
import type { People } from "./ports/store.ts";
import { openTokens, sealTokens } from "./seal.ts";
import type { Person } from "./team-schema.ts";

/** GitHub as this person, or a sentence for that person on why not. Throws `Failed` where GitHub does not answer. */
export type ActAs = (person: Person) => Promise<PersonalCodeHost | { words: string }>;

interface ActAsOptions {
  people: Pick<People, "read" | "changeTokens">;
  linking: Pick<Linking, "refresh">;
  /** As in `LinkSettings.keys`. */
  keys: readonly string[];
  /** GitHub with this token, for example `(token) => makePersonalCodeHost(token, { apiUrl, log })`. */
  host: (accessToken: string) => PersonalCodeHost;
  now: () => number;
  wait?: (ms: number) => Promise<unknown>;
}

/** A token that ends within this time might end before the request arrives. */
const leastLifeMs = 5 * 60_000;
/** How long somebody else who refreshes at the same time is given to write down what GitHub answered. */
const othersWaitsMs = [250, 1_000, 3_000];

const linkAgain = "Connect GitHub again in the Home tab of Cody, then press once more.";
const ended = { words: `GitHub no longer accepts the link between Slack and your account. ${linkAgain}` };
const unlinked = { words: `Your GitHub account is no longer linked. ${linkAgain}` };
const closed = { words: `Cody can no longer open what it keeps of your link to GitHub. ${linkAgain}` };

export function makeActAs({ people, linking, keys, host, now, wait = sleep }: ActAsOptions): ActAs {
  /** The person with other tokens than these, as soon as somebody has written them; undefined where nobody does. */
  async function refreshedByOthers(person: Person): Promise<Person | undefined | "unlinked"> {
    for (const waitMs of othersWaitsMs) {
      const newest = await people.read(person.team, person.user);
      if (newest === undefined) return "unlinked";
      if (newest.sealedTokens !== person.sealedTokens) return newest;
      await wait(waitMs);
    }
    const newest = await people.read(person.team, person.user);
    if (newest === undefined) return "unlinked";
    return newest.sealedTokens === person.sealedTokens ? undefined : newest;
  }

  /** The tokens of the table win: they are what the next press will find. */
  async function actAs(person: Person, triesLeft: number): Promise<PersonalCodeHost | { words: string }> {
    const opened = openTokens(person.sealedTokens, person, keys);
    if ("refused" in opened) return closed;
    const { tokens } = opened;
    if (!endsBy(tokens.expiresAt, now() + leastLifeMs)) return host(tokens.access);
    const fresh = await refreshed(tokens);
    if (fresh && (await people.changeTokens(person, sealTokens(fresh, person, keys))))
      return host(fresh.access);
    const newest = await refreshedByOthers(person);
    if (newest === "unlinked") return unlinked;
    return newest && triesLeft > 0 ? actAs(newest, triesLeft - 1) : ended;
  }

  async function refreshed(tokens: PersonTokens): Promise<PersonTokens | undefined> {
    if (tokens.refresh === undefined || endsBy(tokens.refreshExpiresAt, now())) return undefined;
    return linking.refresh(tokens.refresh);
  }

  return (person) => actAs(person, 2);
}

function endsBy(expiresAt: number | undefined, time: number): boolean {
  return expiresAt !== undefined && expiresAt <= time;
}
