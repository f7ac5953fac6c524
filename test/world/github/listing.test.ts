// Lists and their pages, what is cached, what is counted, and what goes wrong on purpose.
import { execFile } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Clients, startClients } from "./clients.ts";

const COUNT = 250;
const START_MS = Date.UTC(2026, 0, 5, 10);
let clients: Clients;
let nowMs = START_MS;

beforeAll(async () => {
  clients = await startClients({
    now: () => nowMs,
    repositories: [
      ...Array.from({ length: COUNT }, (_, index) => ({
        fullName: `acme/service-${String(index).padStart(3, "0")}`,
        id: index + 1,
        private: index % 5 > 0,
      })),
      { fullName: "other/secret", id: 900, private: true },
      { fullName: "eve/own", id: 901 },
    ],
  });
  clients.github.grant("eve", "eve/*", "admin");
  clients.github.grant("eve", "acme/service-001", "write");
});

afterEach(() => clients.github.fault.clear());
afterAll(() => clients.close());

/** A new hour, so that nothing is left of what was counted. */
function nextHour(): void {
  nowMs += 3_600_000;
}

describe("repositories", () => {
  test("all pages of 250, quickly, with what may be done in each", async () => {
    const startedAt = performance.now();
    const ann = clients.octokit("ann");
    const all = await ann.paginate(ann.repos.listForAuthenticatedUser, { per_page: 100 });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(all).toHaveLength(COUNT);
    expect(new Set(all.map(({ id }) => id)).size).toBe(COUNT);
    expect(all[1]).toMatchObject({
      full_name: "acme/service-001",
      private: true,
      default_branch: "main",
      archived: false,
      permissions: { admin: false, push: true, pull: true },
    });
  });

  test("the Link header names the pages around", async () => {
    const page = await clients.octokit("ann").repos.listForAuthenticatedUser({ per_page: 100, page: 2 });
    const relations = [...(page.headers.link ?? "").matchAll(/page=(\d+)>; rel="(\w+)"/g)];
    expect(relations.map(([, number, relation]) => `${relation} ${number}`)).toEqual([
      "prev 1",
      "next 3",
      "last 3",
      "first 1",
    ]);
    const tooMany = await clients.octokit("ann").repos.listForAuthenticatedUser({ per_page: 1000 });
    expect(tooMany.data).toHaveLength(100);
  });

  test.each([
    [{}, ["acme/service-001", "eve/own"]],
    [{ affiliation: "owner" }, ["eve/own"]],
    [{ affiliation: "collaborator" }, ["acme/service-001"]],
    [{ visibility: "private" }, ["acme/service-001"]],
    [{ sort: "full_name", direction: "desc" }, ["eve/own", "acme/service-001"]],
  ] as const)("%j gives only what the account was given", async (filter, names) => {
    const found = await clients.octokit("eve").repos.listForAuthenticatedUser(filter);
    expect(found.data.map(({ full_name }) => full_name)).toEqual(names);
  });

  test("an App sees its own through its installation", async () => {
    const octokit = clients.octokit("cody[bot]");
    const found = await octokit.request("GET /installation/repositories", { per_page: 1 });
    expect(found.data.total_count).toBe(COUNT);
    expect(found.data.repositories).toHaveLength(1);
  });

  test("renamed, archived, taken away, removed", async () => {
    const { github } = clients;
    const ann = clients.octokit("ann");
    github.rename("acme/service-240", "acme/renamed");
    const renamed = await ann.repos.get({ owner: "acme", repo: "service-240" });
    expect(renamed.data).toMatchObject({ id: 241, full_name: "acme/renamed" });
    expect((await ann.request("GET /repositories/241")).data.full_name).toBe("acme/renamed");
    github.archive("acme/service-241");
    expect((await ann.repos.get({ owner: "Acme", repo: "Service-241" })).data.archived).toBe(true);
    github.remove("acme/service-242");
    await expect(ann.repos.get({ owner: "acme", repo: "service-242" })).rejects.toMatchObject({
      status: 404,
    });
    github.grant("ann", "acme/service-243", "read");
    const weaker = await ann.repos.get({ owner: "acme", repo: "service-243" });
    expect(weaker.data.permissions?.push).toBe(false);
  });
});

