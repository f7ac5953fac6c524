// Webhooks: what happens is told once, signed over the very bytes, in the shape that GitHub gives it.
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Clients, startClients } from "./clients.ts";

interface Heard {
  event: string;
  id: string;
  signature: string;
  // biome-ignore lint/suspicious/noExplicitAny: the payloads of many events, looked at by path
  payload: any;
  body: string;
}

const secret = "the webhook's secret";
const heard: Heard[] = [];
let server: Server;
let clients: Clients;
let answerWith = 200;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const header = (name: string) => String(request.headers[name]);
      heard.push({
        event: header("x-github-event"),
        id: header("x-github-delivery"),
        signature: header("x-hub-signature-256"),
        payload: JSON.parse(body),
        body,
      });
      response.writeHead(answerWith).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/github/webhook`;
  clients = await startClients({
    webhooks: [{ url, secret, app: "cody-of-acme" }],
    apps: [
      {
        id: 7,
        slug: "cody-of-acme",
        botId: 70,
        installations: [
          { id: 11, account: "acme", permissions: { contents: "write" } },
          { id: 12, account: "beta", repositories: ["named"], permissions: { contents: "write" } },
        ],
      },
    ],
    repositories: [
      { fullName: "acme/one", id: 1 },
      { fullName: "acme/two", id: 2 },
      { fullName: "beta/named", id: 3 },
      { fullName: "beta/other", id: 4 },
      { fullName: "gamma/none", id: 5 },
    ],
    accounts: [
      { login: "ann", id: 101, token: "token-of-ann", rights: { "acme/*": "write", "gamma/*": "write" } },
      { login: "max", id: 105, token: "token-of-bob", rights: { "acme/*": "write" } },
      {
        login: "cody[bot]",
        id: 104,
        token: "token-of-cody",
        type: "Bot",
        rights: { "acme/*": "write", "gamma/*": "write" },
      },
    ],
  });
});

beforeEach(async () => {
  await clients.github.settled();
  heard.length = 0;
  answerWith = 200;
});

afterAll(async () => {
  await clients.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const told = () => heard.map(({ event, payload }) => `${event} ${payload.action ?? payload.ref}`);

async function propose(
  fullName: string,
  branch: string,
): Promise<{ number: number; sha: string; cwd: string }> {
  const [owner = "", repo = ""] = fullName.split("/");
  const cwd = await clients.clone(fullName);
  const sha = await clients.push(cwd, branch, { [`${branch}.txt`]: "1\n" });
  const { data } = await clients
    .octokit("cody[bot]")
    .pulls.create({ owner, repo, head: branch, base: "main", title: branch });
  return { number: data.number, sha, cwd };
}

const one = { owner: "acme", repo: "one" };

test("the story of a pull request, in its order", async () => {
  const { number, sha, cwd } = await propose("acme/one", "story");
  const after = await clients.push(cwd, "story", { "more.txt": "2\n" });
  const max = clients.octokit("bob");
  await max.pulls.createReview({ ...one, pull_number: number, event: "APPROVE", commit_id: after });
  await clients.octokit("ann").pulls.update({ ...one, pull_number: number, title: "New title" });
  await clients.octokit("ann").pulls.merge({ ...one, pull_number: number, sha: after });
  await clients.github.settled();
  expect(told()).toEqual([
    "push refs/heads/story",
    "pull_request opened",
    "push refs/heads/story",
    "pull_request synchronize",
    "pull_request_review submitted",
    "pull_request edited",
    "pull_request closed",
    "push refs/heads/main",
  ]);
  const of = (name: string) =>
    heard.find(({ event, payload }) => `${event} ${payload.action}` === name)?.payload;
  expect(of("pull_request opened")).toMatchObject({
    number,
    pull_request: {
      number,
      state: "open",
      draft: false,
      head: { ref: "story" },
      user: { login: "cody[bot]" },
    },
    repository: { id: 1, full_name: "acme/one" },
    installation: { id: 11 },
    sender: { login: "cody[bot]", type: "Bot" },
    organization: { login: "acme" },
  });
  expect(of("pull_request synchronize")).toMatchObject({
    before: sha,
    after,
    pull_request: { head: { sha: after } },
  });
  expect(of("pull_request_review submitted")).toMatchObject({
    review: { state: "approved", commit_id: after, user: { id: 105 } },
    pull_request: { number },
  });
  expect(of("pull_request closed")).toMatchObject({
    pull_request: { merged: true, merged_by: { login: "ann" } },
  });
  expect(heard[0]?.payload).toMatchObject({ ref: "refs/heads/story", created: true, after: sha });
});

test("checks tell of themselves, of their suite, and of the pull requests with that head", async () => {
  const { number, sha } = await propose("acme/one", "checked");
  await clients.github.settled();
  heard.length = 0;
  await clients.github.reportJob("acme/one", { sha, name: "build" });
  await clients.github.reportJob("acme/one", { sha, name: "build", conclusion: "failure", log: "boom" });
  await clients.github.settled();
  expect(told()).toEqual(["check_run created", "check_run completed", "check_suite completed"]);
  expect(heard[1]?.payload.check_run).toMatchObject({
    name: "build",
    head_sha: sha,
    conclusion: "failure",
    pull_requests: [{ number }],
    check_suite: { conclusion: "failure" },
  });
  expect(heard[2]?.payload.check_suite).toMatchObject({
    head_sha: sha,
    status: "completed",
    conclusion: "failure",
  });
});

test("every delivery is signed over its bytes, and has an id of its own", async () => {
  await propose("acme/two", "signed");
  await clients.github.settled();
  expect(heard.length).toBeGreaterThan(1);
  for (const { body, signature } of heard) {
    expect(signature).toBe(`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  }
  expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length);
});

