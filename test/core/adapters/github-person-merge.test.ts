// Merging as one person: by the method and the rules of the repository, what was seen and nothing newer, once.
import type { Done, PersonalCodeHost } from "@cody/core/ports/personal-code-host.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Protection } from "../../world/github/protection.ts";
import { type PeopleOnGitHub, type Proposed, startPeople } from "./people-on-github.ts";

let people: PeopleOnGitHub;
const hosts = new Map<string, PersonalCodeHost>();

beforeAll(async () => {
  people = await startPeople();
  for (const login of ["ann", "bob", "max", "adm"]) hosts.set(login, await people.as(login));
});

afterEach(() => people.github.fault.clear());

afterAll(() => people.close());

function as(login: string): PersonalCodeHost {
  const host = hosts.get(login);
  if (host === undefined) throw new Error(`${login} is not linked.`);
  return host;
}

const approve = { kind: "approve", text: "" } as const;
const done: Done = { done: true };
const refusal = (words: RegExp): Done => ({ done: false, words: expect.stringMatching(words) });

async function recordOf({ fullName, seen }: Proposed) {
  const all = await people.github.record.pullRequests();
  const found = all.find(({ repository, number }) => repository === fullName && number === seen.number);
  if (found === undefined) throw new Error("There is no such pull request.");
  return found;
}

const merges = ({ fullName }: Proposed) =>
  people.github.record.calls.filter(
    ({ method, path }) => method === "PUT" && path.startsWith(`/repos/${fullName}/pulls/`),
  );

async function shaped(rules: Protection, more?: { draft?: boolean }): Promise<Proposed> {
  const pull = await people.propose(more);
  people.github.protect(pull.fullName, "main", rules);
  return pull;
}

const report = ({ fullName, seen }: Proposed, name: string, conclusion?: "success" | "failure") =>
  people.github.reportJob(fullName, { sha: seen.sha, name, ...(conclusion && { conclusion }) });

/** Parents of the newest commit of main, which tell by which method it was merged. */
async function mainOf({ owner, repo }: Proposed) {
  const { data } = await people.clients.octokit("ann").repos.getCommit({ owner, repo, ref: "main" });
  return { message: data.commit.message, parents: data.parents.length };
}

test("what nothing holds back is merged, squashed, by the person", async () => {
  const pull = await people.propose();
  expect(await as("ann").merge(pull.seen)).toEqual(done);
  expect(await recordOf(pull)).toMatchObject({ merged: true });
  expect(await mainOf(pull)).toEqual({ message: expect.stringContaining("(#1)"), parents: 1 });
  const branch = { owner: pull.owner, repo: pull.repo, branch: "cody/work" };
  expect((await people.clients.octokit("ann").repos.getBranch(branch)).data.commit.sha).toBe(pull.seen.sha);
});

describe("the method", () => {
  test.each([
    ["merge commits where squashing is off", { squash: false }, 2],
    ["rebasing where it is all there is", { squash: false, merge: false }, 1],
  ])("is %s", async (_, allowed, parents) => {
    const pull = await people.propose();
    people.github.allowMerges(pull.fullName, allowed);
    expect(await as("ann").merge(pull.seen)).toEqual(done);
    expect(await mainOf(pull)).toMatchObject({ parents });
    expect(merges(pull)).toHaveLength(1);
  });

  test("is missing where none is allowed", async () => {
    const pull = await people.propose();
    people.github.allowMerges(pull.fullName, { squash: false, merge: false, rebase: false });
    expect(await as("ann").merge(pull.seen)).toEqual(refusal(/allows no way to merge/));
  });
});

