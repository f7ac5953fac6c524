// What a personal token may by its scopes: GitHub names them with every answer, and keeps workflows for one of them.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clients, startClients, tokens } from "./clients.ts";

let clients: Clients;

const rights = { "acme/*": "write" } as const;

beforeAll(async () => {
  clients = await startClients({
    accounts: [
      { login: "ann", id: 101, token: tokens.ann, rights, scopes: ["repo"] },
      { login: "bob", id: 102, token: tokens.bob, rights },
      { login: "eve", id: 103, token: tokens.eve, rights, scopes: [] },
      { login: "cody[bot]", id: 104, token: tokens["cody[bot]"], type: "Bot", rights },
    ],
  });
});

afterAll(() => clients.close());

test.each([
  ["ann", "repo"],
  ["bob", "repo, workflow"],
  ["eve", undefined],
] as const)("the token of %s says that its scopes are %s", async (login, scopes) => {
  const { headers } = await clients.octokit(login).users.getAuthenticated();
  expect(headers["x-oauth-scopes"]).toBe(scopes);
});

test("without the scope for it a push does not change a workflow", async () => {
  const cwd = await clients.clone(clients.fresh().fullName);
  await mkdir(path.join(cwd, ".github/workflows"), { recursive: true });
  await writeFile(path.join(cwd, ".github/workflows/ci.yml"), "on: push\njobs: {}\n");
  await clients.git(cwd, ["checkout", "--quiet", "-b", "refused"]);
  await clients.git(cwd, ["add", "--all"]);
  await clients.git(cwd, ["commit", "--quiet", "--message", "workflow"]);
  await expect(clients.git(cwd, ["push", "--quiet", "origin", "refused"], "ann")).rejects.toThrow(
    /refusing to allow a Personal Access Token to create or update workflow `\.github\/workflows\/ci\.yml` without `workflow` scope/,
  );
  await clients.git(cwd, ["push", "--quiet", "origin", "refused"], "bob");
});