describe("deliveries", () => {
  test("that fail are on record and not tried again, until somebody asks for it", async () => {
    answerWith = 503;
    await propose("acme/two", "failed");
    await clients.github.settled();
    const before = heard.length;
    const failed = clients.github.record.deliveries.filter(({ status }) => status === 503);
    expect(failed).toHaveLength(before);
    answerWith = 200;
    clients.github.redeliver(failed[0]?.id ?? "");
    await clients.github.settled();
    expect(heard).toHaveLength(before + 1);
    expect(heard.at(-1)).toEqual(heard[0]);
  });

  test("tell an App nothing of where it is not installed", async () => {
    await propose("gamma/none", "quiet");
    await clients.github.settled();
    expect(heard).toEqual([]);
  });

  test("tell which repositories were added to it, and taken away", async () => {
    clients.github.install("cody-of-acme", "beta/other", true);
    clients.github.install("cody-of-acme", "beta/named", false);
    await clients.github.settled();
    expect(told()).toEqual(["installation_repositories added", "installation_repositories removed"]);
    expect(heard[0]?.payload).toMatchObject({
      installation: { id: 12 },
      repository_selection: "selected",
      repositories_added: [{ id: 4, full_name: "beta/other" }],
      repositories_removed: [],
    });
  });
});

describe("what an App may know of its webhook", () => {
  const asApp = () =>
    new Octokit({
      baseUrl: clients.github.apiUrl,
      authStrategy: createAppAuth,
      auth: { appId: 7, privateKey: clients.github.privateKey("cody-of-acme") },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    }).apps;

  test("how each delivery went, newest first, page by page", async () => {
    answerWith = 401;
    await propose("acme/two", "refused");
    await clients.github.settled();
    const { data, headers } = await asApp().listWebhookDeliveries({ per_page: 2 });
    expect(data).toMatchObject([
      { status: "Invalid HTTP Response: 401", status_code: 401, redelivery: false, installation_id: 11 },
      { status_code: 401 },
    ]);
    const newest = clients.github.record.deliveries.at(-1);
    expect(data[0]).toMatchObject({ guid: newest?.id, event: newest?.event, repository_id: 2 });
    expect(data[0]).not.toHaveProperty("url");
    const [, cursor = ""] = /[?&]cursor=([^&>]+).*rel="next"/.exec(headers.link ?? "") ?? [];
    const { data: older } = await asApp().listWebhookDeliveries({ per_page: 2, cursor });
    expect(older.map(({ id }) => id)).not.toContain(data[1]?.id);
    await expect(asApp().listWebhookDeliveries({ cursor: "v1_999999" })).rejects.toMatchObject({
      status: 400,
    });
  });

  test("one delivery whole, and that it was sent again", async () => {
    await propose("acme/two", "again");
    await clients.github.settled();
    const first = clients.github.record.deliveries.at(-1);
    clients.github.redeliver(first?.id ?? "");
    await clients.github.settled();
    const { data: list } = await asApp().listWebhookDeliveries({ per_page: 1 });
    const delivery_id = list[0]?.id ?? 0;
    const { data } = await asApp().getWebhookDelivery({ delivery_id });
    expect(data).toMatchObject({ guid: first?.id, redelivery: true, status: "OK", url: first?.url });
    expect(data.request.payload).toEqual(first?.request.payload);
    await expect(asApp().getWebhookDelivery({ delivery_id: 999_999 })).rejects.toMatchObject({ status: 404 });
  });

  test("nobody else: a token is no App", async () => {
    for (const path of ["config", "deliveries", "deliveries/1"])
      await expect(clients.octokit("ann").request(`GET /app/hook/${path}`)).rejects.toMatchObject({
        status: 401,
        message: expect.stringContaining("A JSON web token could not be decoded"),
      });
  });

  test("an address where nobody answers, and a webhook that sends forms", async () => {
    const { url = "" } = clients.github.record.deliveries[0] ?? {};
    clients.github.sendWebhooksTo({
      url,
      secret,
      app: "cody-of-acme",
      contentType: "form",
      insecureSsl: true,
    });
    const { data: config } = await asApp().getWebhookConfigForApp();
    expect(config).toEqual({ url, content_type: "form", insecure_ssl: "1", secret: "********" });
    await new Promise((resolve) => server.close(resolve));
    await propose("acme/two", "unheard");
    await clients.github.settled();
    const { data } = await asApp().listWebhookDeliveries({ per_page: 1 });
    expect(data).toMatchObject([{ status: "failed to connect to host", status_code: 502 }]);
  });
});