describe("once", () => {
  test("two presses of one person are one merge, and a second person is told who was quicker", async () => {
    const pull = await people.propose();
    expect(await as("ann").merge(pull.seen)).toEqual(done);
    expect(await as("ann").merge(pull.seen)).toEqual(done);
    expect(await as("max").merge(pull.seen)).toEqual(refusal(/merged already, by ann/));
    expect(merges(pull)).toHaveLength(1);
  });

  test("two people at the same moment are one merge", async () => {
    const pull = await people.propose();
    const both = await Promise.all([as("ann").merge(pull.seen), as("max").merge(pull.seen)]);
    expect(both.filter(({ done: isDone }) => isDone)).toHaveLength(1);
    expect(both).toContainEqual(refusal(/merged already, by (ann|max)/));
    const { owner, repo } = pull;
    const { data } = await people.clients.octokit("ann").repos.listCommits({ owner, repo, sha: "main" });
    expect(data).toHaveLength(2);
  });

  test("a lost answer is looked up and not repeated", async () => {
    const pull = await people.propose();
    people.github.fault.next({ method: "PUT", path: "/merge" }, { loseAnswer: true });
    expect(await as("ann").merge(pull.seen)).toEqual(done);
    expect(merges(pull)).toHaveLength(1);
  });

  test("a fault of GitHub's leaves it unknown, is thrown, and the next press merges", async () => {
    const pull = await people.propose();
    people.github.fault.next({ method: "PUT", path: "/merge" }, { answer: 503 });
    await expect(as("ann").merge(pull.seen)).rejects.toMatchObject({
      failure: { kind: "github-unavailable" },
    });
    expect(merges(pull)).toHaveLength(1);
    expect(await as("ann").merge(pull.seen)).toEqual(done);
  });
});

describe("what is not merged", () => {
  test("a head that is newer than what was seen", async () => {
    const pull = await people.propose();
    await pull.push();
    expect(await as("ann").merge(pull.seen)).toEqual(refusal(/has changed since/));
    expect(merges(pull)).toEqual([]);
  });

  test("a draft, a closed one, and one without the right", async () => {
    const draft = await people.propose({ draft: true });
    expect(await as("ann").merge(draft.seen)).toEqual(refusal(/is a draft/));
    const pull = await people.propose();
    expect(await as("bob").merge(pull.seen)).toEqual(refusal(/bob may not push to acme/));
    await as("ann").close(pull.seen);
    expect(await as("ann").merge(pull.seen)).toEqual(refusal(/is closed/));
    expect([...merges(draft), ...merges(pull)]).toEqual([]);
  });

  test("what conflicts with its base", async () => {
    const pull = await people.propose();
    const other = await people.clients.clone(pull.fullName);
    await people.clients.git(other, ["checkout", "--quiet", "main"]);
    await people.clients.push(other, "main", { "work.txt": "something else\n" });
    expect(await as("ann").merge(pull.seen)).toEqual(refusal(/conflicts with main/));
    expect(merges(pull)).toEqual([]);
  });
});

describe.each([
  ["an older protection", false],
  ["a ruleset", true],
])("with %s", (_, ruleset) => {
  test("a required check that fails, still runs or has not begun is named", async () => {
    const pull = await shaped({ checks: { names: ["build", "lint", "e2e"] }, ruleset });
    await report(pull, "build", "failure");
    await report(pull, "lint");
    const answer = await as("ann").merge(pull.seen);
    expect(answer).toEqual(refusal(/Required checks fail: build\./));
    expect(answer).toEqual(refusal(/still running: lint\./));
    expect(answer).toEqual(refusal(/have not begun: e2e\./));
    expect(merges(pull)).toEqual([]);
    for (const name of ["build", "lint", "e2e"]) await report(pull, name, "success");
    expect(await as("ann").merge(pull.seen)).toEqual(done);
  });

  test("a missing approval is named, and an objection with who made it", async () => {
    const pull = await shaped({ reviews: { count: 1 }, ruleset });
    const lacks = refusal(ruleset ? /0 of the 1 approvals/ : /needs an approving review/);
    expect(await as("ann").merge(pull.seen)).toEqual(lacks);
    // Bob may only read, so what he says is neither.
    const { owner, repo, seen } = pull;
    const byBob = (event: "APPROVE" | "REQUEST_CHANGES") =>
      people.clients
        .octokit("bob")
        .pulls.createReview({ owner, repo, pull_number: seen.number, event, body: "Hm." });
    await byBob("APPROVE");
    expect(await as("ann").merge(seen)).toEqual(lacks);
    await byBob("REQUEST_CHANGES");
    expect(await as("ann").merge(seen)).toEqual(lacks);
    await as("max").review(pull.seen, { kind: "request-changes", text: "No." });
    expect(await as("ann").merge(pull.seen)).toEqual(refusal(/Changes were requested by max/));
    await as("max").review(pull.seen, approve);
    expect(await as("ann").merge(pull.seen)).toEqual(done);
  });

  test("an administrator does not go past the rules either", async () => {
    const pull = await shaped({ checks: { names: ["build"] }, ruleset });
    await report(pull, "build", "failure");
    expect(await as("adm").merge(pull.seen)).toEqual(refusal(/Required checks fail: build/));
    expect(await recordOf(pull)).toMatchObject({ merged: false });
  });

  test("a branch behind a base that wants it up to date is told so", async () => {
    const pull = await shaped({ checks: { names: ["build"], strict: true }, ruleset });
    await report(pull, "build", "success");
    const other = await people.clients.clone(pull.fullName);
    await people.clients.git(other, ["checkout", "--quiet", "main"]);
    await people.clients.push(other, "main", { "other.txt": "1\n" });
    expect(await as("ann").merge(pull.seen)).toEqual(refusal(/is behind main/));
  });

  test("a check that no rule asks for does not hold it back", async () => {
    const pull = await shaped({ checks: { names: ["build"] }, ruleset });
    await report(pull, "build", "success");
    await report(pull, "optional", "failure");
    expect(await as("ann").merge(pull.seen)).toEqual(done);
  });
});

