// Who and what is in the local workspace and on the local GitHub.
import path from "node:path";
import type { GitHubOptions } from "./github/github.ts";
import type { Channel, Person } from "./slack/contract.ts";

export const team = { id: "T0ACME", name: "Acme" };

export const bot = { userId: "U0CODY", botId: "B0CODY", appId: "A0CODY", name: "Cody" };

export const ann = "U0ANN";
export const ben = "U0BEN";
const gus = "U0GUS";

export const people: Person[] = [
  { id: ann, name: "ann", realName: "Ann Ashdown", admin: true },
  { id: ben, name: "ben", realName: "Ben Birch" },
  { id: gus, name: "gus", realName: "Gus Guest", guest: true },
];

export const engineering = "C0ENGINEERING";
export const secret = "C0SECRET";
export const partners = "C0PARTNERS";
export const attic = "C0ATTIC";

export const channels: Channel[] = [
  { id: engineering, name: "engineering", kind: "public", members: [ann, ben, gus] },
  { id: secret, name: "secret-plans", kind: "private", members: [ann] },
  { id: partners, name: "partners", kind: "public", members: [ann, ben], shared: true },
  { id: attic, name: "attic", kind: "public", members: [ann, ben], archived: true },
];

const samples = path.join(import.meta.dirname, "../fixtures/repositories");
const sample = (name: string) => path.join(samples, name);

/** Only acme's repositories are allowed; the others are there to be refused. */
export const allowedRepos = "acme/*";

export const repositories: GitHubOptions["repositories"] = [
  { fullName: "acme/shop-service", id: 101, source: sample("shop-service"), description: "The shop" },
  { fullName: "acme/legacy-batch", id: 102, source: sample("legacy-batch"), description: "Nightly jobs" },
  { fullName: "acme/checkout", id: 103, source: sample("checkout"), description: "Carts and prices" },
  { fullName: "acme/read-only", id: 104, source: sample("checkout"), description: "Cody may only read this" },
  { fullName: "acme/old-archive", id: 105, source: sample("checkout"), archived: true },
  { fullName: "acme/empty-start", id: 106, empty: true },
  { fullName: "acme/notes-app", id: 108, source: sample("notes-app"), description: "Notes in a file" },
  { fullName: "acme/gift-cards", id: 109, source: sample("checkout"), description: "Cards and their codes" },
  { fullName: "other/not-ours", id: 107, source: sample("checkout") },
];

/** What Cody's App is to be given, and nothing more. */
const appPermissions = {
  actions: "read",
  checks: "read",
  contents: "write",
  members: "read",
  metadata: "read",
  pull_requests: "write",
  statuses: "read",
} as const;

/** Cody as an App, installed on everything of acme's and on one repository of somebody else's. */
export const githubApp = {
  id: 271828,
  slug: "cody-of-acme",
  botId: 9100,
  installations: [
    { id: 501, account: "acme", permissions: appPermissions },
    { id: 502, account: "other", repositories: ["not-ours"], permissions: appPermissions },
  ],
} satisfies NonNullable<GitHubOptions["apps"]>[number];

/** Cody's account, and a person's. */
export function accounts(token: string): GitHubOptions["accounts"] {
  const rights = { "acme/*": "write", "acme/read-only": "read", "other/not-ours": "write" } as const;
  return [
    { login: "cody-bot", id: 9001, token, rights, scopes: ["repo"] },
    { login: "ann", id: 9002, token: `ann-${token}`, rights: { "acme/*": "admin" } },
    { login: "ben", id: 9003, token: `ben-${token}`, rights: { "acme/*": "write" } },
  ];
}
