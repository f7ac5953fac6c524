// Pull requests with the real Octokit and the real git: what is answered is what git says.
import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Clients, startClients } from "./clients.ts";

let clients: Clients;

beforeAll(async () => {
  clients = await startClients();
});

afterAll(() => clients.close());

/** A repository with a branch `work` that changes the README, and a pull request of cody's for it. */
async function opened(more: { draft?: boolean; files?: Record<string, string> } = {}) {
  const { owner, repo, fullName } = clients.fresh();
  const cwd = await clients.clone(fullName);
  const head = await clients.push(cwd, "work", more.files ?? { "README.md": "# changed\n" });
  const cody = clients.octokit("cody[bot]");
  const ann = clients.octokit("ann");
  const pull = (
    await cody.pulls.create({
      owner,
      repo,
      head: "work",
      base: "main",
      title: "Work",
      draft: more.draft ?? false,
    })
  ).data;
  const at = { owner, repo, pull_number: pull.number };
  return { cwd, head, cody, ann, at, pull, fullName, issue: { owner, repo, issue_number: pull.number } };
}

describe("a pull request", () => {
  test("counts and files are what git counts, for any file name", async () => {
    const names = [
      "plain.txt",
      "two words.txt",
      "Grüße – 日本.md",
      'quo"te.txt',
      "tab\there.txt",
      "-dash.txt",
      "a\nb.txt",
    ];
    const files = Object.fromEntries(names.map((name) => [name, "one\ntwo\n"]));
    const { cwd, ann, at, cody } = await opened({ files });
    await rm(path.join(cwd, "README.md"));
    await clients.git(cwd, ["mv", "plain.txt", "renamed to.txt"]);
    await clients.push(cwd, "work", { "two words.txt": "one\nTWO\n", "data.bin": "a\0b" });

    const listed = (await ann.pulls.listFiles(at)).data;
    const raw = await clients.git(cwd, ["diff", "--numstat", "-z", "--no-renames", "origin/main...work"]);
    const counted = raw
      .split("\0")
      .filter(Boolean)
      .map((line) => line.split("\t"));
    const fromGit = counted.map(([added, , ...name]) => [name.join("\t"), Number(added) || 0]);
    expect(listed.map((file) => [file.filename, file.additions])).toEqual(fromGit);
    const byName = new Map(listed.map((file) => [file.filename, file]));
    expect(byName.get("README.md")).toMatchObject({ status: "removed", additions: 0, deletions: 1 });
    expect(byName.get("two words.txt")?.patch).toBe("@@ -0,0 +1,2 @@\n+one\n+TWO");
    expect(byName.get("a\nb.txt")?.patch).toBe("@@ -0,0 +1,2 @@\n+one\n+two");
    expect(byName.get("data.bin")?.patch).toBeUndefined();

    const whole = (await cody.pulls.get(at)).data;
    const additions = listed.reduce((sum, file) => sum + file.additions, 0);
    expect(whole).toMatchObject({ additions, deletions: 1, changed_files: listed.length, commits: 2 });
    const commits = (await cody.pulls.listCommits(at)).data;
    expect(commits.map(({ sha }) => sha).at(-1)).toBe(whole.head.sha);
    expect(commits[0]?.author?.login).toBe("cody[bot]");
  });

  test("a rename and a file that became a link are one file each, with their own lines", async () => {
    const long = Array.from({ length: 20 }, (_, index) => `line ${index}\n`).join("");
    const { owner, repo, fullName } = clients.fresh();
    const cwd = await clients.clone(fullName);
    await clients.push(cwd, "main", { "old.txt": long, "target.txt": "x\n", "z.txt": "z\n" });
    await clients.git(cwd, ["mv", "old.txt", "new.txt"]);
    await clients.git(cwd, ["rm", "--quiet", "target.txt"]);
    await clients.git(cwd, [
      "update-index",
      "--add",
      "--cacheinfo",
      `120000,${await clients.git(cwd, ["hash-object", "-w", "z.txt"])},target.txt`,
    ]);
    await clients.git(cwd, ["commit", "--quiet", "--message", "link"]);
    await clients.git(cwd, ["checkout", "--quiet", "--force", "-B", "work"]);
    await clients.push(cwd, "work", { "new.txt": `${long}end\n`, "z.txt": "zz\n" });
    const octokit = clients.octokit("cody[bot]");
    const pull = await octokit.pulls.create({ owner, repo, head: "work", base: "main", title: "Moved" });
    const files = (await octokit.pulls.listFiles({ owner, repo, pull_number: pull.data.number })).data;
    expect(
      files.map(({ filename, status, previous_filename: before }) => [filename, status, before]),
    ).toEqual([
      ["new.txt", "renamed", "old.txt"],
      ["target.txt", "changed", undefined],
      ["z.txt", "modified", undefined],
    ]);
    expect(files[0]?.patch).toMatch(/\+end$/);
    expect(files[2]?.patch).toBe("@@ -1 +1 @@\n-z\n+zz");
  });

  test("mergeable is null when first asked after a change, then what git says", async () => {
    const { cwd, ann, at, pull } = await opened();
    const state = async () => {
      const { mergeable, mergeable_state } = (await ann.pulls.get(at)).data;
      return [mergeable, mergeable_state];
    };
    expect(pull.mergeable).toBeNull();
    expect(await state()).toEqual([null, "unknown"]);
    expect(await state()).toEqual([true, "clean"]);
    await clients.git(cwd, ["checkout", "--quiet", "main"]);
    await clients.push(cwd, "main", { "README.md": "# otherwise\n" });
    expect(await state()).toEqual([null, "unknown"]);
    expect(await state()).toEqual([false, "dirty"]);
    await expect(ann.pulls.merge(at)).rejects.toMatchObject({ status: 405, message: /not mergeable/ });
  });

  test("new commits on the branch are the pull request's, and it can be fetched by number", async () => {
    const { cwd, ann, at, head } = await opened();
    const next = await clients.push(cwd, "work", { "b.txt": "b\n" });
    expect((await ann.pulls.get(at)).data).toMatchObject({
      head: { sha: next },
      commits: 2,
      changed_files: 2,
    });
    await clients.git(cwd, ["fetch", "--quiet", "origin", `pull/${at.pull_number}/head`], "cody[bot]");
    expect(await clients.git(cwd, ["rev-parse", "FETCH_HEAD"])).toBe(next);
    expect((await ann.pulls.list({ ...at, head: "acme:work" })).data[0]?.head.sha).toBe(next);
    expect(head).not.toBe(next);
  });

  test("the diff and the patch are git's own", async () => {
    const { cwd, ann, at } = await opened();
    const diff = await ann.pulls.get({ ...at, mediaType: { format: "diff" } });
    expect(String(diff.data).trim()).toBe(await clients.git(cwd, ["diff", "origin/main...work"]));
    const patch = await ann.pulls.get({ ...at, mediaType: { format: "patch" } });
    expect(String(patch.data)).toMatch(/^From [0-9a-f]{40} .*Subject: \[PATCH\] Change README\.md/s);
  });

  test("found by branch, base and state; a head without an owner is ignored as GitHub ignores it", async () => {
    const { ann, at } = await opened();
    const numbers = async (filter: { head?: string; base?: string; state?: "all" | "closed" }) =>
      (await ann.pulls.list({ ...at, ...filter })).data.map(({ number }) => number);
    expect(await numbers({ head: "acme:work" })).toEqual([1]);
    expect(await numbers({ head: "acme:other" })).toEqual([]);
    expect(await numbers({ head: "other" })).toEqual([1]);
    expect(await numbers({ base: "release" })).toEqual([]);
    expect(await numbers({ state: "closed" })).toEqual([]);
  });

  test("labels, reviewers and comments", async () => {
    const { ann, cody, at, issue } = await opened();
    await cody.issues.addLabels({ ...issue, labels: ["cody", "security"] });
    await cody.issues.removeLabel({ ...issue, name: "cody" });
    await cody.pulls.requestReviewers({ ...at, reviewers: ["ann"] });
    const comment = await ann.issues.createComment({ ...issue, body: "Why?" });
    await ann.issues.updateComment({ ...issue, comment_id: comment.data.id, body: "Why so?" });
    const pull = (await ann.pulls.get(at)).data;
    expect(pull.labels.map(({ name }) => name)).toEqual(["security"]);
    expect(pull.requested_reviewers?.map(({ login }) => login)).toEqual(["ann"]);
    expect(pull.comments).toBe(1);
    expect((await cody.issues.listComments(issue)).data.map(({ body }) => body)).toEqual(["Why so?"]);
  });

  test("a review stays with the commit it was given on, and its comments with their lines", async () => {
    const { ann, cody, at, head, cwd } = await opened();
    await cody.pulls.requestReviewers({ ...at, reviewers: ["ann"] });
    const comments = [{ path: "README.md", line: 1, body: "A better title?" }];
    await ann.pulls.createReview({
      ...at,
      event: "REQUEST_CHANGES",
      body: "Nearly.",
      commit_id: head,
      comments,
    });
    await clients.push(cwd, "work", { "README.md": "# better\n" });
    await ann.pulls.createReview({ ...at, event: "APPROVE", commit_id: head });
    const reviews = (await cody.pulls.listReviews(at)).data;
    expect(reviews.map((review) => [review.state, review.commit_id])).toEqual([
      ["CHANGES_REQUESTED", head],
      ["APPROVED", head],
    ]);
    expect((await cody.pulls.listReviewComments(at)).data).toMatchObject([
      { path: "README.md", line: 1, side: "RIGHT", diff_hunk: "@@ -1 +1 @@\n-# example\n+# changed" },
    ]);
    expect((await cody.pulls.get(at)).data.requested_reviewers).toEqual([]);
  });

  test("a review that is not submitted is its author's alone", async () => {
    const { ann, cody, at } = await opened();
    const pending = (await ann.pulls.createReview({ ...at, body: "Let me see." })).data;
    expect(pending.state).toBe("PENDING");
    await expect(ann.pulls.createReview(at)).rejects.toThrow(/only have one pending review/);
    expect((await cody.pulls.listReviews(at)).data).toEqual([]);
    await ann.pulls.submitReview({ ...at, review_id: pending.id, event: "APPROVE" });
    expect((await cody.pulls.listReviews(at)).data).toMatchObject([
      { state: "APPROVED", body: "Let me see." },
    ]);
  });

  test("checks and statuses decide between clean and unstable; the newest of each name counts", async () => {
    const { ann, cody, at, head } = await opened();
    const state = async () => {
      await ann.pulls.get(at);
      return (await ann.pulls.get(at)).data.mergeable_state;
    };
    const combined = async () => (await ann.repos.getCombinedStatusForRef({ ...at, ref: "work" })).data;
    expect(await combined()).toMatchObject({ state: "pending", total_count: 0 });
    const run = await cody.checks.create({ ...at, name: "build", head_sha: head, status: "in_progress" });
    expect(await state()).toBe("unstable");
    await cody.checks.update({ ...at, check_run_id: run.data.id, conclusion: "failure" });
    await cody.checks.create({ ...at, name: "build", head_sha: head, conclusion: "success" });
    const listed = (await ann.checks.listForRef({ ...at, ref: head })).data;
    expect(listed.check_runs.map(({ conclusion }) => conclusion)).toEqual(["success"]);
    expect(await state()).toBe("clean");
    await ann.repos.createCommitStatus({ ...at, sha: head, state: "error", context: "lint" });
    expect(await combined()).toMatchObject({ state: "failure", total_count: 1 });
    await ann.repos.createCommitStatus({ ...at, sha: head, state: "success", context: "lint" });
    expect(await combined()).toMatchObject({ state: "success", sha: head });
  });

  test("a draft becomes ready, and a draft again, by GraphQL alone", async () => {
    const { ann, cody, at, pull } = await opened({ draft: true });
    await cody.pulls.update({ ...at, draft: false } as Parameters<typeof cody.pulls.update>[0]);
    await expect(ann.pulls.merge(at)).rejects.toMatchObject({ status: 405, message: /still a draft/ });
    const mutate = (name: string, fields = "number isDraft") =>
      cody.graphql(
        `mutation($id: ID!) { ${name}(input: {pullRequestId: $id}) { pullRequest { ${fields} } } }`,
        {
          id: pull.node_id,
        },
      );
    expect(await mutate("markPullRequestReadyForReview")).toEqual({
      markPullRequestReadyForReview: { pullRequest: { number: pull.number, isDraft: false } },
    });
    expect((await ann.pulls.get(at)).data.draft).toBe(false);
    await expect(mutate("convertPullRequestToDraft", "nonsense")).rejects.toThrow(
      /Field 'nonsense' doesn't exist/,
    );
    await expect(mutate("enablePullRequestAutoMerge")).rejects.toThrow(
      /Auto merge is not allowed for this repository/,
    );
    await mutate("convertPullRequestToDraft");
    expect((await ann.pulls.get(at)).data.draft).toBe(true);
  });
});

