// Rules of a branch: GitHub's own refusals, whose reviews count, jobs after a push, and auto-merge.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Clients, type Login, startClients } from "./clients.ts";
import type { CiJob } from "./consequences.ts";
import type { Protection } from "./protection.ts";

let clients: Clients;
let jobs: CiJob[] = [];
const pushes: string[] = [];

beforeAll(async () => {
  clients = await startClients({
    accounts: [
      { login: "ann", id: 101, token: "token-of-ann", rights: { "acme/*": "write" } },
      { login: "bob", id: 102, token: "token-of-bob", rights: { "acme/*": "read" } },
      { login: "eve", id: 103, token: "token-of-eve", rights: { "acme/*": "admin" } },
      { login: "cody[bot]", id: 104, token: "token-of-cody", type: "Bot", rights: { "acme/*": "write" } },
    ],
    ci: async ({ repository, branch, read }) => {
      pushes.push(`${repository} ${branch} ${(await read("work.txt"))?.trim()} ${await read("nothing")}`);
      return branch.startsWith("cody/") ? jobs : [];
    },
  });
});

afterAll(() => clients.close());

async function propose(rules?: Protection, more: { draft?: boolean } = {}) {
  const { owner, repo, fullName } = clients.fresh();
  const cwd = await clients.clone(fullName);
  const sha = await clients.push(cwd, "cody/work", { "work.txt": "1\n" });
  if (rules) clients.github.protect(fullName, "main", rules);
  const at = { owner, repo };
  const { data } = await clients
    .octokit("cody[bot]")
    .pulls.create({ ...at, head: "cody/work", base: "main", title: "Work", ...more });
  const pull = { ...at, pull_number: data.number };
  return {
    cwd,
    sha,
    fullName,
    pull,
    id: data.node_id,
    report: (name: string, conclusion?: "success" | "failure") =>
      clients.github.reportJob(fullName, { sha, name, ...(conclusion && { conclusion }) }),
    review: (login: Login, event: "APPROVE" | "REQUEST_CHANGES", body = "x") =>
      clients.octokit(login).pulls.createReview({ ...pull, event, body }),
    merge: async (login: Login = "ann") =>
      clients
        .octokit(login)
        .pulls.merge({ ...pull, sha })
        .then(
          () => "merged",
          (error) => `${error.status} ${error.response.data.message}`,
        ),
    state: async () => {
      await clients.octokit("ann").pulls.get(pull);
      return (await clients.octokit("ann").pulls.get(pull)).data.mergeable_state;
    },
  };
}

describe("reviews", () => {
  test("are asked for, and count from people who may push", async () => {
    const work = await propose({ reviews: { count: 1 } });
    const missing = "405 At least 1 approving review is required by reviewers with write access.";
    expect(await work.merge()).toBe(missing);
    expect(await work.state()).toBe("blocked");
    await work.review("bob", "APPROVE");
    expect(await work.merge()).toBe(missing);
    await expect(work.review("cody[bot]", "APPROVE")).rejects.toThrow(
      /Can not approve your own pull request/,
    );
    await work.review("ann", "APPROVE");
    expect(await work.state()).toBe("clean");
    expect(await work.merge()).toBe("merged");
  });

  test("that ask for changes hold it back, until the same person approves", async () => {
    const work = await propose({ reviews: { count: 1 } });
    await work.review("eve", "APPROVE");
    await work.review("ann", "REQUEST_CHANGES");
    expect(await work.merge()).toBe("405 Changes have been requested.");
    await work.review("ann", "APPROVE");
    expect(await work.merge()).toBe("merged");
  });

  test("are kept at a push, or dismissed where the rules say so", async () => {
    for (const dismissStale of [false, true]) {
      const work = await propose({ reviews: { count: 1, dismissStale } });
      await work.review("ann", "APPROVE");
      await clients.push(work.cwd, "cody/work", { "work.txt": "2\n" });
      const { data } = await clients.octokit("ann").pulls.listReviews(work.pull);
      expect(data.map(({ state }) => state)).toEqual([dismissStale ? "DISMISSED" : "APPROVED"]);
      expect(await work.state()).toBe(dismissStale ? "blocked" : "clean");
    }
  });
});

