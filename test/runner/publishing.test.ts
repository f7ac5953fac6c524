// Publishing where GitHub limits, signs, is away, or shows to everybody what was private.
import { newRun } from "@cody/core/job.ts";
import type { CodeHost } from "@cody/core/ports/code-host.ts";
import { expect, test } from "vitest";
import { died, followUp, openCourse } from "./course.ts";
import { repository as shop } from "./outside.ts";
import { change, edit, finish, withThen, write } from "./replies.ts";

test("a limit of GitHub's gives the machine back, and publishing goes on without another turn", async () => {
  const course = await openCourse({ script: change });
  const until = Date.now() + 60_000;
  const first = await course.play({ takeRoom: async () => ({ ok: false, until }) });
  expect(first).toMatchObject({ state: "waiting", waiting: { for: "limited", until }, diff: { files: 1 } });
  expect(course.github.record.pushes).toHaveLength(1);
  const answers = course.answers();
  expect(answers).toBe(3);
  await course.write({ type: "resume", by: "Cody", given: { kind: "time" } });
  // Claude is not asked for anything, not even for the name of its model.
  await course.claude.close();
  const ended = await course.play();
  expect(ended).toMatchObject({ state: "done", outcome: "changed", turns: 3, costUsd: first.costUsd });
  expect(course.github.record.pushes).toHaveLength(1);
  expect(await course.github.record.pullRequests()).toHaveLength(1);
});

test("GitHub's own limit is the same, and a short one is waited for", async () => {
  const course = await openCourse({ script: change });
  course.github.fault.next(
    { method: "POST", path: "/pulls" },
    { secondaryLimit: { retryAfterSeconds: 90 } },
    9,
  );
  const first = await course.play();
  expect(first).toMatchObject({ state: "waiting", waiting: { for: "limited" } });
  const { waiting } = first;
  expect(waiting?.for === "limited" && waiting.until).toBeGreaterThan(Date.now() + 60_000);
  course.github.fault.clear();
  await course.write({ type: "resume", by: "Cody", given: { kind: "time" } });
  let asked = 0;
  const short = () =>
    Promise.resolve(asked++ === 0 ? { ok: false as const, until: Date.now() + 200 } : { ok: true as const });
  expect(await course.play({ takeRoom: short })).toMatchObject({ outcome: "changed" });
  expect(asked).toBeGreaterThan(1);
});

test("an App's commit is signed by GitHub, with modes and names as they are, also after a crash between two steps", async () => {
  const course = await openCourse({
    asApp: true,
    script: ({ turn }) =>
      [
        edit,
        {
          calls: [
            { name: "run_command", input: { command: "git mv README.md LIES.md && chmod +x src/price.ts" } },
          ],
        },
        finish,
        finish,
      ][turn] ?? finish,
  });
  await course.play();
  // An executable file is held; that is let through here.
  await course.write({ type: "resume", by: "U0BEN", given: { kind: "release" } });
  let moved = 0;
  const dies: CodeHost = {
    ...course.codeHost,
    async moveBranch(...to) {
      const done = await course.codeHost.moveBranch(...to);
      moved += 1;
      if (moved === 1) throw died();
      return done;
    },
  };
  expect((await course.play({ codeHost: dies })).state).toBe("publishing");
  course.git("update-ref", `refs/cody/${course.job.id}`, "main");
  const ended = await course.play({ codeHost: dies });
  expect(ended).toMatchObject({ outcome: "changed", isSigned: true });
  expect(moved).toBe(1);
  const head = ended.headSha ?? "";
  expect(course.git("rev-parse", ended.branch)).toBe(head);
  expect(course.git("for-each-ref", "--format=%(refname)", "refs/cody/")).toBe("");
  expect(course.git("ls-tree", "-r", head)).toMatch(/^100644 .*LIES\.md\n100755 .*price\.ts$/);
  const api = `${course.github.apiUrl}/repos/acme/shop/commits/${head}`;
  const answer = await fetch(api, { headers: { authorization: "token token-of-ann" } });
  expect(await answer.json()).toMatchObject({ commit: { verification: { verified: true } } });
});

