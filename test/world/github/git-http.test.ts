// git over HTTP with the real git: who may fetch, who may push, and what a push may do.
import { mkdtemp } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Clients, type Login, startClients } from "./clients.ts";

let clients: Clients;

beforeAll(async () => {
  clients = await startClients({
    repositories: [
      ...["one", "two", "three", "four", "five", "six"].map((name, index) => ({
        fullName: `acme/${name}`,
        id: index + 1,
        private: true,
      })),
      { fullName: "acme/public", id: 20 },
      { fullName: "acme/archived", id: 21, archived: true },
      { fullName: "acme/empty", id: 22, empty: true },
      { fullName: "acme/checkout", id: 23, source: "test/fixtures/repositories/checkout" },
    ],
  });
});

afterAll(() => clients.close());

async function tryClone(
  name: string,
  login: Login | "wrong" | undefined,
  ...more: string[]
): Promise<string> {
  const cwd = await mkdtemp(path.join(clients.folder, "clone-"));
  await clients.git(cwd, ["clone", "--quiet", ...more, clients.github.cloneUrl(name), "."], login);
  return cwd;
}

describe("fetching", () => {
  test("a repository starts from a folder, and holds what the folder holds", async () => {
    const cwd = await tryClone("acme/checkout", undefined);
    const files = await clients.git(cwd, ["ls-tree", "-r", "--name-only", "HEAD"]);
    expect(files.split("\n")).toContain("src/cart.js");
    expect(await clients.git(cwd, ["rev-parse", "--abbrev-ref", "origin/HEAD"])).toBe("origin/main");
  });

  test.each([
    ["a public repository without a token", "acme/public", undefined, undefined],
    ["a public repository with a wrong token", "acme/public", "wrong", /could not read Username/],
    ["a private repository with read right", "acme/one", "bob", undefined],
    ["a private repository without a token", "acme/one", undefined, /could not read Username/],
    ["a private repository with a wrong token", "acme/one", "wrong", /could not read Username/],
    ["a private repository without a right", "acme/one", "eve", /remote: Repository not found/],
  ] as const)("%s", async (_, name, login, refusal) => {
    const attempt = tryClone(name, login);
    if (refusal === undefined) await attempt;
    else await expect(attempt).rejects.toThrow(refusal);
  });

  test("a wrong token in the address is told as what it is", async () => {
    const address = clients.github.cloneUrl("acme/one").replace("http://", "http://x-access-token:nothing@");
    const cwd = await mkdtemp(path.join(clients.folder, "clone-"));
    const clone = clients.git(cwd, ["clone", "--quiet", address, "."]);
    await expect(clone).rejects.toThrow(/remote: Invalid username or token.*Authentication failed/s);
  });

  test("a clone may be shallow, partial, and of one branch, by protocol 2", async () => {
    const cwd = await clients.clone("acme/two");
    await clients.push(cwd, "main", { "a.txt": "1\n" });
    const shallow = await tryClone("acme/two", "bob", "--depth", "1", "--single-branch", "--branch", "main");
    expect(await clients.git(shallow, ["rev-list", "--count", "HEAD"])).toBe("1");
    expect(await clients.git(shallow, ["rev-parse", "--is-shallow-repository"])).toBe("true");
    const partial = await tryClone("acme/two", "bob", "--filter=blob:none", "--no-checkout");
    const missing = await clients.git(partial, ["rev-list", "--objects", "--missing=print", "--all"]);
    expect(missing).toMatch(/^\?/m);
    const answer = await fetch(
      `${clients.github.cloneUrl("acme/public")}/info/refs?service=git-upload-pack`,
      {
        headers: { "git-protocol": "version=2" },
      },
    );
    expect(await answer.text()).toContain("version 2");
  });

  test("many clones at once", async () => {
    const clones = Array.from({ length: 8 }, () => tryClone("acme/checkout", undefined, "--depth", "1"));
    expect(await Promise.all(clones)).toHaveLength(8);
  });

  test("a former name leads to the new one", async () => {
    const former = clients.github.cloneUrl("acme/six");
    clients.github.rename("acme/six", "acme/sixth");
    const cwd = await mkdtemp(path.join(clients.folder, "clone-"));
    await clients.git(cwd, ["clone", "--quiet", former, "."], "bob");
    expect(await clients.git(cwd, ["rev-list", "--count", "HEAD"])).toBe("1");
  });
});