describe("checks", () => {
  test("that are required are told one by one, or counted", async () => {
    const single = await propose({ checks: { names: ["build"] } });
    expect(await single.merge()).toBe('405 Required status check "build" is expected.');
    await single.report("build");
    expect(await single.merge()).toBe('405 Required status check "build" is in progress.');
    await single.report("build", "failure");
    expect(await single.merge()).toBe('405 Required status check "build" is failing.');
    const many = await propose({ checks: { names: ["a", "b", "c"] } });
    expect(await many.merge()).toBe("405 3 of 3 required status checks are expected.");
    await many.report("a", "failure");
    await many.report("b", "success");
    expect(await many.merge()).toBe(
      "405 2 of 3 required status checks have not succeeded: 1 failing, 1 expected.",
    );
  });

  test("may want the branch to hold its base", async () => {
    const work = await propose({ checks: { names: ["build"], strict: true } });
    await work.report("build", "success");
    const other = await clients.clone(work.fullName);
    await clients.git(other, ["checkout", "--quiet", "main"]);
    await clients.push(other, "main", { "other.txt": "1\n" });
    expect(await work.state()).toBe("behind");
    expect(await work.merge()).toBe("409 Head branch is out of date. Review and try the merge again.");
  });
});

test("an administrator goes past the rules, unless they hold for everybody", async () => {
  const open = await propose({ checks: { names: ["build"] } });
  expect(await open.state()).toBe("blocked");
  expect(await open.merge("eve")).toBe("merged");
  const closed = await propose({ checks: { names: ["build"] }, enforceAdmins: true });
  expect(await closed.merge("eve")).toMatch(/^405 Required/);
});

test("a ruleset says the same in its own frame, and shows itself to whoever may read", async () => {
  const work = await propose({ reviews: { count: 2 }, checks: { names: ["build"] }, ruleset: true });
  expect(await work.merge()).toMatch(
    /^405 Repository rule violations found\n\nAt least 2 approving reviews are required .*\n\nRequired status check/,
  );
  const { owner, repo } = work.pull;
  const { data } = await clients.octokit("bob").repos.getBranchRules({ owner, repo, branch: "main" });
  expect(data.map(({ type }) => type)).toEqual(["pull_request", "required_status_checks"]);
  const branch = await clients.octokit("bob").repos.getBranch({ owner, repo, branch: "main" });
  expect(branch.data).toMatchObject({ protected: true, protection: { enabled: false } });
});

test("an older protection shows its checks with the branch", async () => {
  const work = await propose({ reviews: { count: 1 }, checks: { names: ["build"] } });
  const { owner, repo } = work.pull;
  const { data } = await clients.octokit("bob").repos.getBranch({ owner, repo, branch: "main" });
  expect(data.protection.required_status_checks).toMatchObject({
    enforcement_level: "non_admins",
    contexts: ["build"],
  });
  expect((await clients.octokit("bob").repos.getBranchRules({ owner, repo, branch: "main" })).data).toEqual(
    [],
  );
});

test("a method that the repository does not allow is refused by name, and shown to those who may merge", async () => {
  const work = await propose();
  clients.github.allowMerges(work.fullName, { merge: false, squash: false, rebase: false });
  const by = (merge_method: "merge" | "squash" | "rebase") =>
    clients
      .octokit("ann")
      .pulls.merge({ ...work.pull, merge_method })
      .catch((error) => `${error.status} ${error.response.data.message}`);
  expect(await by("merge")).toBe("405 Merge commits are not allowed on this repository.");
  expect(await by("squash")).toBe("405 Squash merges are not allowed on this repository.");
  expect(await by("rebase")).toBe("405 Rebase merges are not allowed on this repository.");
  const { owner, repo } = work.pull;
  expect((await clients.octokit("ann").repos.get({ owner, repo })).data.allow_squash_merge).toBe(false);
  expect((await clients.octokit("bob").repos.get({ owner, repo })).data).not.toHaveProperty(
    "allow_squash_merge",
  );
});

