// A GitHub App with the real Octokit and the real git: what its tokens open, and what they do not.
import { createSign } from "node:crypto";
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Clients, startClients } from "./clients.ts";
import type { Permissions } from "./permissions.ts";

const START_MS = Math.floor(Date.now() / 1000) * 1000;
const HOUR_MS = 3_600_000;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
let clients: Clients;
let nowMs = START_MS;

beforeAll(async () => {
  const names = Array.from({ length: 40 }, (_, index) => `acme/service-${index + 1}`);
  clients = await startClients({
    now: () => nowMs,
    apps: [
      {
        id: 123456,
        slug: "helper",
        botId: 777,
        installations: [
          {
            id: 11,
            account: "acme",
            permissions: { contents: "write", pull_requests: "write", metadata: "read" },
          },
          { id: 12, account: "beta", repositories: ["in"], permissions: { contents: "read" } },
          { id: 13, account: "gone", permissions: { contents: "read" }, suspended: true },
        ],
      },
      {
        id: 654321,
        slug: "stranger",
        botId: 778,
        installations: [{ id: 21, account: "acme", permissions: {} }],
      },
    ],
    repositories: [
      ...names.map((fullName, index) => ({ fullName, id: index + 1, private: index % 2 === 0 })),
      { fullName: "acme/renamed", id: 90, private: true },
      { fullName: "beta/in", id: 91, private: true },
      { fullName: "beta/out", id: 92, private: true },
    ],
  });
  clients.github.rename("acme/renamed", "acme/renowned");
}, 30_000);

afterAll(() => clients.close());

/** The App itself. */
function app(): Octokit {
  const now = nowMs / 1000;
  return withToken(jwt({ iss: 123456, iat: now - 30, exp: now + 540 }));
}

function withToken(token: string): Octokit {
  return new Octokit({ baseUrl: clients.github.apiUrl, auth: token, log: quiet });
}

async function mint(
  wanted: { ids?: number[]; names?: string[]; permissions?: Permissions; of?: number } = {},
) {
  const { data } = await app().apps.createInstallationAccessToken({
    installation_id: wanted.of ?? 11,
    ...(wanted.ids && { repository_ids: wanted.ids }),
    ...(wanted.names && { repositories: wanted.names }),
    ...(wanted.permissions && { permissions: wanted.permissions }),
  });
  return data;
}

