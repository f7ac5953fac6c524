// Pull requests by Cody, as an account and as an App: opened once, and changed only where they are still Cody's.
import { ContentLimited, type PullRequestWanted } from "@cody/core/ports/code-host.ts";
import type { PullRequest } from "@cody/core/pull-request-schema.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Identity, identities, type Stage, shop, startStage } from "./code-host-stage.ts";

// Each of these runs git dozens of times, which a busy machine may let wait.
const slow = 30_000;
const at = { owner: "acme", repo: "shop" };
let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterEach(() => stage.github.fault.clear());
afterAll(() => stage.close());

interface Prepared {
  deliver(more?: Partial<PullRequestWanted>): Promise<{ pullRequest: PullRequest; notes: string[] }>;
  shown(): Promise<Awaited<ReturnType<Stage["github"]["record"]["pullRequests"]>>[number]>;
  /** Somebody changes it. */
  change(what: object): Promise<unknown>;
  branch: string;
  head: string;
}

async function prepare(as: Identity, name: string): Promise<Prepared> {
  const branch = `cody/${as.replace(" ", "-").toLowerCase()}-${name}`;
  const head = await stage.push(shop, branch, { author: stage.login(as) });
  const wanted = {
    repository: shop,
    branch,
    base: "main",
    title: "Upgrade Log4j",
    body: "What and why.",
    draft: false,
    labels: [],
    reviewers: [],
  };
  const shown = async () => {
    const all = await stage.github.record.pullRequests();
    const found = all.filter((pull) => pull.head === branch).at(-1);
    if (!found) throw new Error(`${branch} has no pull request`);
    return found;
  };
  return {
    deliver: (more) => stage.cody(as).deliverPullRequest({ ...wanted, ...more }),
    shown,
    change: async (what) =>
      stage.octokit("ann").pulls.update({ ...at, pull_number: (await shown()).number, ...what }),
    branch,
    head,
  };
}