test("a fork holds the branch where Cody may not push, and what comes later goes there as well", async () => {
  const course = await openCourse({ script: withThen(write("NEWS.md", "VAT\n")), run: {} });
  course.github.grant("cody-bot", "acme/*", "read");
  const first = await course.play();
  expect(first).toMatchObject({ outcome: "changed", patchOnly: "Cody may not push to acme/shop." });
  // The fork is there from another job, and knows nothing of what came since.
  await course.codeHost.fork(shop);
  course.commit("main", { "other.txt": "new\n" });
  const ended = await course.next({ kind: "apply-patch", by: "U0ANN", to: "fork" });
  expect(ended.reason).toBeUndefined();
  expect(ended).toMatchObject({ outcome: "changed", fork: "cody-bot/shop", pullRequest: { number: 1 } });
  expect(ended.patchOnly).toBeUndefined();
  const later = await course.next(followUp);
  expect(later).toMatchObject({ outcome: "changed", baseSha: ended.headSha, pullRequest: { number: 1 } });
});

test("X2: a repository that became public is neither begun nor pushed to while the job has private ones", async () => {
  const keys = { ...shop, id: 4712, fullName: "acme/keys" };
  let isPublic = false;
  const course = await openCourse({
    script: (request) => {
      isPublic = true;
      return change(request);
    },
    job: { repositories: [shop, keys] },
  });
  const codeHost: CodeHost = {
    ...course.codeHost,
    async check(...asked) {
      const found = await course.codeHost.check(...asked);
      return found.found ? { ...found, repository: { ...found.repository, private: !isPublic } } : found;
    },
  };
  const stopped = await course.play({ codeHost });
  const reason = { kind: "visibility-mixed", detail: expect.stringContaining("acme/keys") };
  expect(stopped).toMatchObject({ outcome: "failed", reason, diff: { files: 1 } });
  expect(String(await course.store.work(course.job.id, 1).patch(1))).toContain("vat = 20");
  expect(course.github.record.pushes).toEqual([]);
  const answers = course.answers();
  expect(await course.next({ kind: "again", by: "U0ANN" }, { codeHost })).toMatchObject({ reason });
  expect(course.answers()).toBe(answers);
});

test("X3: where kinds are mixed on purpose, what goes to a public repository is held, and the warning names no private one", async () => {
  const open = { ...shop, private: false };
  const keys = { ...shop, id: 4712, fullName: "acme/keys" };
  const course = await openCourse({ script: change, job: { repositories: [open, keys] } });
  await course.store.jobs.createRun({
    ...newRun(course.job, 2, keys, Date.now()),
    pullRequest: { number: 3, url: "https://github.com/acme/keys/pull/3", headSha: "1", draft: false },
  });
  const held = await course.play({ mixesVisibility: true });
  expect(held).toMatchObject({
    waiting: { for: "hold", reasons: [expect.stringContaining("the job has private ones as well")] },
  });
  await course.write({ type: "resume", by: "U0BEN", given: { kind: "release" } });
  expect(await course.play({ mixesVisibility: true })).toMatchObject({ outcome: "changed" });
  const [pull] = await course.github.record.pullRequests();
  expect(pull?.body).toContain("### Please look at");
  expect(pull?.body).toContain("the job has private ones as well");
  expect(pull?.body).not.toContain("acme/keys");
});

test("R9: GitHub away while a change is published is waited for; a token that runs out is made anew once", async () => {
  const course = await openCourse({ script: change });
  let authorizations = 0;
  const codeHost: CodeHost = {
    ...course.codeHost,
    async gitAuthorization(repository, access) {
      const { header } = await course.codeHost.gitAuthorization(repository, access);
      if (access === "write") authorizations += 1;
      return { header: authorizations === 1 && access === "write" ? "basic bm9ib2R5" : header, isNew: false };
    },
  };
  course.github.fault.next({ method: "POST", path: "/pulls" }, { answer: 502 }, 4);
  const ended = await course.play({ codeHost });
  expect(ended).toMatchObject({ outcome: "changed", pullRequest: { number: 1 } });
  expect(authorizations).toBe(2);
  expect(course.github.record.pushes).toHaveLength(1);
});