describe("merging", () => {
  test.each([
    ["merge", 2, "Merge pull request #1 from acme/work"],
    ["squash", 1, "Work (#1)"],
    ["rebase", 1, "Change c.txt"],
  ] as const)("by %s puts the commits on the base, for git to fetch", async (method, parents, subject) => {
    const { cwd, ann, at } = await opened();
    const head = await clients.push(cwd, "work", { "c.txt": "c\n" });
    await clients.git(cwd, ["checkout", "--quiet", "main"]);
    await clients.push(cwd, "main", { "elsewhere.txt": "e\n" });
    const merged = (await ann.pulls.merge({ ...at, sha: head, merge_method: method })).data;
    await clients.git(cwd, ["fetch", "--quiet", "origin", "main"], "cody[bot]");
    expect(await clients.git(cwd, ["rev-parse", "FETCH_HEAD"])).toBe(merged.sha);
    const log = await clients.git(cwd, ["log", "--max-count=1", "--format=%s|%P", merged.sha]);
    expect(log.split("|")[0]).toBe(subject);
    expect(log.split("|")[1]?.split(" ")).toHaveLength(parents);
    const files = await clients.git(cwd, ["ls-tree", "--name-only", merged.sha]);
    expect(files.split("\n")).toEqual(["README.md", "c.txt", "elsewhere.txt"]);
    const pull = (await ann.pulls.get(at)).data;
    expect(pull).toMatchObject({ merged: true, state: "closed", changed_files: 2, commits: 2 });
    expect(pull.merged_by?.login).toBe("ann");
    await expect(ann.pulls.merge(at)).rejects.toMatchObject({ status: 405 });
  });

  test("a head that moved since it was seen is a conflict", async () => {
    const { cwd, ann, at, head } = await opened();
    await clients.push(cwd, "work", { "late.txt": "!\n" });
    await expect(ann.pulls.merge({ ...at, sha: head })).rejects.toMatchObject({
      status: 409,
      message: /Head branch was modified/,
    });
  });
});