describe.each(identities)("%s", (as) => {
  test(
    "opens one with labels and reviewers, and finds it again where the answer was lost",
    async () => {
      const { deliver, shown, head } = await prepare(as, "opened");
      const extras = { labels: ["cody", "java"], reviewers: ["ann", "acme/reviewers"], draft: true };
      const first = await deliver(extras);
      expect(first.notes).toEqual([]);
      expect(first.pullRequest).toMatchObject({ headSha: head, draft: true });
      const opened = await shown();
      expect(opened).toMatchObject({
        author: stage.login(as),
        headSha: head,
        draft: true,
        title: "Upgrade Log4j",
        labels: ["cody", "java"],
        requestedReviewers: ["ann"],
      });
      expect(opened.number).toBe(first.pullRequest.number);
      // Nobody remembers it: what is there is taken over, and nothing is opened or asked for again.
      const calls = stage.github.record.calls.length;
      expect(await deliver(extras)).toEqual(first);
      const made = stage.github.record.calls.slice(calls).filter(({ method }) => method !== "GET");
      expect(made.filter(({ path }) => !path.includes("access_tokens"))).toEqual([]);
    },
    slow,
  );

  test(
    "opens one although the answer to opening it is lost",
    async () => {
      const { deliver, shown } = await prepare(as, "lost");
      stage.github.fault.next({ method: "POST", path: /\/pulls$/ }, { loseAnswer: true });
      const { pullRequest } = await deliver({ labels: ["cody"] });
      expect(await shown()).toMatchObject({ number: pullRequest.number, labels: ["cody"] });
      expect(pullRequest.written).toMatchObject({ labels: ["cody"], draft: false });
    },
    slow,
  );

  test(
    "changes what is still as Cody wrote it, and leaves what people changed",
    async () => {
      const { deliver, shown, change } = await prepare(as, "changed");
      const first = await deliver({ labels: ["cody", "java"] });
      const second = await deliver({ known: first.pullRequest, body: "More.", labels: ["cody", "java"] });
      expect(await shown()).toMatchObject({ title: "Upgrade Log4j", body: "More." });

      await change({ title: "Our own title" });
      const { number } = second.pullRequest;
      await stage.octokit("ann").issues.removeLabel({ ...at, issue_number: number, name: "java" });
      const wanted = { title: "Another title", body: "Even more.", labels: ["cody", "java", "late"] };
      const third = await deliver({ known: second.pullRequest, ...wanted });
      expect(await shown()).toMatchObject({
        title: "Our own title",
        body: "Even more.",
        labels: ["cody", "late"],
      });
      // What a person changed stays theirs in every later round.
      await change({ body: "Our own body" });
      const fourth = await deliver({ known: third.pullRequest, ...wanted, body: "Once more." });
      expect(await shown()).toMatchObject({ title: "Our own title", body: "Our own body" });
      expect(fourth.pullRequest.written).toEqual(third.pullRequest.written);
    },
    slow,
  );

  test(
    "makes its own draft ready and a draft again, and leaves it where a person decided",
    async () => {
      const { deliver, shown } = await prepare(as, "draft");
      const first = await deliver({ draft: true });
      const second = await deliver({ draft: false, known: first.pullRequest });
      expect([second.pullRequest.draft, (await shown()).draft]).toEqual([false, false]);
      const third = await deliver({ draft: true, known: second.pullRequest });
      expect([third.pullRequest.draft, (await shown()).draft]).toEqual([true, true]);
      const { data } = await stage.octokit("ann").pulls.get({
        ...at,
        pull_number: first.pullRequest.number,
      });
      await stage
        .octokit("ann")
        .graphql(
          `mutation { markPullRequestReadyForReview(input: { pullRequestId: "${data.node_id}" }) { pullRequest { id } } }`,
        );
      const fourth = await deliver({ draft: true, known: third.pullRequest });
      const fifth = await deliver({ draft: true, known: fourth.pullRequest });
      expect([fifth.pullRequest.draft, (await shown()).draft]).toEqual([false, false]);
    },
    slow,
  );

  test(
    "leaves a closed one closed unless it is to be opened again, and begins another after a merge",
    async () => {
      const { deliver, shown, change, branch, head } = await prepare(as, "closed");
      const { pullRequest: known } = await deliver();
      await change({ state: "closed" });
      const left = await deliver({ known, body: "More." });
      expect(left.notes).toEqual(["The pull request is closed, and was left so."]);
      expect(await shown()).toMatchObject({ state: "closed", body: "What and why." });
      await deliver({ known, body: "More.", reopen: true });
      expect(await shown()).toMatchObject({ number: known.number, state: "open", body: "More." });

      await change({ state: "closed" });
      await stage.push(shop, branch, { author: "ann" });
      await expect(deliver({ known, reopen: true })).rejects.toMatchObject({
        failure: {
          kind: "pull-request-refused",
          detail: expect.stringContaining("force-pushed or recreated"),
        },
      });

      await stage.move(shop, branch, head);
      const { pullRequest: again } = await deliver({ known, reopen: true });
      await stage.octokit("ann").pulls.merge({ ...at, pull_number: again.number });
      await stage.push(shop, branch, { on: head, author: stage.login(as) });
      const { pullRequest: next } = await deliver({ known: again });
      expect(next.number).toBeGreaterThan(again.number);
    },
    slow,
  );

  test(
    "takes over what a person opened from Cody's branch, and leaves it that person's",
    async () => {
      const { deliver, shown, branch } = await prepare(as, "adopted");
      await stage.octokit("ann").pulls.create({ ...at, head: branch, base: "main", title: "Ann's" });
      const { pullRequest } = await deliver({ draft: true, labels: ["cody"] });
      expect(await shown()).toMatchObject({ title: "Ann's", body: null, draft: false, labels: ["cody"] });
      const wanted = { known: pullRequest, title: "Another", draft: true, labels: ["cody"] };
      await deliver(wanted);
      expect(await shown()).toMatchObject({ title: "Ann's", draft: false });
    },
    slow,
  );

  test(
    "tells what GitHub refused beside it, and delivers all the same",
    async () => {
      const { deliver, shown } = await prepare(as, "refused");
      const long = "x".repeat(60);
      const reviewers = ["ann", "acme/strangers", "other/reviewers"];
      const { notes } = await deliver({ labels: ["good", long], reviewers });
      expect(await shown()).toMatchObject({ labels: ["good"], requestedReviewers: ["ann"] });
      expect(notes).toEqual([
        "other/reviewers was not asked for a review: it is not a team of acme.",
        expect.stringMatching(/^GitHub did not ask acme\/strangers for a review: Reviews may only be requ/),
        expect.stringMatching(/^GitHub did not take the label "x{60}": .+\.$/),
      ]);
    },
    slow,
  );

  test(
    "waits out a short limit, and tells of a long one until when it lasts",
    async () => {
      const { deliver, shown } = await prepare(as, "limited");
      const limit = (retryAfterSeconds: number) =>
        stage.github.fault.next(
          { method: "POST", path: /\/pulls$/ },
          { secondaryLimit: { retryAfterSeconds } },
        );
      limit(120);
      const error = await deliver().catch((thrown) => thrown);
      expect(error).toBeInstanceOf(ContentLimited);
      expect(error.until - Date.now()).toBeGreaterThan(110_000);
      expect(error.until - Date.now()).toBeLessThanOrEqual(120_000);
      limit(1);
      expect(await deliver()).toMatchObject({ notes: [] });
      expect(await shown()).toMatchObject({ state: "open" });
    },
    slow,
  );

  test(
    "says why GitHub opens none",
    async () => {
      const { deliver } = await prepare(as, "none");
      await expect(deliver({ base: "nothing" })).rejects.toMatchObject({
        failure: { kind: "pull-request-refused", detail: expect.stringContaining("base") },
      });
    },
    slow,
  );

  test(
    "updates a branch from its base, once, and only from the head that was seen",
    async () => {
      const { deliver, head, branch } = await prepare(as, "behind");
      const { pullRequest } = await deliver();
      const update = (sha: string) => stage.cody(as).updateBranch(shop, pullRequest.number, sha);
      const main = await stage.push(shop, "main", { on: "main", author: "bob" });
      await expect(update(main)).rejects.toMatchObject({ failure: { kind: "branch-moved" } });
      await update(head);
      const merged = await stage.git(shop, ["rev-parse", branch]);
      expect(await stage.git(shop, ["log", "-1", "--format=%P %an %cn", merged])).toBe(
        `${head} ${main} ${stage.login(as)} GitHub`,
      );
      // There is nothing left to merge, so nothing is wrong.
      await update(merged);
      const known = { branch, base: "main", knownHead: head };
      expect((await stage.cody(as).branch(shop, known)).foreign.commits).toBe(0);

      const file = { [`${as}.txt`]: "theirs" };
      await stage.push(shop, "main", { on: "main", author: "bob", files: file });
      const mine = await stage.push(shop, branch, {
        on: merged,
        author: "ann",
        files: { [`${as}.txt`]: "ours" },
      });
      await expect(update(mine)).rejects.toMatchObject({
        failure: { kind: "branch-conflicts", detail: "merge conflict between base and head" },
      });
    },
    slow,
  );
});

