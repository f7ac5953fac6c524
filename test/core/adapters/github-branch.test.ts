// Branches for Cody, as an account and as an App: whose commits they hold, and how they move.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { identities, type Stage, shop, startStage } from "./code-host-stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());

const base = "main";
const at = { owner: "acme", repo: "shop" };

describe.each(identities)("%s", (as) => {
  const branchOf = (name: string) => `cody/${as.replace(" ", "-").toLowerCase()}-${name}`;
  const look = (branch: string, knownHead?: string) =>
    stage.cody(as).branch(shop, { branch, base, ...(knownHead === undefined ? {} : { knownHead }) });

  test("a branch that is not there has no head", async () => {
    expect(await look(branchOf("nothing"))).toEqual({ foreign: { commits: 0, people: [] } });
  });

  test("commits of Cody's are Cody's, also those that GitHub made for Cody", async () => {
    const branch = branchOf("own");
    const me = stage.login(as);
    const known = await stage.push(shop, branch, { author: me });
    expect(await look(branch, known)).toEqual({ headSha: known, foreign: { commits: 0, people: [] } });
    const update = await stage.push(shop, branch, { on: known, author: me, committer: "github" });
    expect(await look(branch, known)).toMatchObject({
      headSha: update,
      foreign: { commits: 0, people: [] },
    });
  });

  test("commits of people since Cody's last one are counted with their names, whoever committed them", async () => {
    const branch = branchOf("foreign");
    const me = stage.login(as);
    const early = await stage.push(shop, branch, { author: "ann" });
    const known = await stage.push(shop, branch, { on: early, author: me });
    expect((await look(branch)).foreign).toEqual({ commits: 1, people: ["ann"] });
    const applied = await stage.push(shop, branch, { on: known, author: me, committer: "ann" });
    const last = await stage.push(shop, branch, { on: applied, author: "bob" });
    expect(await look(branch, known)).toMatchObject({
      headSha: last,
      // Ann only committed what Cody had written, and nobody has a commit's address of Bob's.
      foreign: { commits: 2, people: [me, "Bob"] },
    });
  });

  test("what a merge of the base brings along is nobody's doing on the branch", async () => {
    const branch = branchOf("merged");
    const me = stage.login(as);
    const known = await stage.push(shop, branch, { author: me });
    const main = await stage.push(shop, "main", { on: "main", author: "bob" });
    await stage.push(shop, branch, { on: known, also: main, author: me, committer: "github" });
    expect((await look(branch, known)).foreign).toEqual({ commits: 0, people: [] });
  });

  test("a branch that was forced somewhere else is compared from its base", async () => {
    const branch = branchOf("forced");
    const known = await stage.push(shop, branch, { author: stage.login(as) });
    await stage.push(shop, branch, { author: "ann" });
    expect((await look(branch, known)).foreign).toEqual({ commits: 1, people: ["ann"] });
    expect((await look(branch, "1".repeat(40))).foreign).toEqual({ commits: 1, people: ["ann"] });
  });

  test("its newest pull request is told, and who closed it", async () => {
    const branch = branchOf("pull");
    const headSha = await stage.push(shop, branch, { author: stage.login(as) });
    const { data } = await stage.octokit("ann").pulls.create({ ...at, head: branch, base, title: "T" });
    const pull = { number: data.number, url: data.html_url, headSha, draft: false };
    expect((await look(branch, headSha)).pullRequest).toEqual({ ...pull, state: "open" });
    await stage.octokit("bob").pulls.update({ ...at, pull_number: data.number, state: "closed" });
    const closed = { ...pull, state: "closed", closedBy: "bob" };
    expect((await look(branch, headSha)).pullRequest).toEqual(closed);
    const { data: next } = await stage.octokit("ann").pulls.create({ ...at, head: branch, base, title: "T" });
    await stage.octokit("ann").pulls.merge({ ...at, pull_number: next.number });
    expect((await look(branch, headSha)).pullRequest).toMatchObject({ number: next.number, state: "merged" });
  });

  test("where base and branch part, and the newest commit of the base", async () => {
    const branch = branchOf("parted");
    const sha = await stage.git(shop, ["rev-parse", "main"]);
    const head = await stage.push(shop, branch, { author: "ann" });
    const baseSha = await stage.push(shop, "main", { on: "main" });
    expect(await stage.cody(as).mergeBase(shop, "main", head)).toEqual({ sha, baseSha });
    await expect(stage.cody(as).mergeBase(shop, "nothing", head)).rejects.toMatchObject({
      failure: { kind: "base-branch-missing", detail: "nothing" },
    });
  });

  test("a branch moves forward to a commit that is there, and never back or over somebody's", async () => {
    const branch = branchOf("moved");
    const first = await stage.commit(shop, { author: "ann" });
    const second = await stage.commit(shop, { on: first, author: "ann" });
    const other = await stage.commit(shop, { author: "bob" });
    const move = (sha: string, isNew: boolean) => stage.cody(as).moveBranch(shop, branch, { sha, isNew });
    expect(await move(first, false)).toBe(false);
    expect(await move(first, true)).toBe(true);
    // Asked for twice where the first answer was lost.
    expect(await move(first, true)).toBe(true);
    expect(await move(other, true)).toBe(false);
    expect(await move(second, false)).toBe(true);
    expect(await move(second, false)).toBe(true);
    expect(await move(other, false)).toBe(false);
    expect(await stage.git(shop, ["rev-parse", branch])).toBe(second);
  });

  test("GitHub signs the same tree for an App, and for nobody else", async () => {
    const plain = await stage.commit(shop, { author: "ann" });
    const tree = await stage.git(shop, ["rev-parse", `${plain}^{tree}`]);
    const parents = [await stage.git(shop, ["rev-parse", `${plain}^`])];
    const sha = await stage
      .cody(as)
      .signedCommit(shop, { tree, parents, message: "Signed\n\nCody-Job: 1\n" });
    if (as === "an account") {
      expect(sha).toBeUndefined();
      return;
    }
    const { data } = await stage.octokit("ann").git.getCommit({ ...at, commit_sha: sha ?? "" });
    expect(data).toMatchObject({
      tree: { sha: tree },
      author: { name: "cody[bot]", email: "70+cody[bot]@users.noreply.github.com" },
      committer: { email: "noreply@github.com" },
      verification: { verified: true },
    });
    expect(data.parents.map((parent) => parent.sha)).toEqual(parents);
  });
});