describe("pushing", () => {
  test.each([
    ["by a reader", "acme/one", "bob", /Permission to acme\/one.git denied to bob/],
    ["without a token", "acme/public", undefined, /could not read Username/],
    ["with a wrong token", "acme/one", "wrong", /could not read Username/],
    ["to an archived repository", "acme/archived", "ann", /archived so it is read-only/],
  ] as const)("%s is refused", async (_, name, login, refusal) => {
    const cwd = await clients.clone(name);
    const push = clients.git(cwd, ["push", "--quiet", "origin", "HEAD:refs/heads/x"], login);
    await expect(push).rejects.toThrow(refusal);
  });

  test("a branch that moved refuses, force with the lease held replaces, with a stale lease refuses", async () => {
    const first = await clients.clone("acme/three");
    const second = await clients.clone("acme/three");
    const theirs = await clients.push(first, "work", { "a.txt": "first\n" });
    await expect(clients.push(second, "work", { "a.txt": "second\n" })).rejects.toThrow(/rejected/);
    const stale = `--force-with-lease=work:${"1".repeat(40)}`;
    await expect(clients.push(second, "work", {}, stale)).rejects.toThrow(/stale info/);
    const ours = await clients.push(second, "work", {}, `--force-with-lease=work:${theirs}`);
    expect(clients.github.record.pushes.at(-1)).toEqual({
      repository: "acme/three",
      login: "cody[bot]",
      moves: [{ reference: "refs/heads/work", before: theirs, after: ours }],
    });
  });

  test("the first push fills an empty repository", async () => {
    const cwd = await clients.clone("acme/empty");
    const sha = await clients.push(cwd, "main", { "a.txt": "1\n" });
    const branch = await clients
      .octokit("ann")
      .repos.getBranch({ owner: "acme", repo: "empty", branch: "main" });
    expect(branch.data.commit.sha).toBe(sha);
  });

  test.each([
    ["GitHub's own references", "HEAD:refs/pull/1/head", /deny updating a hidden ref/],
    ["the default branch away", ":refs/heads/main", /refusing to delete the current branch/],
    ["a branch below another", "HEAD:refs/heads/main/below", /cannot lock ref|failed to update/],
  ])("nobody pushes %s", async (_, refspec, refusal) => {
    const cwd = await clients.clone("acme/four");
    const push = clients.git(cwd, ["push", "--quiet", "origin", refspec], "cody[bot]");
    await expect(push).rejects.toThrow(refusal);
  });

  test("a push of many megabytes arrives whole", async () => {
    const cwd = await clients.clone("acme/five");
    const noise = Array.from({ length: 200_000 }, (_, index) => `${index * 7919} ${index ** 3 % 1013}`);
    const sha = await clients.push(cwd, "large", { "noise.txt": noise.join("\n") });
    const again = await tryClone("acme/five", "bob", "--branch", "large");
    expect(await clients.git(again, ["rev-parse", "HEAD"])).toBe(sha);
  });

  test("a push whose answer is lost is there all the same", async () => {
    const cwd = await clients.clone("acme/one");
    clients.github.fault.next({ method: "POST", path: /git-receive-pack$/ }, { loseAnswer: true });
    await expect(clients.push(cwd, "lost", { "a.txt": "1\n" })).rejects.toThrow();
    const sha = await clients.git(cwd, ["rev-parse", "HEAD"]);
    expect(await clients.git(cwd, ["ls-remote", "origin", "refs/heads/lost"], "bob")).toContain(sha);
  });
});
