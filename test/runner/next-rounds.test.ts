// Rounds after the first, from clone to pull request, with people who work on the same branch.
import { expect, test } from "vitest";
import type { Script } from "../world/claude/script.ts";
import { type Course, followUp, openCourse, parentsOf } from "./course.ts";
import { isLater, withThen, write } from "./replies.ts";

test("a follow-up is a commit on top, in the same pull request, with a conversation of its own", async () => {
  const course = await openCourse({ script: withThen(write("README.md", "# Shop, VAT 20\n")) });
  const first = await course.play();
  expect(first).toMatchObject({ state: "done", outcome: "changed", isSigned: false });
  const second = await course.next(followUp);
  expect(second).toMatchObject({ state: "done", outcome: "changed", round: 2, baseSha: first.headSha });
  expect(parentsOf(course, second.headSha)).toEqual([first.headSha]);
  expect(course.git("log", "-1", "--format=%s", second.headSha ?? "")).toBe("Say so in the README.");
  expect(second.diff?.files).toBe(1);
  expect(second.pullRequest).toMatchObject({ number: first.pullRequest?.number, headSha: second.headSha });
  const pulls = await course.github.record.pullRequests();
  expect(pulls).toHaveLength(1);
  expect(pulls[0]?.body).toContain("And that.");
  expect(pulls[0]?.body).toContain("### Before this\n\nThe VAT is 20.");
  const asked = course.firstMessage();
  expect(asked).toContain("This is round 2 of this work.");
  expect(asked).toContain("<earlier-");
  expect(asked).toContain('by="U0ANN, who asked for this">\nSay so in the README.');
  expect(asked).not.toContain("edit_file");
});

test("commits of people are asked about before anything is spent; on top of them, none is lost", async () => {
  const course = await openCourse({ script: withThen(write("NEWS.md", "VAT\n")) });
  const { branch, headSha } = await course.play();
  const byAnn = course.commit(branch, { "ann.txt": "mine\n" });
  const answers = course.answers();
  const asked = await course.next(followUp);
  expect(asked).toMatchObject({
    state: "waiting",
    waiting: { for: "branch", why: "commits", people: ["ann"], commits: 1, headSha: byAnn },
  });
  expect(course.answers()).toBe(answers);
  await course.write({ type: "resume", by: "U0BEN", given: { kind: "branch", choice: "build-on-top" } });
  const ended = await course.play();
  expect(ended).toMatchObject({ outcome: "changed", baseSha: byAnn });
  expect(parentsOf(course, ended.headSha)).toEqual([byAnn]);
  expect(course.git("rev-list", "--count", `main..${branch}`)).toBe("3");
  expect(headSha).toBe(course.git("rev-parse", `${branch}~2`));
});

test("a new branch begins from Cody's own last commit, and leaves the person's alone", async () => {
  const course = await openCourse({ script: withThen(write("NEWS.md", "VAT\n")) });
  const first = await course.play();
  const byAnn = course.commit(first.branch, { "ann.txt": "mine\n" });
  await course.next(followUp);
  await course.write({ type: "resume", by: "U0BEN", given: { kind: "branch", choice: "new-branch" } });
  const ended = await course.play();
  expect(ended).toMatchObject({ outcome: "changed", branch: `cody/${course.job.id}-2` });
  expect(parentsOf(course, ended.headSha)).toEqual([first.headSha]);
  expect(ended.pullRequest?.number).not.toBe(first.pullRequest?.number);
  expect(course.git("rev-parse", first.branch)).toBe(byAnn);
});

test("overwriting loses exactly what the person was asked about", async () => {
  const course = await openCourse({ script: withThen(write("NEWS.md", "VAT\n")) });
  const first = await course.play();
  course.commit(first.branch, { "ann.txt": "mine\n" });
  await course.next(followUp);
  await course.write({ type: "resume", by: "U0BEN", given: { kind: "branch", choice: "overwrite" } });
  const another = course.commit(first.branch, { "ann.txt": "more\n" });
  const again = await course.play();
  expect(again).toMatchObject({ state: "waiting", waiting: { for: "branch", commits: 2, headSha: another } });
  await course.write({ type: "resume", by: "U0BEN", given: { kind: "branch", choice: "overwrite" } });
  const ended = await course.play();
  expect(ended).toMatchObject({ outcome: "changed", isSigned: false });
  expect(parentsOf(course, course.git("rev-parse", first.branch))).toEqual([first.headSha]);
});

test("a branch that moves while the agent works is asked about, and the work is not done twice", async () => {
  let course: Course | undefined;
  const moved: Script = (request) => {
    if (isLater(request) && request.turn === 1)
      course?.commit(`cody/${course.job.id}`, { "ann.txt": "mine\n" });
    return withThen(write("NEWS.md", "VAT\n"))(request);
  };
  course = await openCourse({ script: moved });
  await course.play();
  const asked = await course.next(followUp);
  expect(asked).toMatchObject({
    state: "waiting",
    waiting: { for: "branch", why: "commits" },
    diff: { files: 1 },
    summary: "And that.",
  });
  expect(asked.publishingSince).toBeUndefined();
  const answers = course.answers();
  await course.write({ type: "resume", by: "U0BEN", given: { kind: "branch", choice: "build-on-top" } });
  const ended = await course.play();
  expect(ended).toMatchObject({ outcome: "changed", summary: "And that." });
  expect(course.answers()).toBe(answers);
  expect(course.git("ls-tree", "--name-only", ended.branch).split("\n")).toEqual([
    "NEWS.md",
    "README.md",
    "ann.txt",
    "src",
  ]);
});

test("what does not fit on the moved branch is a patch, and says where", async () => {
  let course: Course | undefined;
  const moved: Script = (request) => {
    if (isLater(request) && request.turn === 1)
      course?.commit(`cody/${course.job.id}`, { "NEWS.md": "Ann's\n" });
    return withThen(write("NEWS.md", "VAT\n"))(request);
  };
  course = await openCourse({ script: moved });
  await course.play();
  await course.next(followUp);
  await course.write({ type: "resume", by: "U0BEN", given: { kind: "branch", choice: "build-on-top" } });
  expect(await course.play()).toMatchObject({
    outcome: "failed",
    reason: { kind: "branch-moved", detail: expect.stringContaining("NEWS.md") },
    diff: { files: 1 },
  });
  expect(course.git("show", `cody/${course.job.id}:NEWS.md`)).toBe("Ann's");
});

test("a pull request that a person closed is asked about; reopened, it goes on", async () => {
  const course = await openCourse({ script: withThen(write("NEWS.md", "VAT\n")) });
  const first = await course.play();
  await fetch(`${course.github.apiUrl}/repos/acme/shop/pulls/${first.pullRequest?.number}`, {
    method: "PATCH",
    headers: { authorization: "token token-of-ann", "content-type": "application/json" },
    body: JSON.stringify({ state: "closed" }),
  });
  expect(await course.next(followUp)).toMatchObject({
    state: "waiting",
    waiting: { for: "branch", why: "closed", people: ["ann"] },
  });
  await course.write({ type: "resume", by: "U0BEN", given: { kind: "branch", choice: "reopen" } });
  const ended = await course.play();
  expect(ended).toMatchObject({ outcome: "changed", pullRequest: { number: first.pullRequest?.number } });
  const [pull] = await course.github.record.pullRequests();
  expect(pull?.state).toBe("open");
});
