// Everything that Cody asks of GitHub, done once against the local one with the real adapters, and written down.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { readAccount, readApp } from "@cody/core/adapters/github-self.ts";
import { identities, type Stage, shop, startStage } from "../core/adapters/code-host-stage.ts";
import { startPeople } from "../core/adapters/people-on-github.ts";

export interface RecordedCall {
  method: string;
  /** Below the API's root, without the query, still percent-encoded. */
  path: string;
  status: number;
  /** Undefined where it is no JSON. */
  body: unknown;
}

/** What REST does not describe: GraphQL, and the pages and tokens of people who consent. */
const notDescribed = ["/graphql", "/login/"];

/** Calls of every adapter, Cody's own and those of people, with what was answered. */
export async function recordCalls(): Promise<RecordedCall[]> {
  const calls: RecordedCall[] = [];
  const ask = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await ask(input, init);
    const url = new URL(input instanceof Request ? input.url : input);
    const path = url.pathname.replace(/^\/api/, "");
    const isApi = url.pathname.startsWith("/api/") && !notDescribed.some((start) => path.startsWith(start));
    if (isApi) {
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      const text = isJson ? await response.clone().text() : "";
      calls.push({
        method: init?.method ?? "GET",
        path,
        status: response.status,
        body: text === "" ? undefined : JSON.parse(text),
      });
    }
    return response;
  };
  try {
    const stage = await startStage();
    try {
      for (const as of identities) await asCody(stage, as);
    } finally {
      await stage.close();
    }
    await asPeople();
    await asDoctor();
  } finally {
    globalThis.fetch = ask;
  }
  return calls;
}

const at = { owner: "acme", repo: "shop" };

async function asCody(stage: Stage, as: (typeof identities)[number]): Promise<void> {
  const cody = stage.cody(as);
  const branch = `cody/${as.replace(" ", "-").toLowerCase()}`;
  await cody.repositories();
  await cody.check(shop);
  await cody.check(shop, "nothing");
  await cody.author(shop);
  await cody.gitAuthorization(shop, "write");
  const head = await stage.push(shop, branch, { author: stage.login(as), files: { "lines.txt": as } });
  await cody.branch(shop, { branch, base: "main" });
  await cody.mergeBase(shop, "main", head);

  const wanted = {
    repository: shop,
    branch,
    base: "main",
    title: "Title",
    body: "Body",
    draft: true,
    labels: ["cody"],
    reviewers: ["ann", "acme/reviewers", "stranger"],
  };
  const { pullRequest: known } = await cody.deliverPullRequest(wanted);
  await cody.deliverPullRequest(wanted);
  const changed = { ...wanted, known, body: "More", draft: false, labels: ["cody", "java"] };
  const { pullRequest } = await cody.deliverPullRequest(changed);
  await refused(() => cody.deliverPullRequest({ ...wanted, branch: "nothing" }));
  const { number } = pullRequest;
  const pull = { ...at, pull_number: number };

  await stage.github.reportJob(shop.fullName, {
    sha: head,
    name: "build",
    conclusion: "failure",
    log: "failed",
    annotations: [
      { path: "lines.txt", startLine: 1, endLine: 1, level: "failure", message: "wrong", title: null },
    ],
  });
  const status = { ...at, sha: head, context: "ci", state: "failure" } as const;
  await stage.octokit("ann").repos.createCommitStatus(status);
  const comments = [{ path: "lines.txt", line: 1, side: "RIGHT", body: "Why?" }];
  await stage.octokit("ann").pulls.createReview({ ...pull, event: "REQUEST_CHANGES", body: "No.", comments });
  await stage.octokit("bob").pulls.createReview({ ...pull, event: "APPROVE" });
  stage.github.protect(shop.fullName, "main", { checks: { names: ["build"] }, ruleset: as === "an App" });
  const standing = await cody.standing(shop, number);
  await cody.standing(shop, number, standing);
  stage.github.protect(shop.fullName, "main", undefined);
  await cody.failedChecks(shop, head);
  const threads = await cody.openThreads(shop, number);
  const comment = threads.find((thread) => thread.comment !== undefined)?.comment ?? 0;
  await cody.answerThread(shop, number, { comment, text: "Done." });

  await stage.push(shop, "main", { on: "main", author: "bob" });
  await refused(() => cody.updateBranch(shop, number, "1".repeat(40)));
  await cody.updateBranch(shop, number, head);
  const tree = await stage.git(shop, ["rev-parse", `${head}^{tree}`]);
  const signed = await cody.signedCommit(shop, { tree, parents: [head], message: "Signed" });
  const sha = signed ?? (await stage.commit(shop, { on: head, author: stage.login(as) }));
  await cody.moveBranch(shop, `${branch}-new`, { sha: head, isNew: true });
  await cody.moveBranch(shop, `${branch}-new`, { sha, isNew: false });
  await refused(() => cody.moveBranch(shop, `${branch}-new`, { sha: "1".repeat(40), isNew: false }));
  await stage.octokit("ann").pulls.update({ ...pull, state: "closed" });
  await cody.standing(shop, number);
  await cody.branch(shop, { branch, base: "main", knownHead: head });
  await cody.deliverPullRequest({ ...wanted, known: pullRequest, reopen: true });
  await cody.fork(shop);
}

async function asPeople(): Promise<void> {
  const people = await startPeople();
  try {
    const ann = await people.as("ann");
    const max = await people.as("max");
    const first = await people.propose();
    await ann.account();
    await ann.rights(first.seen.repository);
    await ann.review(first.seen, { kind: "request-changes", text: "No." });
    await ann.review(first.seen, { kind: "approve", text: "Yes." });
    people.github.protect(first.fullName, "main", { reviews: { count: 2 }, checks: { names: ["build"] } });
    await ann.merge(first.seen);
    await ann.enableAutoMerge(first.seen);
    people.github.protect(first.fullName, "main", undefined);
    // GitHub has to work out whether it can be merged.
    await sleep(100);
    await max.merge(first.seen);
    const second = await people.propose();
    await max.close(second.seen);
  } finally {
    await people.close();
  }
}

/** What Cody asks about itself, with a webhook that was taken once and not answered once. */
async function asDoctor(): Promise<void> {
  const server = createServer((_request, response) => response.writeHead(202).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/github/webhook`;
  const stage = await startStage({ webhooks: [{ url, secret: "secret", app: "cody" }] });
  try {
    const { apiUrl } = stage.github;
    const app = { appId: 7, privateKey: stage.github.privateKey("cody") };
    for (const branch of ["heard", "unheard"]) {
      await stage.push(shop, branch);
      await stage.github.settled();
      const read = await readApp(apiUrl, app);
      if (!read?.webhook?.newest) throw new Error("The local GitHub does not tell of its deliveries.");
      await new Promise((resolve) => server.close(resolve));
    }
    await readAccount(apiUrl, "token-of-cody-bot");
  } finally {
    server.close();
    await stage.close();
  }
}

/** Refusals have a shape as well. */
async function refused(work: () => Promise<unknown>): Promise<void> {
  const isDone = await work().then(
    () => true,
    () => false,
  );
  if (isDone) throw new Error("The local GitHub did what GitHub refuses.");
}