describe("what moving branches does to pull requests", () => {
  test("a deleted branch closes it; it opens again only while the branch continues what it was", async () => {
    const { cwd, ann, at, head } = await opened();
    await clients.git(cwd, ["push", "--quiet", "origin", ":work"], "cody[bot]");
    expect((await ann.pulls.get(at)).data).toMatchObject({
      state: "closed",
      merged: false,
      head: { sha: head },
    });
    await expect(ann.pulls.update({ ...at, state: "open" })).rejects.toThrow(/work branch has been deleted/);
    await clients.git(cwd, ["checkout", "--quiet", "main"]);
    await clients.push(cwd, "work", { "x.txt": "x\n" });
    await expect(ann.pulls.update({ ...at, state: "open" })).rejects.toThrow(/was force-pushed or recreated/);
    await clients.git(cwd, ["push", "--quiet", "--force", "origin", `${head}:refs/heads/work`], "cody[bot]");
    await ann.pulls.update({ ...at, state: "open" });
    expect((await ann.pulls.get(at)).data.state).toBe("open");
  });

  test("pushing its commits to the base merges it", async () => {
    const { cwd, ann, at, head } = await opened();
    await clients.git(cwd, ["push", "--quiet", "origin", "work:main"], "cody[bot]");
    expect((await ann.pulls.get(at)).data).toMatchObject({
      state: "closed",
      merged: true,
      merge_commit_sha: head,
      changed_files: 1,
    });
  });

  test("a branch reset to its base closes it without merging", async () => {
    const { cwd, ann, at } = await opened();
    await clients.git(
      cwd,
      ["push", "--quiet", "--force", "origin", "origin/main:refs/heads/work"],
      "cody[bot]",
    );
    expect((await ann.pulls.get(at)).data).toMatchObject({ state: "closed", merged: false });
  });

  test("references over REST move branches that git sees", async () => {
    const { cwd, ann, at, head } = await opened();
    await ann.git.createRef({ ...at, ref: "refs/heads/copy", sha: head });
    const main = await clients.git(cwd, ["rev-parse", "origin/main"]);
    await ann.git.updateRef({ ...at, ref: "heads/copy", sha: main, force: true });
    expect(await clients.git(cwd, ["ls-remote", "origin", "copy"], "bob")).toContain(main);
    expect((await ann.git.getRef({ ...at, ref: "heads/work" })).data.object.sha).toBe(head);
    await ann.git.deleteRef({ ...at, ref: "heads/work" });
    expect((await ann.pulls.get(at)).data.state).toBe("closed");
    expect((await ann.repos.listBranches(at)).data.map(({ name }) => name)).toEqual(["copy", "main"]);
  });
});