describe.each(identities)("%s, as it is if nobody says otherwise,", (as) => {
  test(
    "keeps the distance between changes that GitHub asks for",
    async () => {
      const spaced = await startStage({}, { spaced: true });
      try {
        await spaced.push(shop, "cody/x", { author: spaced.login(as) });
        const wanted = { branch: "cody/x", base: "main", title: "T", body: "B", draft: false };
        const startedAt = performance.now();
        await spaced
          .cody(as)
          .deliverPullRequest({ repository: shop, ...wanted, labels: ["cody"], reviewers: ["ann"] });
        // It is opened, then reviewers are asked for, of which people are told as well; then it gets its label.
        expect(performance.now() - startedAt).toBeGreaterThan(3_000);
      } finally {
        await spaced.close();
      }
    },
    slow,
  );
});

test(
  "an App that may not see teams asks people alone, and a repository without drafts gets none",
  async () => {
    const permissions = { contents: "write", pull_requests: "write", metadata: "read" } as const;
    const small = await startStage({
      apps: [{ id: 7, slug: "cody", botId: 70, installations: [{ id: 1, account: "acme", permissions }] }],
      repositories: [
        { ...shop, private: true, drafts: false },
        { id: 2, fullName: "acme/closed" },
      ],
    });
    try {
      await small.push(shop, "cody/x", { author: "cody[bot]" });
      const { pullRequest, notes } = await small.cody("an App").deliverPullRequest({
        repository: shop,
        branch: "cody/x",
        base: "main",
        title: "T",
        body: "B",
        draft: true,
        labels: [],
        reviewers: ["bob", "acme/reviewers"],
      });
      expect(pullRequest.draft).toBe(false);
      expect(notes).toEqual([
        "GitHub allows no drafts in this repository, so the pull request is not one.",
        expect.stringMatching(
          /^GitHub did not ask acme\/reviewers for a review: Could not resolve to a node/,
        ),
      ]);
      const made = small.github.record.tokens.map(({ permissions: given }) => given);
      expect(made).toContainEqual({ contents: "read", pull_requests: "write", metadata: "read" });
    } finally {
      await small.close();
    }
  },
  slow,
);

test(
  "from a fork, where Cody may not push",
  async () => {
    const cody = stage.cody("an account");
    await cody.fork(shop);
    const fork = { owner: "cody-bot", repo: "shop" };
    const as = stage.octokit("cody-bot");
    const { data: main } = await as.git.getRef({ ...fork, ref: "heads/main" });
    const { data: parent } = await as.git.getCommit({ ...fork, commit_sha: main.object.sha });
    const commit = { ...fork, message: "New", tree: parent.tree.sha, parents: [parent.sha] };
    const { data: made } = await as.git.createCommit(commit);
    await as.git.createRef({ ...fork, ref: "refs/heads/cody/forked", sha: made.sha });
    const wanted = {
      repository: shop,
      branch: "cody/forked",
      headOwner: "cody-bot",
      base: "main",
      title: "From a fork",
      body: "B",
      draft: false,
      labels: [],
      reviewers: [],
    };
    const { pullRequest } = await cody.deliverPullRequest(wanted);
    expect(pullRequest.headSha).toBe(made.sha);
    expect((await cody.deliverPullRequest(wanted)).pullRequest.number).toBe(pullRequest.number);
    const next = await as.git.createCommit({ ...commit, parents: [made.sha] });
    await as.git.updateRef({ ...fork, ref: "heads/cody/forked", sha: next.data.sha });
    expect(await cody.standing(shop, pullRequest.number)).toMatchObject({
      state: "open",
      headSha: next.data.sha,
    });
  },
  slow,
);