describe("jobs", () => {
  test("run after a push to a branch, with its files, and their results are checks", async () => {
    jobs = [
      { name: "build", conclusion: "success" },
      { name: "test", conclusion: "failure", title: "1 failed", summary: "one", log: "boom\n" },
    ];
    const work = await propose();
    await clients.github.settled();
    jobs = [];
    expect(pushes).toContain(`${work.fullName} cody/work 1 undefined`);
    const { owner, repo } = work.pull;
    const { data } = await clients.octokit("ann").checks.listForRef({ owner, repo, ref: work.sha });
    const went = data.check_runs.map(({ name, conclusion, app }) => `${name} ${conclusion} ${app?.slug}`);
    expect(went.sort()).toEqual(["build success github-actions", "test failure github-actions"]);
    expect(await work.state()).toBe("unstable");
  });
});

describe("auto-merge", () => {
  const enable = (login: Login, id: string, more: Record<string, string> = {}) =>
    clients
      .octokit(login)
      .graphql(
        "mutation E($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { mergeMethod enabledBy { login } } } } }",
        { input: { pullRequestId: id, mergeMethod: "SQUASH", ...more } },
      )
      .then(
        (answer) => answer,
        (error) => error.errors[0].message as string,
      );

  test("waits for the rules and merges in the name of who asked", async () => {
    const work = await propose({ checks: { names: ["build"] } });
    clients.github.allowMerges(work.fullName, { auto: true });
    expect(await enable("ann", work.id, { expectedHeadOid: work.sha })).toMatchObject({
      enablePullRequestAutoMerge: {
        pullRequest: { autoMergeRequest: { mergeMethod: "SQUASH", enabledBy: { login: "ann" } } },
      },
    });
    const read = async () => (await clients.octokit("ann").pulls.get(work.pull)).data;
    expect((await read()).auto_merge).toMatchObject({ merge_method: "squash", enabled_by: { login: "ann" } });
    await work.report("build", "failure");
    await clients.github.settled();
    expect((await read()).merged).toBe(false);
    const { owner, repo } = work.pull;
    clients.github.protect(work.fullName, "main", { checks: { names: ["build", "legacy"] } });
    await work.report("build", "success");
    await clients.github.settled();
    const status = { owner, repo, sha: work.sha, context: "legacy", state: "success" } as const;
    await clients.octokit("ann").repos.createCommitStatus(status);
    await clients.github.settled();
    expect(await read()).toMatchObject({ merged: true, merged_by: { login: "ann" }, auto_merge: null });
  });

  test("is refused for what there is to wait for, and to whom it may not be given", async () => {
    const off = await propose({ checks: { names: ["build"] } });
    expect(await enable("ann", off.id)).toBe("Auto merge is not allowed for this repository");
    const bare = await propose();
    clients.github.allowMerges(bare.fullName, { auto: true, squash: false });
    expect(await enable("ann", bare.id)).toBe(
      "Merge method squash merging is not allowed on this repository",
    );
    expect(await enable("ann", bare.id, { mergeMethod: "MERGE" })).toBe(
      "Pull request Protected branch rules not configured for this branch",
    );
    const ready = await propose({ checks: { names: ["build"] } });
    clients.github.allowMerges(ready.fullName, { auto: true });
    expect(await enable("bob", ready.id)).toMatch(/does not have permission/);
    expect(await enable("ann", ready.id, { expectedHeadOid: "1".repeat(40) })).toMatch(
      /Head branch was modified/,
    );
    await ready.report("build", "success");
    expect(await enable("ann", ready.id)).toBe("Pull request Pull request is in clean status");
    await ready.report("extra", "failure");
    expect(await enable("ann", ready.id)).toBe("Pull request Pull request is in unstable status");
  });
});