test("contents, commits and comparisons are git's", async () => {
  const { owner, repo, fullName } = clients.fresh();
  const cwd = await clients.clone(fullName);
  const head = await clients.push(cwd, "work", { "a b.txt": "hé\n" });
  const bob = clients.octokit("bob");
  const file = (await bob.repos.getContent({ owner, repo, path: "a b.txt", ref: "work" })).data;
  expect(file).toMatchObject({ type: "file", path: "a b.txt", size: 4 });
  expect("content" in file && Buffer.from(file.content, "base64").toString()).toBe("hé\n");
  const folder = (await bob.repos.getContent({ owner, repo, path: "", ref: head })).data;
  expect(Array.isArray(folder) && folder.map(({ name }) => name)).toEqual(["README.md", "a b.txt"]);
  const compared = (await bob.repos.compareCommitsWithBasehead({ owner, repo, basehead: "main...work" }))
    .data;
  expect(compared).toMatchObject({
    status: "ahead",
    ahead_by: 1,
    behind_by: 0,
    files: [{ filename: "a b.txt" }],
  });
  const commits = (await bob.repos.listCommits({ owner, repo, sha: "work" })).data;
  expect(commits.map(({ sha }) => sha)[0]).toBe(head);
  const commit = (await bob.repos.getCommit({ owner, repo, ref: head })).data;
  expect(commit.stats).toEqual({ additions: 1, deletions: 0, total: 1 });
});

