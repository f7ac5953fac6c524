// How pull requests stand, for Cody as an account and as an App; what their checks printed, and their conversations.
import type { Standing } from "@cody/core/pull-request-schema.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Identity, identities, open, type Stage, shop, startStage } from "./code-host-stage.ts";

// Each of these runs git dozens of times, which a busy machine may let wait.
const slow = 30_000;
const at = { owner: "acme", repo: "shop" };
let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ lateMergeability: false });
});
afterAll(() => stage.close());

async function prepare(as: Identity, name: string, base = "main", repository = shop) {
  const at = { owner: "acme", repo: repository.fullName.slice("acme/".length) };
  const branch = `cody/${as.replace(" ", "-").toLowerCase()}-${name}`;
  const files = { "lines.txt": `a line for ${as} ${name}` };
  const head = await stage.push(repository, branch, { author: stage.login(as), files });
  const { data } = await stage.octokit("bob").pulls.create({ ...at, head: branch, base, title: "T" });
  const pull = { ...at, pull_number: data.number };
  const look = (known?: Standing) => stage.cody(as).standing(repository, data.number, known);
  const report = (job: string, conclusion?: "success" | "failure" | "skipped", log?: string) =>
    stage.github.reportJob(repository.fullName, {
      sha: head,
      name: job,
      ...(conclusion === undefined ? {} : { conclusion }),
      ...(log === undefined ? {} : { log }),
    });
  return { branch, head, number: data.number, node: data.node_id, pull, look, report };
}

/** Calls of GitHub's that were not answered with 304, and are not for a token. */
function asked(since: number): string[] {
  return stage.github.record.calls
    .slice(since)
    .filter(({ status, path }) => status !== 304 && !/^\/app\/|\/installation$|^\/user/.test(path))
    .map(({ method, path }) => `${method} ${path}`);
}