describe("a fork", () => {
  test("is Cody's own, the same one each time, and used when git can be", async () => {
    const late = await startStage({ forkReadyInMs: 900 });
    try {
      const [first, second] = [
        await late.cody("an account").fork(shop),
        await late.cody("an account").fork(shop),
      ];
      expect(first).toEqual({
        fullName: "cody-bot/shop",
        cloneUrl: late.github.cloneUrl("cody-bot/shop"),
      });
      expect(second).toEqual(first);
      expect(await late.cody("an App").fork(shop)).toBeUndefined();
    } finally {
      await late.close();
    }
  });

  test("holds a branch that is looked at by its owner", async () => {
    await stage.cody("an account").fork(shop);
    const look = () =>
      stage.cody("an account").branch(shop, { branch: "cody/forked", base, headOwner: "cody-bot" });
    expect(await look()).toEqual({ foreign: { commits: 0, people: [] } });
    const fork = { owner: "cody-bot", repo: "shop" };
    const { data: main } = await stage.octokit("cody-bot").git.getRef({ ...fork, ref: "heads/main" });
    const sha = main.object.sha;
    await stage.octokit("cody-bot").git.createRef({ ...fork, ref: "refs/heads/cody/forked", sha });
    expect(await look()).toMatchObject({ headSha: sha });
    const { data: parent } = await stage.octokit("cody-bot").git.getCommit({ ...fork, commit_sha: sha });
    const commit = { ...fork, message: "New", tree: parent.tree.sha, parents: [sha] };
    const { data: written } = await stage.octokit("cody-bot").git.createCommit(commit);
    await stage.octokit("cody-bot").git.updateRef({ ...fork, ref: "heads/cody/forked", sha: written.sha });
    expect(await look()).toEqual({ headSha: written.sha, foreign: { commits: 0, people: [] } });
  });
});