test("the page of a pull request shows everything and obeys nothing of it", async () => {
  const { cody, at, pull } = await opened({ files: { "<b>.txt": "<script>alert(1)</script>\n" } });
  await cody.pulls.update({ ...at, title: "Fix <img src=x>", body: "**Bold** <script>alert(2)</script>" });
  const answer = await fetch(pull.html_url);
  const page = await answer.text();
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(page).toContain("Fix &#60;img src=x&#62;");
  expect(page).toContain("<b>Bold</b> &#60;script&#62;");
  expect(page).toContain("+&#60;script&#62;alert(1)&#60;/script&#62;");
  expect(page).not.toMatch(/<script|<img/);
  expect((await fetch(`${clients.github.url}/acme/nothing/pull/1`)).status).toBe(404);
  expect(await (await fetch(pull.diff_url)).text()).toContain("diff --git");
});

test("what happened is on record", async () => {
  const { pull, fullName, head } = await opened();
  const records = await clients.github.record.pullRequests();
  expect(records.find(({ repository }) => repository === fullName)).toMatchObject({
    number: pull.number,
    url: pull.html_url,
    author: "cody[bot]",
    state: "open",
    headSha: head,
  });
  expect(clients.github.record.calls).toContainEqual({
    method: "POST",
    path: `/repos/${fullName}/pulls`,
    status: 201,
    login: "cody[bot]",
  });
});
