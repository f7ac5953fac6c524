// What a person sees of a pull request before anything is done to it, and the reasons not to do it.
import { setTimeout as sleep } from "node:timers/promises";
import { Failed } from "../failure.ts";
import type { SeenPullRequest } from "../ports/personal-code-host.ts";
import type { Account } from "../pull-request-schema.ts";
import { Declined, isLost, type PersonClient } from "./github-person-client.ts";

export type Wait = (ms: number) => Promise<unknown>;
export const usualWait: Wait = sleep;

/** A repository as GitHub shows it to somebody. */
export interface ShownRepository {
  id: number;
  full_name: string;
  permissions?: { admin?: boolean; maintain?: boolean; push?: boolean; triage?: boolean; pull?: boolean };
  allow_squash_merge?: boolean;
  allow_merge_commit?: boolean;
  allow_rebase_merge?: boolean;
  allow_auto_merge?: boolean;
}

export type ShownPull = Awaited<ReturnType<PersonClient["pulls"]["get"]>>["data"];

export interface Looked {
  owner: string;
  repo: string;
  fullName: string;
  me: Account;
  repository: ShownRepository;
  mayPush: boolean;
  pull: ShownPull;
}

export async function readAccount(client: PersonClient): Promise<Account> {
  const { data } = await client.users.getAuthenticated();
  return { id: data.id, login: data.login };
}

/** By its id: another repository may have its name by now. */
export async function readRepository(client: PersonClient, id: number): Promise<ShownRepository> {
  const { data } = await client.request("GET /repositories/{repository_id}", { repository_id: id });
  return data;
}

export function mayPush({ permissions: may }: ShownRepository): boolean {
  return may?.push === true || may?.maintain === true || may?.admin === true;
}

/** Everything that is needed to decide, read at this moment. */
export async function look(client: PersonClient, seen: SeenPullRequest): Promise<Looked> {
  const [me, repository] = await Promise.all([
    readAccount(client),
    readRepository(client, seen.repository.id),
  ]);
  const [owner = "", repo = ""] = repository.full_name.split("/");
  const { data: pull } = await client.pulls.get({ owner, repo, pull_number: seen.number });
  const fullName = repository.full_name;
  return { owner, repo, fullName, me, repository, mayPush: mayPush(repository), pull };
}

export async function readPull(client: PersonClient, { owner, repo, pull }: Looked): Promise<ShownPull> {
  return (await client.pulls.get({ owner, repo, pull_number: pull.number })).data;
}

/** What was pressed is about what the person saw, and nothing newer. */
export function refuseMoved(pull: ShownPull, seen: SeenPullRequest): void {
  if (pull.head.sha === seen.sha) return;
  throw new Declined(
    `The pull request has changed since: you saw commit ${short(seen.sha)}, and its newest is ${short(pull.head.sha)}. Look at it again, then press once more.`,
  );
}

export function refuseEnded(pull: ShownPull): void {
  if (pull.merged)
    throw new Declined(
      `The pull request is merged already${pull.merged_by ? `, by ${pull.merged_by.login}` : ""}.`,
    );
  if (pull.state === "closed") throw new Declined("The pull request is closed.");
}

export function refuseWithoutPush({ mayPush: may, me, fullName }: Looked, why: string): void {
  if (!may) throw new Declined(`Your GitHub account ${me.login} may not push to ${fullName}, ${why}.`);
}

/** Long enough for what was on its way to arrive. */
const lookAgainAfterMs = [500, 1_500, 3_000];

/** Does something that must be done once. Where no answer comes, what GitHub shows says whether it was done. */
export async function doOnce(
  act: () => Promise<unknown>,
  wasDone: () => Promise<boolean>,
  wait: Wait,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isLost(error)) throw error;
    for (const ms of [0, ...lookAgainAfterMs]) {
      await wait(ms);
      if (await wasDone()) return;
    }
    throw new Failed("github-unavailable", "no answer came, and nothing shows that it was done", error);
  }
}

function short(sha: string): string {
  return sha.slice(0, 7);
}
