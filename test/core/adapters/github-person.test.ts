// GitHub as one person: every act is that person's own, on what that person saw, once, and refusals are sentences.
import { makePersonalCodeHost } from "@cody/core/adapters/github-person.ts";
import { programLog } from "@cody/core/log.ts";
import type { Done, PersonalCodeHost } from "@cody/core/ports/personal-code-host.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type PeopleOnGitHub, type Proposed, startPeople } from "./people-on-github.ts";

let people: PeopleOnGitHub;
const hosts = new Map<string, PersonalCodeHost>();

beforeAll(async () => {
  people = await startPeople();
  for (const login of ["ann", "bob", "eve", "max", "adm"]) hosts.set(login, await people.as(login));
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

/** Calls that change something at this pull request, by whom. */
function changesAt({ fullName }: Proposed): string[] {
  return people.github.record.calls
    .filter(({ method, path }) => method !== "GET" && path.includes(`/repos/${fullName}/`))
    .filter(({ login }) => login !== "cody[bot]")
    .map(({ method, path, login }) => `${method} ${path.split("/").at(-1)} ${login}`);
}

describe("who this is, and what they may do", () => {
  test("the account has the id that never changes", async () => {
    expect(await as("ann").account()).toEqual({ id: 101, login: "ann" });
  });

  test("rights are read live", async () => {
    const { seen, fullName } = await people.propose();
    const rights = (login: string) => as(login).rights(seen.repository);
    expect(await rights("ann")).toBe("write");
    expect(await rights("bob")).toBe("read");
    expect(await rights("eve")).toBe("none");
    expect(await rights("adm")).toBe("write");
    people.github.grant("bob", fullName, "write");
    expect(await rights("bob")).toBe("write");
    people.github.grant("bob", fullName, undefined);
  });

  test("a repository that is not there is nobody's", async () => {
    expect(await as("ann").rights({ id: 9_999, fullName: "acme/nothing" })).toBe("none");
  });

  test("one that was renamed is found by its id, and not the other that has its name", async () => {
    const { seen, fullName } = await people.propose();
    people.github.rename(fullName, `${fullName}-moved`);
    expect(await as("ann").rights(seen.repository)).toBe("write");
    expect(await as("ann").review(seen, approve)).toEqual(done);
    expect(await as("ann").rights({ id: 9_998, fullName })).toBe("none");
  });

  test("single sign-on that was not passed is told, with where to pass it", async () => {
    const pull = await people.propose();
    people.github.requireSso("acme", true);
    try {
      await expect(as("ann").rights(pull.seen.repository)).rejects.toMatchObject({
        failure: { kind: "no-right", detail: expect.stringMatching(/single sign-on.*http.*sso/) },
      });
      expect(await as("ann").review(pull.seen, approve)).toEqual(refusal(/acme asks for its single sign-on/));
    } finally {
      people.github.requireSso("acme", false);
    }
    expect((await recordOf(pull)).reviews).toEqual([]);
  });

  test("a link that was taken back is told, and does nothing", async () => {
    const sue = await people.as("sue");
    const pull = await people.propose();
    people.github.revoke("sue");
    await expect(sue.account()).rejects.toMatchObject({ failure: { kind: "link-ended" } });
    await expect(sue.rights(pull.seen.repository)).rejects.toMatchObject({ failure: { kind: "link-ended" } });
    expect(await sue.merge(pull.seen)).toEqual(refusal(/no longer accepts the link.*Connect GitHub again/));
  });

  test("a GitHub that does not answer is thrown, not guessed", async () => {
    const nowhere = makePersonalCodeHost("ghu_x", {
      apiUrl: "http://127.0.0.1:9",
      log: programLog("effects", "error", []),
    });
    await expect(nowhere.rights({ id: 1, fullName: "acme/x" })).rejects.toMatchObject({
      failure: { kind: "github-unavailable" },
    });
    const seen = { repository: { id: 1, fullName: "acme/x" }, number: 1, sha: "1".repeat(40) };
    await expect(nowhere.merge(seen)).rejects.toMatchObject({ failure: { kind: "github-unavailable" } });
  }, 30_000);
});

describe("a review", () => {
  test("is the person's own, on the commit that was seen", async () => {
    const pull = await people.propose();
    expect(await as("ann").review(pull.seen, approve)).toEqual(done);
    expect((await recordOf(pull)).reviews).toEqual([
      { login: "ann", state: "APPROVED", body: "", commit: pull.seen.sha },
    ]);
  });

  test("is given once, however often it is asked for", async () => {
    const pull = await people.propose();
    for (const _ of [1, 2, 3]) expect(await as("ann").review(pull.seen, approve)).toEqual(done);
    expect((await recordOf(pull)).reviews).toHaveLength(1);
    expect(await as("max").review(pull.seen, approve)).toEqual(done);
    expect((await recordOf(pull)).reviews).toHaveLength(2);
  });

  test("may change its mind, and say more", async () => {
    const pull = await people.propose();
    const changes = (text: string) => as("ann").review(pull.seen, { kind: "request-changes", text });
    expect(await changes("Name it better.")).toEqual(done);
    expect(await changes("Name it better.")).toEqual(done);
    expect(await changes("And test it.")).toEqual(done);
    expect(await as("ann").review(pull.seen, approve)).toEqual(done);
    expect(await changes("And test it.")).toEqual(done);
    expect((await recordOf(pull)).reviews.map(({ state }) => state)).toEqual([
      "CHANGES_REQUESTED",
      "CHANGES_REQUESTED",
      "APPROVED",
      "CHANGES_REQUESTED",
    ]);
  });

  test("of something newer than what was seen is not given", async () => {
    const pull = await people.propose();
    const newer = await pull.push();
    const answer = await as("ann").review(pull.seen, approve);
    expect(answer).toEqual(refusal(/has changed since/));
    expect(answer).toEqual(refusal(new RegExp(newer.slice(0, 7))));
    expect((await recordOf(pull)).reviews).toEqual([]);
  });

  test.each([
    ["somebody who may only read", "bob", /bob may not push .*counts reviews only/],
    ["somebody who sees nothing", "eve", /cannot see acme\/repository/],
  ])("by %s is refused", async (_, login, words) => {
    const pull = await people.propose();
    expect(await as(login).review(pull.seen, approve)).toEqual(refusal(words));
    expect((await recordOf(pull)).reviews).toEqual([]);
    expect(changesAt(pull)).toEqual([]);
  });

  test("by the author is refused, with either verdict", async () => {
    const { owner, repo, cwd, seen } = await people.propose();
    const sha = await people.clients.push(cwd, "anns", { "ann.txt": "1\n" });
    const { data } = await people.clients
      .octokit("ann")
      .pulls.create({ owner, repo, head: "anns", base: "main", title: "Ann's" });
    const own = { repository: seen.repository, number: data.number, sha };
    expect(await as("ann").review(own, approve)).toEqual(refusal(/ann opened this pull request/));
    const changes = { kind: "request-changes", text: "No." } as const;
    expect(await as("ann").review(own, changes)).toEqual(refusal(/opened this pull request/));
  });

  test("of what is closed or merged is refused, unless it was given before", async () => {
    const pull = await people.propose();
    await as("ann").review(pull.seen, approve);
    await as("ann").close(pull.seen);
    expect(await as("ann").review(pull.seen, approve)).toEqual(done);
    expect(await as("max").review(pull.seen, approve)).toEqual(refusal(/is closed/));
  });

  test("that asks for changes has to say which", async () => {
    const pull = await people.propose();
    expect(await as("ann").review(pull.seen, { kind: "request-changes", text: " " })).toEqual(
      refusal(/which changes/),
    );
  });

  test("that was begun on GitHub itself is in the way, and is told", async () => {
    const pull = await people.propose();
    const { owner, repo, seen } = pull;
    await people.clients.octokit("ann").pulls.createReview({ owner, repo, pull_number: seen.number });
    expect(await as("ann").review(seen, approve)).toEqual(refusal(/begun a review .* Submit or discard it/));
  });

  test("whose answer is lost was given, and is not given again", async () => {
    const pull = await people.propose();
    people.github.fault.next({ method: "POST", path: "/reviews" }, { loseAnswer: true });
    expect(await as("ann").review(pull.seen, approve)).toEqual(done);
    expect((await recordOf(pull)).reviews).toHaveLength(1);
    expect(changesAt(pull)).toHaveLength(1);
  });

  test("that GitHub did not take is thrown as unknown, and tried no second time", async () => {
    const pull = await people.propose();
    people.github.fault.next({ method: "POST", path: "/reviews" }, { answer: 502 });
    await expect(as("ann").review(pull.seen, approve)).rejects.toMatchObject({
      failure: { kind: "github-unavailable" },
    });
    expect(changesAt(pull)).toHaveLength(1);
    expect((await recordOf(pull)).reviews).toEqual([]);
  });

  test("that meets a limit is a sentence with the time", async () => {
    const pull = await people.propose();
    people.github.fault.next(
      { method: "POST", path: "/reviews" },
      { secondaryLimit: { retryAfterSeconds: 120 } },
    );
    expect(await as("ann").review(pull.seen, approve)).toEqual(refusal(/no more requests .* in 2 minutes/));
  });

  test("in an archived repository is a sentence of GitHub's", async () => {
    const pull = await people.propose();
    people.github.archive(pull.fullName);
    expect(await as("ann").review(pull.seen, approve)).toEqual(refusal(/archived so is read-only/));
  });

  test("of a number that is no pull request is refused", async () => {
    const pull = await people.propose();
    expect(await as("ann").review({ ...pull.seen, number: 99 }, approve)).toEqual(refusal(/is gone/));
  });
});

describe("closing", () => {
  test("is done once, and tells who was quicker", async () => {
    const pull = await people.propose();
    expect(await as("ann").close(pull.seen)).toEqual(done);
    expect(await as("ann").close(pull.seen)).toEqual(done);
    expect(await as("max").close(pull.seen)).toEqual(refusal(/closed already, by ann/));
    expect(changesAt(pull)).toHaveLength(1);
    expect(await recordOf(pull)).toMatchObject({ state: "closed", merged: false });
  });

  test("keeps the branch", async () => {
    const pull = await people.propose();
    await as("ann").close(pull.seen);
    const branch = { owner: pull.owner, repo: pull.repo, branch: "cody/work" };
    expect((await people.clients.octokit("ann").repos.getBranch(branch)).data.commit.sha).toBe(pull.seen.sha);
  });

  test("is refused without the right, and of something newer", async () => {
    const pull = await people.propose();
    expect(await as("bob").close(pull.seen)).toEqual(refusal(/may not close/));
    await pull.push();
    expect(await as("ann").close(pull.seen)).toEqual(refusal(/has changed since/));
    expect(changesAt(pull)).toEqual([]);
  });

  test("whose answer is lost was done", async () => {
    const pull = await people.propose();
    people.github.fault.next({ method: "PATCH", path: "/pulls/" }, { loseAnswer: true });
    expect(await as("ann").close(pull.seen)).toEqual(done);
    expect(changesAt(pull)).toHaveLength(1);
  });
});

test("no token is logged", async () => {
  const { access } = await people.link("ann");
  expect(people.logged.join("\n")).not.toContain(access);
  expect(people.logged.join("\n")).not.toMatch(/gh[ur]_/);
});
