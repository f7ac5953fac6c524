// What every part of this GitHub shares: addresses, the clock, who there is, what there is, and the limits.
import type { Accounts } from "./accounts.ts";
import type { Apps, InstallationGrant } from "./apps.ts";
import type { Happening } from "./happenings.ts";
import type { RateLimits } from "./limits.ts";
import type { TeamOptions } from "./records.ts";
import type { Repositories } from "./repositories.ts";
import type { AppWebhook } from "./webhooks.ts";

export interface Site {
  /** Root of web pages and git, for example `http://127.0.0.1:4100`. */
  url: string;
  /** Root of REST; GraphQL is at `/graphql` below it. */
  apiUrl: string;
  now(): number;
  accounts: Accounts;
  apps: Apps;
  /** The webhook of an App, as its settings page has it; undefined where it has none. */
  webhookOf: (slug: string) => AppWebhook | undefined;
  /** Told of every token that is made for an App. */
  onToken: (grant: InstallationGrant) => void;
  /** Told of everything that webhooks tell, at the moment at which it is done. */
  happened: (happening: Happening) => void;
  /** Owners whose single sign-on a person has to have passed before a program may act there in that person's name. */
  ssoOwners: Set<string>;
  repositories: Repositories;
  teams: readonly TeamOptions[];
  /** How long a fork is there without its git objects. */
  forkReadyInMs: number;
  rateLimits: RateLimits;
  /** Ids of pull requests, reviews, comments and checks come from one counter, so that none is mistaken. */
  nextId(): number;
  /** True: the first question after a change is answered `mergeable: null`, as GitHub does while it works. */
  lateMergeability: boolean;
}

/** Times in answers: UTC without milliseconds. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d{3}Z$/, "Z");
}