describe("limits", () => {
  test("every answer says what is left, and an answer 304 costs nothing", async () => {
    nextHour();
    const bob = clients.octokit("bob");
    const where = { owner: "acme", repo: "service-000" };
    const first = await bob.repos.get(where);
    expect(first.headers).toMatchObject({
      "x-ratelimit-limit": "5000",
      "x-ratelimit-remaining": "4999",
      "x-ratelimit-reset": String(nowMs / 1000 + 3600),
    });
    const again = bob.repos.get({ ...where, headers: { "if-none-match": first.headers.etag } });
    await expect(again).rejects.toMatchObject({ status: 304 });
    expect((await bob.rateLimit.get()).data.resources.core.used).toBe(1);
  });

  test("the hour's share ends with 403 and begins again", async () => {
    nextHour();
    const { limits } = clients.github;
    const usual = limits.requestsPerHour;
    limits.requestsPerHour = 1;
    const bob = clients.octokit("bob");
    const ask = () => bob.repos.get({ owner: "acme", repo: "service-000" });
    await ask();
    const refusal = await ask().catch((error) => error);
    expect(refusal).toMatchObject({ status: 403, message: /API rate limit exceeded for user ID 102/ });
    expect(refusal.response.headers["x-ratelimit-remaining"]).toBe("0");
    nextHour();
    await ask();
    limits.requestsPerHour = usual;
  });

  test("nobody may ask 60 times an hour", async () => {
    nextHour();
    const answer = await clients.octokit(null).repos.get({ owner: "acme", repo: "service-000" });
    expect(answer.headers["x-ratelimit-limit"]).toBe("60");
    expect(answer.data.permissions).toBeUndefined();
  });

  test("too much new content in a minute has to wait", async () => {
    nextHour();
    clients.github.limits.contentPerMinute = 2;
    const cody = clients.octokit("cody[bot]");
    const where = { owner: "acme", repo: "service-007" };
    const cwd = await clients.clone("acme/service-007");
    await clients.push(cwd, "work", { "a.txt": "a\n" });
    await cody.pulls.create({ ...where, head: "work", base: "main", title: "T" });
    const comment = () => cody.issues.createComment({ ...where, issue_number: 1, body: "x" });
    nowMs += 20_000;
    await comment();
    const refusal = await comment().catch((error) => error);
    expect(refusal).toMatchObject({ status: 403, message: /secondary rate limit/ });
    expect(refusal.response.headers["retry-after"]).toBe("40");
    nowMs += 40_000;
    await comment();
    clients.github.limits.contentPerMinute = 80;
  });
});

describe("faults", () => {
  const where = { owner: "acme", repo: "service-000" };

  test("errors of GitHub's own, for as many calls as were asked for", async () => {
    const ann = clients.octokit("ann");
    clients.github.fault.next({ method: "GET", path: "/repos/acme" }, { answer: 502 }, 2);
    await expect(ann.repos.get(where)).rejects.toMatchObject({ status: 502 });
    await ann.users.getAuthenticated();
    await expect(ann.repos.get(where)).rejects.toMatchObject({ status: 502 });
    await ann.repos.get(where);
  });

  test("a secondary limit that comes from nowhere", async () => {
    clients.github.fault.next({}, { secondaryLimit: { retryAfterSeconds: 7 } });
    const refusal = await clients
      .octokit("ann")
      .repos.get(where)
      .catch((error) => error);
    expect(refusal.response.headers["retry-after"]).toBe("7");
  });

  test("an answer that is lost after the work was done", async () => {
    const ann = clients.octokit("ann");
    const main = (await ann.repos.getBranch({ ...where, branch: "main" })).data.commit.sha;
    clients.github.fault.next({ method: "POST", path: /git\/refs$/ }, { loseAnswer: true });
    const create = () => ann.git.createRef({ ...where, ref: "refs/heads/once", sha: main });
    await expect(create()).rejects.toMatchObject({ status: 500 });
    await expect(create()).rejects.toThrow(/Reference already exists/);
  });

  test("down, for REST, git and pages; then up again", async () => {
    const { github } = clients;
    github.fault.down = true;
    await expect(clients.octokit("ann").repos.get(where)).rejects.toThrow();
    await expect(fetch(github.url)).rejects.toThrow();
    await expect(
      clients.git(clients.folder, ["ls-remote", github.cloneUrl("acme/service-000")]),
    ).rejects.toThrow();
    github.fault.down = false;
    await clients.octokit("ann").repos.get(where);
  });

  test("a token that is replaced is worth nothing", async () => {
    clients.github.replaceToken("bob", "another");
    await expect(clients.octokit("bob").users.getAuthenticated()).rejects.toMatchObject({ status: 401 });
    clients.github.replaceToken("bob", "token-of-bob");
  });
});

test("closing ends by itself, with connections open and git at work", async () => {
  const own = await startClients();
  const { fullName } = own.fresh();
  await own.clone(fullName);
  const open = fetch(`${own.github.apiUrl}/rate_limit`, { headers: { "user-agent": "test" } });
  const clone = new Promise((resolve) => {
    execFile(
      "git",
      ["ls-remote", own.github.cloneUrl(fullName)],
      { env: { PATH: process.env.PATH } },
      resolve,
    );
  });
  await Promise.all([own.close(), open.catch(() => undefined), clone]);
  await expect(fetch(own.github.url)).rejects.toThrow();
});
