// What GitHub refuses of forks, signed commits, logs, marks of answers and GraphQL, as it documents it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clients, startClients } from "./clients.ts";

let clients: Clients;
const apps = [
  {
    id: 7,
    slug: "helper",
    botId: 70,
    installations: [
      { id: 1, account: "acme", permissions: { contents: "write", metadata: "read" } as const },
    ],
  },
];

beforeAll(async () => {
  clients = await startClients({
    apps,
    repositories: [
      { fullName: "acme/one", id: 1, private: true },
      { fullName: "acme/unforkable", id: 2, private: true, forks: false },
      { fullName: "ann/one", id: 3, private: true },
    ],
  });
});
afterAll(() => clients.close());

const one = { owner: "acme", repo: "one" };

test("a fork is not for Apps, not where it is disabled, and has another name where its own is taken", async () => {
  const ann = clients.octokit("ann");
  await expect(clients.octokit("cody[bot]").repos.createFork(one)).rejects.toMatchObject({ status: 403 });
  await expect(ann.repos.createFork({ ...one, repo: "unforkable" })).rejects.toThrow(/forking is disabled/);
  const { data, status } = await ann.repos.createFork(one);
  expect([status, data.full_name, data.parent?.full_name]).toEqual([202, "ann/one-1", "acme/one"]);
  expect((await ann.repos.createFork(one)).data.id).toBe(data.id);
});

test("only a commit of an App that names nobody is signed", async () => {
  const ann = clients.octokit("ann");
  const bot = clients.octokit("cody[bot]");
  const { data: main } = await ann.git.getRef({ ...one, ref: "heads/main" });
  const { data: parent } = await ann.git.getCommit({ ...one, commit_sha: main.object.sha });
  const commit = { ...one, message: "M", tree: parent.tree.sha, parents: [parent.sha] };
  const verified = async (by: typeof bot, more = {}) =>
    (await by.git.createCommit({ ...commit, ...more })).data.verification.verified;
  expect(await verified(bot)).toBe(true);
  expect(await verified(bot, { author: { name: "A", email: "a@acme.example" } })).toBe(false);
  expect(await verified(ann)).toBe(false);
  const unknown = "1".repeat(40);
  await expect(bot.git.createCommit({ ...commit, tree: unknown })).rejects.toMatchObject({ status: 422 });
  await expect(bot.git.createCommit({ ...commit, parents: [unknown] })).rejects.toThrow(/Parent SHA/);
});

test("a log is led to elsewhere, where no other credentials are taken and nobody guesses the address", async () => {
  const ann = clients.octokit("ann");
  const { data: main } = await ann.git.getRef({ ...one, ref: "heads/main" });
  const report = { sha: main.object.sha, name: "build", conclusion: "failure" } as const;
  const id = await clients.github.reportJob("acme/one", { ...report, log: "printed" });
  const asked = { ...one, job_id: id, request: { redirect: "manual" as const } };
  const { headers, status } = await ann.actions.downloadJobLogsForWorkflowRun(asked);
  const location = headers.location ?? "";
  expect(status).toBe(302);
  expect(await (await fetch(location)).text()).toBe("printed");
  expect((await fetch(location, { headers: { authorization: "token x" } })).status).toBe(401);
  expect((await fetch(location.replace(/sig=./, "sig=x"))).status).toBe(403);
  const expired = await clients.github.reportJob("acme/one", report);
  await expect(ann.actions.downloadJobLogsForWorkflowRun({ ...one, job_id: expired })).rejects.toMatchObject({
    status: 410,
  });
});

test("the mark of an answer is good for the token that got it, and no other", async () => {
  const { headers } = await clients.octokit("ann").repos.get(one);
  const again = { ...one, headers: { "if-none-match": headers.etag } };
  await expect(clients.octokit("ann").repos.get(again)).rejects.toMatchObject({ status: 304 });
  expect((await clients.octokit("bob").repos.get(again)).status).toBe(200);
});

test("GraphQL refuses fields that are not there, pages without a size, and what a token may not see", async () => {
  const ann = clients.octokit("ann");
  const ask = (fields: string) =>
    ann.graphql(`{ repository(owner: "acme", name: "one") { pullRequest(number: 1) { ${fields} } } }`);
  await expect(ask("nonsense")).rejects.toThrow(/Field 'nonsense' doesn't exist on type 'PullRequest'/);
  await expect(ask("reviewThreads { totalCount }")).rejects.toThrow(/provide a `first` or `last` value/);
  await expect(ask("reviewThreads(first: 101) { totalCount }")).rejects.toThrow(/exceeds the `first` limit/);
  await expect(ask("reviewThreads")).rejects.toThrow(/must have selections/);
  const reviews = (more: string, fields = "state") =>
    ask(`latestOpinionatedReviews(first: 9${more}) { nodes { ${fields} } }`);
  await expect(reviews(", pushersOnly: true")).rejects.toThrow(/doesn't accept argument 'pushersOnly'/);
  await expect(reviews(", writersOnly: 1")).rejects.toThrow(/invalid value \(1\). Expected type 'Boolean'/);
  await expect(reviews("", "author { databaseId }")).rejects.toThrow(/doesn't exist on type 'Actor'/);
  await expect(reviews("", "author { ... on Person { login } }")).rejects.toThrow(/No such type Person/);
  await expect(reviews("", "author { ... on Commit { oid } }")).rejects.toThrow(
    /Fragment on Commit can't be spread inside Actor/,
  );
  await expect(ask("title")).rejects.toThrow(/Could not resolve to a PullRequest with the number of 1/);
  await expect(
    clients.octokit("eve").graphql(`{ repository(owner: "acme", name: "one") { id } }`),
  ).rejects.toThrow(/Could not resolve to a Repository/);
});