test("an approval is dismissed by a push where the rules want that", async () => {
  const pull = await shaped({ reviews: { count: 1, dismissStale: true } });
  await as("max").review(pull.seen, approve);
  const sha = await pull.push();
  expect((await recordOf(pull)).reviews).toMatchObject([{ state: "DISMISSED" }]);
  const now = { ...pull.seen, sha };
  expect(await as("ann").merge(now)).toEqual(refusal(/needs an approving review/));
  expect(await as("max").review(now, approve)).toEqual(done);
  expect(await as("ann").merge(now)).toEqual(done);
});

describe("auto-merge", () => {
  const rules: Protection = { checks: { names: ["build"] } };

  async function waiting(): Promise<Proposed> {
    const pull = await shaped(rules);
    people.github.allowMerges(pull.fullName, { auto: true });
    return pull;
  }

  test("merges in the person's name as soon as the rules are met", async () => {
    const pull = await waiting();
    expect(await as("ann").enableAutoMerge(pull.seen)).toEqual(done);
    await people.github.settled();
    expect(await recordOf(pull)).toMatchObject({ merged: false });
    await report(pull, "build", "success");
    await people.github.settled();
    expect(await recordOf(pull)).toMatchObject({ merged: true });
    expect(await mainOf(pull)).toMatchObject({ parents: 1 });
    expect(await as("ann").merge(pull.seen)).toEqual(done);
    expect(await as("max").enableAutoMerge(pull.seen)).toEqual(refusal(/merged already, by ann/));
  });

  test("is enabled once, and a second person is told by whom", async () => {
    const pull = await waiting();
    const before = people.github.record.calls.filter(({ path }) => path === "/graphql").length;
    for (const _ of [1, 2]) expect(await as("ann").enableAutoMerge(pull.seen)).toEqual(done);
    expect(await as("max").enableAutoMerge(pull.seen)).toEqual(refusal(/on already: ann/));
    const after = people.github.record.calls.filter(({ path }) => path === "/graphql").length;
    expect(after - before).toBe(1);
  });

  test("whose answer is lost is enabled", async () => {
    const pull = await waiting();
    people.github.fault.next({ path: "/graphql" }, { loseAnswer: true });
    expect(await as("ann").enableAutoMerge(pull.seen)).toEqual(done);
  });

  test("has nothing to wait for where everything is met", async () => {
    const pull = await waiting();
    await report(pull, "build", "success");
    expect(await as("ann").enableAutoMerge(pull.seen)).toEqual(refusal(/nothing to wait for\. Press Merge/));
    await report(pull, "optional", "failure");
    expect(await as("ann").enableAutoMerge(pull.seen)).toEqual(refusal(/only a check that none asks for/));
    expect(await recordOf(pull)).toMatchObject({ merged: false });
  });

  test("is told where the repository or the branch has none", async () => {
    const off = await shaped(rules);
    expect(await as("ann").enableAutoMerge(off.seen)).toEqual(refusal(/does not allow auto-merge/));
    const bare = await people.propose();
    people.github.allowMerges(bare.fullName, { auto: true });
    expect(await as("ann").enableAutoMerge(bare.seen)).toEqual(refusal(/main has no rules to wait for/));
  });

  test("is refused without the right, for a draft and for something newer", async () => {
    const pull = await waiting();
    expect(await as("bob").enableAutoMerge(pull.seen)).toEqual(refusal(/bob may not push/));
    await pull.push();
    expect(await as("ann").enableAutoMerge(pull.seen)).toEqual(refusal(/has changed since/));
    const draft = await shaped(rules, { draft: true });
    expect(await as("ann").enableAutoMerge(draft.seen)).toEqual(refusal(/is a draft/));
  });
});
