// What GitHub refuses of who asks, of what is not there and of references, in GitHub's own words.
import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefusal, one, type Prepared, prepare, type Refusal, unknown } from "./refusals.ts";

let prepared: Prepared;

beforeAll(async () => {
  prepared = await prepare();
});

afterAll(() => prepared.clients.close());

const pull = { ...one, pull_number: 1 };
const issue = { ...one, issue_number: 1 };
const push = "Must have push access to repository";
const create = (more: Record<string, unknown>) => (octokit: Octokit) =>
  octokit.pulls.create({ ...one, head: "free", base: "main", title: "T", ...more });

const refusals: Refusal[] = [
  // Who asks.
  {
    what: "nobody's /user",
    as: null,
    call: (o) => o.users.getAuthenticated(),
    status: 401,
    message: "Requires authentication",
  },
  {
    what: "an App's /user",
    as: "cody[bot]",
    call: (o) => o.users.getAuthenticated(),
    status: 403,
    message: "Resource not accessible by integration",
  },
  {
    what: "an App's /user/repos",
    as: "cody[bot]",
    call: (o) => o.repos.listForAuthenticatedUser(),
    status: 403,
    message: "Resource not accessible by integration",
  },
  {
    what: "a private repository to nobody",
    as: null,
    call: (o) => o.repos.get(one),
    status: 404,
    message: "Not Found",
  },
  {
    what: "a private repository to a stranger",
    as: "eve",
    call: (o) => o.repos.get(one),
    status: 404,
    message: "Not Found",
  },
  { what: "writing to it as a stranger", as: "eve", call: create({}), status: 404, message: "Not Found" },
  {
    what: "writing to a public one as nobody",
    as: null,
    call: (o) => o.git.createRef({ owner: "acme", repo: "public", ref: "refs/heads/x", sha: unknown }),
    status: 401,
    message: "Requires authentication",
  },
  {
    what: "a branch by a reader",
    as: "bob",
    call: (o, { main }) => o.git.createRef({ ...one, ref: "refs/heads/x", sha: main }),
    status: 403,
    message: push,
  },
  { what: "a pull request by a reader", as: "bob", call: create({}), status: 403, message: push },
  {
    what: "a change by a reader",
    as: "bob",
    call: (o) => o.pulls.update({ ...pull, title: "Mine" }),
    status: 403,
    message: push,
  },
  {
    what: "a label by a reader",
    as: "bob",
    call: (o) => o.issues.addLabels({ ...issue, labels: ["x"] }),
    status: 403,
    message: push,
  },
  { what: "a merge by a reader", as: "bob", call: (o) => o.pulls.merge(pull), status: 403, message: push },
  {
    what: "a check run by a person",
    call: (o, { head }) => o.checks.create({ ...one, name: "x", head_sha: head }),
    status: 403,
    message: "You must authenticate via a GitHub App.",
  },
  {
    what: "anything in an archived repository",
    call: (o) => o.issues.createComment({ owner: "acme", repo: "archived", issue_number: 1, body: "x" }),
    status: 403,
    message: "Repository was archived so is read-only.",
  },
  // What is not there.
  {
    what: "an unknown route",
    call: (o) => o.request("GET /repos/acme/one/nothing"),
    status: 404,
    message: "Not Found",
  },
  {
    what: "an unknown repository",
    call: (o) => o.repos.get({ owner: "acme", repo: "none" }),
    status: 404,
    message: "Not Found",
  },
  {
    what: "an unknown branch",
    call: (o) => o.repos.getBranch({ ...one, branch: "none" }),
    status: 404,
    message: "Branch not found",
  },
  {
    what: "a revision that is no branch",
    call: (o) => o.repos.getBranch({ ...one, branch: "main~0" }),
    status: 404,
    message: "Branch not found",
  },
  {
    what: "an unknown reference",
    call: (o) => o.git.getRef({ ...one, ref: "heads/none" }),
    status: 404,
    message: "Not Found",
  },
  {
    what: "an unknown file",
    call: (o) => o.repos.getContent({ ...one, path: "none.txt" }),
    status: 404,
    message: "Not Found",
  },
  {
    what: "a path out of the repository",
    call: (o) => o.request(`GET /repos/acme/one/contents/${encodeURIComponent("../x")}`),
    status: 404,
    message: "Not Found",
  },
  {
    what: "an unknown commit",
    call: (o) => o.repos.getCommit({ ...one, ref: unknown }),
    status: 422,
    message: `No commit found for SHA: ${unknown}`,
  },
  {
    what: "a comparison with an unknown branch",
    call: (o) => o.repos.compareCommitsWithBasehead({ ...one, basehead: "main...none" }),
    status: 404,
    message: "Not Found",
  },
  {
    what: "an unknown pull request",
    call: (o) => o.pulls.get({ ...one, pull_number: 99 }),
    status: 404,
    message: "Not Found",
  },
  {
    what: "a label that is not set",
    call: (o) => o.issues.removeLabel({ ...issue, name: "none" }),
    status: 404,
    message: "Label does not exist",
  },
  {
    what: "a reference of an empty repository",
    call: (o) => o.git.getRef({ owner: "acme", repo: "empty", ref: "heads/main" }),
    status: 409,
    message: "Git Repository is empty.",
  },
  {
    what: "a branch in an empty repository",
    call: (o) => o.git.createRef({ owner: "acme", repo: "empty", ref: "refs/heads/x", sha: unknown }),
    status: 409,
    message: "Git Repository is empty.",
  },
  {
    what: "commits of an empty repository",
    call: (o) => o.repos.listCommits({ owner: "acme", repo: "empty" }),
    status: 409,
    message: "Git Repository is empty.",
  },
  {
    what: "contents of an empty repository",
    call: (o) => o.repos.getContent({ owner: "acme", repo: "empty", path: "" }),
    status: 404,
    message: "This repository is empty.",
  },
  // References.
  {
    what: "a reference that exists",
    call: (o, { main }) => o.git.createRef({ ...one, ref: "refs/heads/main", sha: main }),
    status: 422,
    message: "Reference already exists",
  },
  {
    what: "a reference to nothing",
    call: (o) => o.git.createRef({ ...one, ref: "refs/heads/x", sha: unknown }),
    status: 422,
    message: "Object does not exist",
  },
  {
    what: "a reference with half a commit id",
    call: (o) => o.git.createRef({ ...one, ref: "refs/heads/x", sha: "abc" }),
    status: 422,
    message: /exactly 40 characters/,
  },
  {
    what: "a reference without refs/",
    call: (o, { main }) => o.git.createRef({ ...one, ref: "main2", sha: main }),
    status: 422,
    message: /not a valid ref name/,
  },
  {
    what: "a reference git would refuse",
    call: (o, { main }) => o.git.createRef({ ...one, ref: "refs/heads/a..b", sha: main }),
    status: 422,
    message: /not a valid ref name/,
  },
  {
    what: "a branch below a branch",
    call: (o, { main }) => o.git.createRef({ ...one, ref: "refs/heads/main/x", sha: main }),
    status: 422,
    message: "Reference update failed",
  },
  {
    what: "an update that is no fast forward",
    call: (o, { main }) => o.git.updateRef({ ...one, ref: "heads/work", sha: main }),
    status: 422,
    message: "Update is not a fast forward",
  },
  {
    what: "an update of nothing",
    call: (o, { main }) => o.git.updateRef({ ...one, ref: "heads/none", sha: main }),
    status: 422,
    message: "Reference does not exist",
  },
  {
    what: "deleting what is gone",
    call: (o) => o.git.deleteRef({ ...one, ref: "heads/none" }),
    status: 422,
    message: "Reference does not exist",
  },
  {
    what: "deleting the default branch",
    call: (o) => o.git.deleteRef({ ...one, ref: "heads/main" }),
    status: 422,
    message: "Cannot delete the default branch",
  },
];

test.each(refusals)("$what is refused", (refusal) => expectRefusal(prepared, refusal));

describe("requests no Octokit would send", () => {
  const agent = { "user-agent": "test" };
  const ask = (path: string, init: RequestInit) => fetch(`${prepared.clients.github.apiUrl}${path}`, init);

  test.each([
    ["a wrong token", { headers: { ...agent, authorization: "token nonsense" } }, 401, "Bad credentials"],
    [
      "an API version of no year",
      { headers: { ...agent, "x-github-api-version": "1999-01-01" } },
      400,
      "not a supported API version",
    ],
    ["no user agent", { headers: { "user-agent": "" } }, 403, "User-Agent header"],
  ] as const)("%s", async (_, init, status, text) => {
    const answer = await ask("/repos/acme/public", init);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(text);
  });

  test.each([
    ["{", 400, "Problems parsing JSON"],
    ["[1]", 400, "Body should be a JSON object"],
  ])("a body of %s", async (body, status, text) => {
    const headers = { ...agent, authorization: "bearer token-of-ann" };
    const answer = await ask("/repos/acme/one/pulls", { method: "POST", headers, body });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(text);
  });
});