describe.each(identities)("%s", (as) => {
  test(
    "a new one has no checks and no reviews, and can be merged",
    async () => {
      const { look, head } = await prepare(as, "new");
      expect(await look()).toEqual({
        state: "open",
        headSha: head,
        draft: false,
        review: "none",
        approvals: [],
        checks: "none",
        failing: [],
        openThreads: 0,
        mergeable: "clean",
        autoMerge: false,
        readAt: expect.any(Number),
        ...(as === "an account" ? { etag: expect.any(String) } : {}),
      });
    },
    slow,
  );

  test(
    "whether it can be merged is asked again where GitHub has not worked it out",
    async () => {
      const late = await startStage();
      try {
        await late.push(shop, "work");
        const { data } = await late
          .octokit("bob")
          .pulls.create({ ...at, head: "work", base: "main", title: "T" });
        expect(data.mergeable).toBeNull();
        expect(await late.cody(as).standing(shop, data.number)).toMatchObject({ mergeable: "clean" });
      } finally {
        await late.close();
      }
    },
    slow,
  );

  test(
    "checks of both kinds count, pending before passed and failed before pending",
    async () => {
      const { look, head, report } = await prepare(as, "checks");
      await report("build", "success");
      await report("docs", "skipped");
      expect(await look()).toMatchObject({ checks: "passed", failing: [] });
      await stage.octokit("ann").repos.createCommitStatus({
        ...at,
        sha: head,
        state: "pending",
        context: "ci/jenkins",
      });
      expect(await look()).toMatchObject({ checks: "pending", mergeable: "unstable" });
      const url = "https://ci.acme.example/1";
      const status = { ...at, sha: head, context: "ci/jenkins", target_url: url };
      await stage.octokit("ann").repos.createCommitStatus({ ...status, state: "failure" });
      await report("lint");
      expect(await look()).toMatchObject({
        checks: "failed",
        failing: [{ name: "ci/jenkins", required: false, url }],
      });
    },
    slow,
  );

  test.each([true, false])(
    "checks that the rules require come first, and are waited for (ruleset: %s)",
    async (ruleset) => {
      const base = `release-${as.slice(3)}-${ruleset}`;
      await stage.push(shop, base);
      const { look, report } = await prepare(as, `required-${ruleset}`, base);
      const names = ["build"];
      stage.github.protect(shop.fullName, base, { checks: { names }, reviews: { count: 1 }, ruleset });
      expect(await look()).toMatchObject({ checks: "pending", review: "required", mergeable: "blocked" });
      await report("alone", "failure");
      await report("build", "failure");
      const { failing } = await look();
      expect(failing.map(({ name, required }) => `${name} ${required}`)).toEqual([
        "build true",
        "alone false",
      ]);
    },
    slow,
  );

  test(
    "the newest verdict of each reviewer counts, with the commit that it is about",
    async () => {
      const { look, pull, head } = await prepare(as, "reviews");
      const review = (event: "APPROVE" | "REQUEST_CHANGES" | "COMMENT") =>
        stage.octokit("ann").pulls.createReview({ ...pull, event, body: "Words." });
      await review("REQUEST_CHANGES");
      expect(await look()).toMatchObject({ review: "changes requested", approvals: [] });
      await review("APPROVE");
      await review("COMMENT");
      expect(await look()).toMatchObject({
        review: "approved",
        approvals: [{ account: { id: 101, login: "ann" }, sha: head }],
      });
    },
    slow,
  );

  test(
    "what somebody says who may not push counts for nothing",
    async () => {
      const { look, pull, number } = await prepare(as, "strangers", "main", open);
      const threads = () => stage.cody(as).openThreads(open, number);
      const review = (login: "ann" | "eve", event: "APPROVE" | "REQUEST_CHANGES") =>
        stage.octokit(login).pulls.createReview({ ...pull, event, body: `${login} says so.` });
      const nothing = { review: "none", approvals: [] };
      await review("eve", "APPROVE");
      const known = await look();
      expect(known).toMatchObject(nothing);
      await review("eve", "REQUEST_CHANGES");
      expect([await look(known), await threads()]).toEqual([expect.objectContaining(nothing), []]);
      await review("ann", "REQUEST_CHANGES");
      await review("eve", "APPROVE");
      expect(await look(known)).toMatchObject({ review: "changes requested", approvals: [] });
      await review("ann", "APPROVE");
      const approved = { review: "approved", approvals: [{ account: { login: "ann" } }] };
      expect(await look(known)).toMatchObject(approved);
      // Who loses the right to push loses the say as well, and who gets it is heard.
      stage.github.grant("ann", open.fullName, "read");
      stage.github.grant("eve", open.fullName, "write");
      try {
        const other = { review: "approved", approvals: [{ account: { id: 103, login: "eve" } }] };
        expect(await look(known)).toMatchObject(other);
      } finally {
        stage.github.grant("ann", open.fullName, undefined);
        stage.github.grant("eve", open.fullName, undefined);
      }
    },
    slow,
  );

  test(
    "what reviewers ask for on the whole is told first, while they ask for it",
    async () => {
      const { pull, number } = await prepare(as, "demands");
      const review = async (login: "ann" | "max", event: "APPROVE" | "REQUEST_CHANGES", body = "") => {
        const comments = [{ path: "lines.txt", line: 1, side: "RIGHT", body: `${login} asks why.` }];
        const more = event === "APPROVE" ? {} : { comments };
        return (await stage.octokit(login).pulls.createReview({ ...pull, event, body, ...more })).data.id;
      };
      const told = async () => {
        const threads = await stage.cody(as).openThreads(shop, number);
        expect(threads.map(({ comment }) => typeof comment)).toEqual(
          threads.map(({ path }) => (path === undefined ? "undefined" : "number")),
        );
        return threads.map(({ comments: [first] }) => `${first?.by}: ${first?.text}`);
      };
      await review("ann", "REQUEST_CHANGES", "Split it.");
      const last = await review("ann", "REQUEST_CHANGES", "Split it in two.");
      const line = (login: string) => `${login}: ${login} asks why.`;
      expect(await told()).toEqual(["ann: Split it in two.", line("ann"), line("ann")]);
      await review("max", "REQUEST_CHANGES");
      expect(await told()).toEqual(["ann: Split it in two.", line("ann"), line("ann"), line("max")]);
      await stage.octokit("max").pulls.dismissReview({ ...pull, review_id: last, message: "Settled." });
      expect(await told()).toEqual([line("ann"), line("ann"), line("max")]);
      await review("ann", "REQUEST_CHANGES", "Not settled.");
      expect((await told())[0]).toBe("ann: Not settled.");
      await review("ann", "APPROVE", "Fine.");
      expect((await told())[0]).toBe(line("ann"));
    },
    slow,
  );

  test(
    "conflicts, drafts, merged, and who closed it",
    async () => {
      const { look, pull, branch, head } = await prepare(as, "ends");
      await stage.push(shop, "main", { on: "main", files: { "lines.txt": `${as} other line` } });
      await stage.push(shop, branch, { on: head, files: { "lines.txt": `${as} my line` } });
      expect(await look()).toMatchObject({ mergeable: "conflicts" });
      await stage.octokit("ann").pulls.update({ ...pull, state: "closed" });
      expect(await look()).toMatchObject({ state: "closed", endedBy: "ann" });
      const other = await prepare(as, "merged");
      const known = await other.look();
      await stage.octokit("ann").pulls.merge(other.pull);
      expect(await other.look(known)).toMatchObject({ state: "merged", endedBy: "ann" });
    },
    slow,
  );

  test(
    "what is asked again costs nothing where nothing changed, and anything that changed is seen",
    async () => {
      const { look, pull, report, node } = await prepare(as, "again");
      const first = await look();
      const calls = stage.github.record.calls.length;
      const second = await look(first);
      if (as === "an account") {
        expect(second).toBe(first);
        // GraphQL has no such marks, and conversations are told by nothing else.
        expect(asked(calls)).toEqual(["POST /graphql"]);
      } else expect({ ...second, readAt: first.readAt }).toEqual(first);
      await report("build", "failure", "log");
      const third = await look(first);
      expect(third).toMatchObject({ checks: "failed" });
      await stage.octokit("ann").pulls.createReview({ ...pull, event: "APPROVE" });
      const fourth = await look(third);
      expect(fourth).toMatchObject({ review: "approved", checks: "failed" });
      await stage.octokit("ann").pulls.createReview({
        ...pull,
        event: "COMMENT",
        comments: [{ path: "lines.txt", line: 1, side: "RIGHT", body: "Why?" }],
      });
      const fifth = await look(fourth);
      expect(fifth).toMatchObject({ openThreads: 1 });
      const { repository } = await stage.octokit("ann").graphql<{
        repository: { pullRequest: { reviewThreads: { nodes: { id: string }[] } } };
      }>(
        `{ repository(owner: "acme", name: "shop") { pullRequest(number: ${pull.pull_number}) { reviewThreads(first: 9) { nodes { id } } } } }`,
      );
      const [thread] = repository.pullRequest.reviewThreads.nodes;
      await stage
        .octokit("ann")
        .graphql(
          `mutation { resolveReviewThread(input: { threadId: "${thread?.id}" }) { thread { isResolved } } }`,
        );
      expect(await look(fifth)).toMatchObject({ openThreads: 0 });
      expect(node).toBeDefined();
    },
    slow,
  );

  test(
    "a failing check tells what it says and the end of what it printed",
    async () => {
      const { head, report } = await prepare(as, "failing");
      const line = (text: string) => `2026-01-05T10:00:00.1234567Z ${text}`;
      const many = Array.from({ length: 4_000 }, (_, index) => line(`line ${index}`));
      const log = [
        ...many,
        line("\u001b[31mexpected 3, got 4\u001b[0m"),
        line("##[error]Process completed with exit code 1."),
        line("Post job cleanup."),
        ...Array.from({ length: 50 }, (_, index) => line(`cleaning ${index}`)),
      ].join("\r\n");
      await report("passes", "success", "fine");
      await report("forgotten", "failure");
      await stage.github.reportJob(shop.fullName, {
        sha: head,
        name: "tests",
        conclusion: "failure",
        title: "1 test failed",
        summary: "cart.test.js",
        annotations: [
          { path: "cart.js", startLine: 3, endLine: 3, level: "failure", message: "wrong", title: null },
          { path: "cart.js", startLine: 4, endLine: 4, level: "notice", message: "chatter", title: null },
        ],
        log,
      });
      await stage.octokit("ann").repos.createCommitStatus({
        ...at,
        sha: head,
        state: "error",
        context: "ci/jenkins",
        description: "Build broken",
      });
      const failed = await stage.cody(as).failedChecks(shop, head);
      expect(failed.map(({ name }) => name)).toEqual(["tests", "forgotten", "ci/jenkins"]);
      const [tests, forgotten, jenkins] = failed;
      expect(tests?.summary).toBe("1 test failed\n\ncart.test.js\n\ncart.js:3: wrong");
      expect(tests?.log).toMatch(/^line \d+\n/);
      expect(tests?.log).toContain("line 3999\nexpected 3, got 4\n##[error]Process completed");
      expect(tests?.log).toMatch(/Post job cleanup\.\ncleaning 0\ncleaning 1$/);
      expect(Buffer.byteLength(tests?.log ?? "")).toBeLessThanOrEqual(20 * 1024);
      expect(forgotten).toMatchObject({ log: "" });
      expect(jenkins).toMatchObject({ summary: "Build broken", log: "" });
    },
    slow,
  );

  test(
    "open conversations are told whole, and answered once",
    async () => {
      const { pull, number, branch, head } = await prepare(as, "threads");
      const place = { path: "lines.txt", line: 1, side: "RIGHT" };
      const { data: review } = await stage.octokit("ann").pulls.createReview({
        ...pull,
        event: "COMMENT",
        comments: [
          { ...place, body: "Why?" },
          { ...place, body: "And this?" },
        ],
      });
      const { data: comments } = await stage
        .octokit("ann")
        .pulls.listCommentsForReview({ ...pull, review_id: review.id });
      const [first, second] = comments;
      await stage
        .octokit("bob")
        .pulls.createReplyForReviewComment({ ...pull, comment_id: first?.id ?? 0, body: "Indeed." });
      expect(await stage.cody(as).openThreads(shop, number)).toEqual([
        {
          comment: first?.id,
          path: "lines.txt",
          line: 1,
          comments: [
            { by: "ann", text: "Why?" },
            { by: "bob", text: "Indeed." },
          ],
        },
        {
          comment: second?.id,
          path: "lines.txt",
          line: 1,
          comments: [{ by: "ann", text: "And this?" }],
        },
      ]);
      const answer = { comment: first?.id ?? 0, text: "Done in the next commit." };
      stage.github.fault.next({ method: "POST", path: "/replies" }, { loseAnswer: true });
      await stage.cody(as).answerThread(shop, number, answer);
      await stage.cody(as).answerThread(shop, number, answer);
      const [thread] = await stage.cody(as).openThreads(shop, number);
      expect(thread?.comments.map(({ text }) => text)).toEqual(["Why?", "Indeed.", answer.text]);

      await stage.push(shop, branch, { on: head, files: { "lines.txt": "another line" } });
      const [moved] = await stage.cody(as).openThreads(shop, number);
      expect(moved).not.toHaveProperty("line");
    },
    slow,
  );
});

test("an App asks for no more than each of these needs", async () => {
  const { number, head } = await prepare("an App", "least");
  const app = stage.cody("an App");
  const rights = async (work: () => Promise<unknown>) => {
    const before = stage.github.record.tokens.length;
    await work();
    return stage.github.record.tokens.slice(before).map(({ permissions, repositories }) => {
      expect(repositories).toEqual([shop.fullName]);
      const { metadata: _metadata, ...asked } = permissions;
      return asked;
    });
  };
  expect(await rights(() => app.standing(shop, number))).toEqual([
    { checks: "read", contents: "read", pull_requests: "read", statuses: "read" },
  ]);
  expect(await rights(() => app.failedChecks(shop, head))).toEqual([
    { actions: "read", checks: "read", statuses: "read" },
  ]);
  expect(await rights(() => app.openThreads(shop, number))).toEqual([{ pull_requests: "read" }]);
  expect(await rights(() => app.mergeBase(shop, "main", head))).toEqual([{ contents: "read" }]);
});