/** A JSON web token with these claims, signed with the App's key or left as it is. */
function jwt(claims: object, alg = "RS256"): string {
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encoded({ alg, typ: "JWT" })}.${encoded(claims)}`;
  const key = clients.github.privateKey("helper");
  return `${text}.${createSign("sha256").update(text).sign(key, "base64url")}`;
}

async function asked(path: string, authorization: string, init: RequestInit = {}) {
  const answer = await fetch(`${clients.github.apiUrl}${path}`, {
    ...init,
    headers: { authorization, "user-agent": "test" },
  });
  return { status: answer.status, message: ((await answer.json()) as { message?: string }).message };
}

describe("an App", () => {
  test("is known by its JSON web token, and where it is installed", async () => {
    const { data } = await app().apps.getAuthenticated();
    expect(data).toMatchObject({ id: 123456, slug: "helper" });
    const installations = (await app().apps.listInstallations()).data;
    expect(installations.map(({ id, suspended_at: at }) => [id, at !== null])).toEqual([
      [11, false],
      [12, false],
      [13, true],
    ]);
    const bot = (await withToken((await mint()).token).users.getByUsername({ username: "helper[bot]" })).data;
    expect(bot).toMatchObject({ login: "helper[bot]", id: 777, type: "Bot" });
  });

  test("finds the installation of a repository, also by the name that it had before", async () => {
    const of = (owner: string, repo: string) => app().apps.getRepoInstallation({ owner, repo });
    expect((await of("beta", "in")).data).toMatchObject({ id: 12, repository_selection: "selected" });
    expect((await of("acme", "renamed")).data).toMatchObject({ id: 11, app_slug: "helper" });
    await expect(of("beta", "out")).rejects.toMatchObject({ status: 404 });
    await expect(of("acme", "nothing")).rejects.toMatchObject({ status: 404 });
  });

  test.each([
    { what: "no JSON web token", claims: undefined, message: "A JSON web token could not be decoded" },
    { what: "another signature", claims: { iss: 654321 }, message: "A JSON web token could not be decoded" },
    { what: "another algorithm", claims: {}, alg: "HS256", message: "A JSON web token could not be decoded" },
    { what: "an expired one", claims: { exp: -1 }, message: /'exp'\) must be a numeric value/ },
    { what: "one that lives too long", claims: { exp: 601 }, message: /'exp'\) is too far in the future/ },
    { what: "one from the future", claims: { iat: 5 }, message: /'Issued at' claim/ },
    { what: "one of no App", claims: { iss: 1 }, message: "Integration not found", status: 404 },
  ])("is refused with $what", async ({ claims, alg, message, status }) => {
    const now = nowMs / 1000;
    const { iss = 123456, iat = -30, exp = 500 } = (claims ?? {}) as Record<string, number>;
    const token = claims ? jwt({ iss, iat: now + iat, exp: now + exp }, alg) : "eyJnothing";
    const answer = await asked("/app", `bearer ${token}`);
    expect(answer.status).toBe(status ?? 401);
    expect(answer.message).toMatch(message);
  });

  test("has to ask with a token for everything else, and with itself for tokens", async () => {
    const { token } = await mint();
    const own = jwt({ iss: 123456, iat: nowMs / 1000 - 30, exp: nowMs / 1000 + 60 });
    expect(await asked("/repos/acme/service-1", `bearer ${own}`)).toMatchObject({ status: 401 });
    expect(await asked("/app", `bearer ${token}`)).toMatchObject({ status: 401 });
    expect(await asked("/user", `bearer ${token}`)).toEqual({
      status: 403,
      message: "Resource not accessible by integration",
    });
  });
});

describe("a token", () => {
  test("has the shape of GitHub's, and says what it is for", async () => {
    const made = await mint({ ids: [1], permissions: { contents: "read" } });
    expect(made.token).toMatch(/^ghs_123456_[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(made.token.length).toBeGreaterThan(490);
    expect(made.token.length).toBeLessThan(550);
    expect(made).toMatchObject({
      permissions: { contents: "read", metadata: "read" },
      repository_selection: "selected",
      repositories: [{ full_name: "acme/service-1" }],
    });
    expect(Date.parse(made.expires_at)).toBe(nowMs + HOUR_MS);
    expect(clients.github.record.tokens.at(-1)).toEqual({
      token: made.token,
      app: "helper",
      installation: 11,
      repositories: ["acme/service-1"],
      permissions: { contents: "read", metadata: "read" },
    });
  });

  const notAccessible =
    "There is at least one repository that does not exist or is not accessible to the parent installation.";
  const notGranted = "The permissions requested are not granted to this installation.";
  test.each([
    { what: "a repository of nobody", wanted: { ids: [999] }, status: 422, message: notAccessible },
    { what: "another's repository", wanted: { ids: [91] }, status: 422, message: notAccessible },
    { what: "one left out", wanted: { of: 12, names: ["out"] }, status: 422, message: notAccessible },
    {
      what: "more than was granted",
      wanted: { of: 12, permissions: { contents: "write" } },
      status: 422,
      message: notGranted,
    },
    {
      what: "a right that was not granted",
      wanted: { permissions: { workflows: "write" } },
      status: 422,
      message: notGranted,
    },
    {
      what: "a right that is none",
      wanted: { permissions: { everything: "write" } },
      status: 422,
      message: /not a permitted key/,
    },
    { what: "a suspended installation", wanted: { of: 13 }, status: 403, message: /suspended/ },
    { what: "another App's installation", wanted: { of: 21 }, status: 404, message: "Not Found" },
  ] as const)("is not made for $what", async ({ wanted, status, message }) => {
    const error = await mint(wanted as Parameters<typeof mint>[0]).catch((thrown) => thrown);
    expect(error).toMatchObject({ status });
    expect(error.response.data.message).toMatch(message);
  });

  test("opens its repositories and no other, page by page", async () => {
    const list = async (token: string) => {
      const octokit = withToken(token);
      const all = await octokit.paginate(octokit.apps.listReposAccessibleToInstallation, { per_page: 30 });
      return all.map(({ full_name: name }) => name);
    };
    expect(await list((await mint({ permissions: { metadata: "read" } })).token)).toHaveLength(41);
    expect(await list((await mint({ ids: [3] })).token)).toEqual(["acme/service-3"]);
    expect(await list((await mint({ of: 12 })).token)).toEqual(["beta/in"]);
    const one = withToken((await mint({ ids: [1] })).token);
    expect((await one.repos.get({ owner: "acme", repo: "service-1" })).data.permissions?.push).toBe(false);
    for (const repo of ["service-2", "service-3", "renamed"]) {
      await expect(one.repos.get({ owner: "acme", repo })).rejects.toMatchObject({ status: 404 });
    }
  });

  test("does what its permissions name, and GitHub says which one was missing", async () => {
    const at = { owner: "acme", repo: "service-5" };
    const names = withToken((await mint({ ids: [5], permissions: { metadata: "read" } })).token);
    const reads = withToken((await mint({ ids: [5], permissions: { contents: "read" } })).token);
    const error = await names.git.getRef({ ...at, ref: "heads/main" }).catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 403, message: /^Resource not accessible by integration/ });
    expect(error.response.headers["x-accepted-github-permissions"]).toBe("contents=read");
    const { sha } = (await reads.git.getRef({ ...at, ref: "heads/main" })).data.object;
    const refused = { status: 403, message: /^Resource not accessible by integration/ };
    await expect(reads.git.createRef({ ...at, ref: "refs/heads/x", sha })).rejects.toMatchObject(refused);
    await expect(reads.pulls.list(at)).rejects.toMatchObject(refused);
    const pull = { ...at, head: "main", base: "main", title: "x" };
    await expect(reads.pulls.create(pull)).rejects.toMatchObject(refused);
    const writes = withToken((await mint({ ids: [5], permissions: { contents: "write" } })).token);
    await writes.git.createRef({ ...at, ref: "refs/heads/work", sha });
    await expect(writes.pulls.list(at)).rejects.toMatchObject(refused);
  });

  test("is shown a review without its commit where it may not read contents", async () => {
    const at = { owner: "acme", repo: "service-10" };
    const permissions = { contents: "write", pull_requests: "write" } as const;
    const writes = withToken((await mint({ ids: [10], permissions })).token);
    const { data: main } = await writes.git.getRef({ ...at, ref: "heads/main" });
    const commit = { ...at, message: "M", parents: [main.object.sha] };
    const { data: parent } = await writes.git.getCommit({ ...at, commit_sha: main.object.sha });
    const { sha } = (await writes.git.createCommit({ ...commit, tree: parent.tree.sha })).data;
    await writes.git.createRef({ ...at, ref: "refs/heads/work", sha });
    await writes.pulls.create({ ...at, head: "work", base: "main", title: "x" });
    const pull = { ...at, pull_number: 1 };
    for (const login of ["eve", "ann"] as const)
      await clients.octokit(login).pulls.createReview({ ...pull, event: "APPROVE" });
    const ask = (octokit: Octokit, more: string, fields: string) =>
      octokit.graphql(
        `{ repository(owner: "acme", name: "service-10") { pullRequest(number: 1) { latestOpinionatedReviews(first: 9, ${more}) { nodes { ${fields} } } } } }`,
      );
    const nodes = (...reviews: object[]) => ({
      repository: { pullRequest: { latestOpinionatedReviews: { nodes: reviews } } },
    });
    const author = "author { login ... on User { databaseId } ... on Bot { id } }";
    const ann = { author: { login: "ann", databaseId: 101 } };
    const eve = { author: { login: "eve", databaseId: 103 } };
    expect(await ask(writes, "writersOnly: false", author)).toEqual(nodes(eve, ann));
    expect(await ask(writes, "writersOnly: true", `state commit { oid } ${author}`)).toEqual(
      nodes({ state: "APPROVED", commit: { oid: sha }, ...ann }),
    );
    const reads = withToken((await mint({ ids: [10], permissions: { pull_requests: "read" } })).token);
    expect(await ask(reads, "writersOnly: true", "state")).toEqual(nodes({ state: "APPROVED" }));
    const refusal = {
      type: "FORBIDDEN",
      message: "Resource not accessible by integration",
      path: ["repository", "pullRequest", "latestOpinionatedReviews", "nodes", 0, "commit"],
    };
    await expect(ask(reads, "writersOnly: true", "commit { oid }")).rejects.toMatchObject({
      errors: [refusal],
    });
  });

  test("is worth nothing after an hour, and not yet where GitHub is slow to learn of it", async () => {
    const { token } = await mint({ ids: [1] });
    const look = () => asked("/repos/acme/service-1", `token ${token}`);
    clients.github.delayTokens(2_000);
    expect(await look()).toEqual({ status: 401, message: "Bad credentials" });
    nowMs += 2_000;
    expect(await look()).toMatchObject({ status: 200 });
    nowMs = START_MS + HOUR_MS;
    expect(await look()).toMatchObject({ status: 401 });
    clients.github.delayTokens(0);
    nowMs = START_MS;
  });
});

describe("git with a token", () => {
  const as = async (cwd: string, args: string[], token: string) => {
    const header = `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    return clients.git(cwd, ["-c", `http.extraHeader=${header}`, ...args]);
  };
  const tokenFor = async (permissions: Permissions, ids = [7]) => (await mint({ ids, permissions })).token;
  const address = () => clients.github.cloneUrl("acme/service-7");

  test("reads with contents:read, and pushes with contents:write alone", async () => {
    const reads = await tokenFor({ contents: "read" });
    await as(clients.folder, ["clone", "--quiet", address(), "seven"], reads);
    const cwd = `${clients.folder}/seven`;
    await clients.git(cwd, ["commit", "--quiet", "--allow-empty", "--message", "x"]);
    const push = ["push", "--quiet", "origin", "HEAD:refs/heads/work"];
    await expect(as(cwd, push, reads)).rejects.toThrow(
      /Permission to acme\/service-7\.git denied to helper\[bot\]/,
    );
    await expect(as(cwd, ["fetch"], await tokenFor({ pull_requests: "write" }))).rejects.toThrow(
      /Write access to repository not granted/,
    );
    await expect(as(cwd, ["fetch"], await tokenFor({ contents: "read" }, [9]))).rejects.toThrow(/not found/);
    await as(cwd, push, await tokenFor({ contents: "write" }));
    expect(clients.github.record.pushes.at(-1)).toMatchObject({
      repository: "acme/service-7",
      login: "helper[bot]",
      moves: [{ reference: "refs/heads/work" }],
    });
  });

  test("does not change a workflow, while everything else of the same push goes through", async () => {
    const writes = await tokenFor({ contents: "write" }, [8]);
    const cwd = await clients.clone("acme/service-8");
    await clients.git(cwd, ["commit", "--quiet", "--allow-empty", "--message", "fine"]);
    await clients.git(cwd, ["branch", "fine"]);
    await clients.git(cwd, ["checkout", "--quiet", "-b", "flow"]);
    const blob = await clients.git(cwd, ["hash-object", "-w", "README.md"]);
    const entry = `100644,${blob},.github/workflows/ci.yml`;
    await clients.git(cwd, ["update-index", "--add", "--cacheinfo", entry]);
    await clients.git(cwd, ["commit", "--quiet", "--message", "workflow"]);
    await expect(as(cwd, ["push", "origin", "fine", "flow"], writes)).rejects.toThrow(
      /\[remote rejected\] flow -> flow \(refusing to allow a GitHub App to create or update workflow `\.github\/workflows\/ci\.yml` without `workflows` permission\)/,
    );
    const { moves } = clients.github.record.pushes.at(-1) ?? {};
    expect(moves?.map(({ reference }) => reference)).toEqual(["refs/heads/fine"]);
    const branches = (await clients.octokit("ann").repos.listBranches({ owner: "acme", repo: "service-8" }))
      .data;
    expect(branches.map(({ name }) => name)).toEqual(["fine", "main"]);
    await clients.push(cwd, "flow", {});
  });
});
