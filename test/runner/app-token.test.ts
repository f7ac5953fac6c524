// Clones and pushes as an App: a token that GitHub does not know yet is waited for, and the right to push comes last.
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeGitHub } from "@cody/core/adapters/github.ts";
import { programLog } from "@cody/core/log.ts";
import { detector, KnownSecrets, redactor } from "@cody/core/redact.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorkspace } from "../../packages/runner/src/adapters/git-workspace.ts";
import { type GitHub, startGitHub } from "../world/github/github.ts";

const shop = { id: 1, fullName: "acme/shop" };
const log = programLog("runner", "error", []);
const { signal } = new AbortController();
let root: string;
let github: GitHub;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "cody-app-"));
  const permissions = { contents: "write", pull_requests: "write", metadata: "read" } as const;
  github = await startGitHub({
    root: path.join(root, "github"),
    accounts: [],
    apps: [{ id: 7, slug: "cody", botId: 70, installations: [{ id: 1, account: "acme", permissions }] }],
    repositories: [{ ...shop, private: true }],
  });
});

afterAll(async () => {
  await github.close();
  await rm(root, { recursive: true, force: true });
});

async function open(name: string) {
  const identity = { appId: 7, privateKey: github.privateKey("cody") };
  const codeHost = makeGitHub({ identity, apiUrl: github.apiUrl, log });
  const check = await codeHost.check(shop);
  if (!check.found || !check.baseSha) throw new Error("there is no shop");
  return openWorkspace({
    folder: path.join(root, name),
    cloneUrl: check.cloneUrl,
    authorization: (access) => codeHost.gitAuthorization(shop, access),
    author: () => codeHost.author(shop),
    baseSha: check.baseSha,
    baseBranch: "main",
    path: process.env.PATH ?? "",
    signal,
  });
}

const rightsMade = () => github.record.tokens.map(({ permissions }) => permissions.contents);

test("a token that is too new is tried again, and only pushing asks for the right to push", async () => {
  github.delayTokens(800);
  try {
    const workspace = await open("late");
    await writeFile(path.join(workspace.tree, "new.txt"), "new\n");
    await workspace.diff();
    expect(rightsMade()).toEqual(["read", "read"]);
    const { sha: commit } = await workspace.publish({ branch: "cody/late", message: "New\n", signal });
    expect(rightsMade().filter((level) => level === "write")).toHaveLength(1);
    const refused = github.record.calls.filter(
      ({ status, path: asked }) => status === 401 && asked.includes(".git"),
    );
    expect(new Set(refused.map(({ path: asked }) => asked))).toEqual(new Set(["/acme/shop.git/info/refs"]));
    expect(refused).toHaveLength(2);
    expect(github.record.pushes.at(-1)?.moves).toMatchObject([
      { reference: "refs/heads/cody/late", after: commit },
    ]);
    const git = ["--git-dir", path.join(root, "github", "1.git"), "log", "-1", "--format=%an <%ae> %cn"];
    expect(execFileSync("git", [...git, commit ?? ""], { encoding: "utf8", timeout: 5_000 }).trim()).toBe(
      "cody[bot] <70+cody[bot]@users.noreply.github.com> cody[bot]",
    );
  } finally {
    github.delayTokens(0);
  }
}, 20_000);

test("every token that was made is known by its value, and so are its forms", async () => {
  const known = new KnownSecrets([]);
  const identity = { appId: 7, privateKey: github.privateKey("cody") };
  const codeHost = makeGitHub({ identity, apiUrl: github.apiUrl, log, onToken: known.add });
  const before = github.record.tokens.length;
  await codeHost.check(shop);
  await codeHost.gitAuthorization(shop, "write");
  const made = github.record.tokens.slice(before).map(({ token }) => token);
  expect(made).toHaveLength(2);
  const [redact, isOwnSecret] = [redactor(known), detector(known)];
  for (const token of made) {
    expect(token.length).toBeGreaterThan(450);
    const sent = Buffer.from(`x-access-token:${token}`);
    const remote = `https://x-access-token:${token}@github.com/acme/shop`;
    const forms = [
      token,
      encodeURIComponent(remote),
      sent.toString("base64"),
      sent.toString("base64url"),
      Buffer.from(remote).toString("base64"),
      Buffer.from(`\n${remote}\n`).toString("base64"),
    ];
    for (const form of forms) {
      expect(isOwnSecret(`x = "${form}"`)).toBe(true);
      const clean = redact(`x = "${form}"`);
      const decoded = Buffer.from(clean, "base64").toString("latin1");
      for (let from = 0; from + 12 <= token.length; from += 1)
        expect(clean + decoded).not.toContain(token.slice(from, from + 12));
    }
  }
});

test("a workflow that the App may not change is named", async () => {
  const workspace = await open("workflow");
  const folder = path.join(workspace.tree, ".github/workflows");
  execFileSync("mkdir", ["-p", folder], { timeout: 5_000 });
  await writeFile(path.join(folder, "ci.yml"), "on: push\n");
  await workspace.diff();
  await expect(workspace.publish({ branch: "cody/flow", message: "CI\n", signal })).rejects.toMatchObject({
    failure: { kind: "push-refused", detail: expect.stringContaining(".github/workflows/ci.yml") },
  });
});
