// A GitHub prepared for refusals, and the one way each of them is checked.
import type { Octokit } from "@octokit/rest";
import { expect } from "vitest";
import { type Clients, type Login, startClients } from "./clients.ts";

export interface Refusal {
  what: string;
  /** ann, who may push, if nobody is named; null is a caller without a token. */
  as?: Login | null;
  call: (octokit: Octokit, prepared: Prepared) => Promise<unknown>;
  status: number;
  /** The message of the body, whole; or a part of Octokit's, which tells the field errors too. */
  message: string | RegExp;
  errors?: unknown;
}

/** Of `acme/one`: `work` has the open draft 1 by cody, `idle` is where main is, `free` has no pull request. */
export interface Prepared {
  clients: Clients;
  main: string;
  head: string;
}

export const one = { owner: "acme", repo: "one" };
/** A commit id that no repository has. */
export const unknown = "1".repeat(40);

export async function prepare(): Promise<Prepared> {
  const clients = await startClients({
    repositories: [
      { fullName: "acme/one", id: 1, private: true },
      { fullName: "acme/archived", id: 2, archived: true },
      { fullName: "acme/empty", id: 3, empty: true },
      { fullName: "acme/public", id: 4 },
    ],
  });
  const cwd = await clients.clone("acme/one");
  const main = await clients.git(cwd, ["rev-parse", "HEAD"]);
  await clients.git(cwd, ["push", "--quiet", "origin", "HEAD:refs/heads/idle"], "cody[bot]");
  const head = await clients.push(cwd, "work", { "README.md": "# changed\n" });
  await clients.push(cwd, "free", { "free.txt": "1\n" });
  await clients.git(cwd, ["checkout", "--quiet", "--orphan", "stranger"]);
  await clients.push(cwd, "stranger", { "s.txt": "s\n" });
  const cody = clients.octokit("cody[bot]");
  await cody.pulls.create({ ...one, head: "work", base: "main", title: "Work", draft: true });
  return { clients, main, head };
}

export async function expectRefusal(prepared: Prepared, refusal: Refusal): Promise<void> {
  const octokit = prepared.clients.octokit(refusal.as === undefined ? "ann" : refusal.as);
  const error = await refusal.call(octokit, prepared).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ status: refusal.status });
  const { data } = error.response;
  expect(data.documentation_url).toMatch(/^https:\/\/docs\.github\.com/);
  if (typeof refusal.message === "string") expect(data.message).toBe(refusal.message);
  else expect(error.message).toMatch(refusal.message);
  if (refusal.errors !== undefined) expect(data.errors).toEqual(refusal.errors);
}
