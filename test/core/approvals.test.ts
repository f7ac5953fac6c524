// Nothing of Cody's own can approve or merge: only a linked person's token can, and only in the files for that.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { makeActAs } from "@cody/core/act-as.ts";
import { makeGitHub } from "@cody/core/adapters/github.ts";
import { programLog } from "@cody/core/log.ts";
import type { CodeHost } from "@cody/core/ports/code-host.ts";
import type { PersonalCodeHost } from "@cody/core/ports/personal-code-host.ts";
import { sealTokens } from "@cody/core/seal.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSources } from "../architecture/source.ts";
import { type Clients, startClients } from "../world/github/clients.ts";

const log = programLog("effects", "error", []);
const apiUrl = "http://127.0.0.1:9";
let clients: Clients;

beforeAll(async () => {
  clients = await startClients();
});

afterAll(() => clients.close());

describe("Cody itself", () => {
  const acts = ["review", "merge", "enableAutoMerge"] as const satisfies (keyof PersonalCodeHost)[];
  // Does not compile once Cody's own port has one of them.
  const none: Extract<keyof CodeHost, (typeof acts)[number]>[] = [];

  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();

  test.each([
    ["an account", { token: `ghp_${"x".repeat(36)}` }],
    ["an App", { appId: 7, privateKey: pem }],
  ])("as %s has no way to approve or merge", (_, identity) => {
    const host = makeGitHub({ identity, apiUrl, log });
    expect(none).toEqual([]);
    for (const act of acts) expect(host).not.toHaveProperty(act);
  });

  test("is refused by GitHub where it tries to approve what it opened", async () => {
    const { owner, repo, fullName } = clients.fresh();
    const cwd = await clients.clone(fullName);
    await clients.push(cwd, "cody/work", { "work.txt": "1\n" });
    const cody = clients.octokit("cody[bot]");
    const { data } = await cody.pulls.create({ owner, repo, head: "cody/work", base: "main", title: "Work" });
    const approval = { owner, repo, pull_number: data.number, event: "APPROVE" } as const;
    await expect(cody.pulls.createReview(approval)).rejects.toMatchObject({ status: 422 });
  });
});

test("only the files of people's own acts speak of reviews and merges to GitHub", () => {
  const sources = readSources("packages");
  const speaks =
    /createReview\b|submitReview\b|pulls\.merge\b|\/merge["'`]|\/reviews["'`]|PullRequestAutoMerge|mergePullRequest|addPullRequestReview\b/;
  const found = sources.filter(({ text }) => speaks.test(text)).map(({ path }) => path);
  expect(found.filter((path) => !/\/adapters\/github-person[\w-]*\.ts$/.test(path))).toEqual([]);
  expect(found.length).toBeGreaterThan(0);
});

test("whoever has no tokens of their own gets no way in, only a sentence", async () => {
  const keys = [randomBytes(32).toString("base64")];
  const ann = { team: "T", user: "U0ANN", account: { id: 1, login: "ann" } };
  const sealedTokens = sealTokens({ access: "ghu_of_ann" }, ann, keys);
  const used: string[] = [];
  const actAs = makeActAs({
    people: { read: async () => undefined, changeTokens: async () => false },
    linking: { refresh: async () => undefined },
    keys,
    host: (token) => {
      used.push(token);
      return {} as PersonalCodeHost;
    },
    now: Date.now,
  });
  // Ann's tokens in Ben's item, no tokens at all, and tokens in the clear.
  const ben = { team: "T", user: "U0BEN", account: { id: 2, login: "ben" }, linkedAt: 0 };
  for (const sealed of [sealedTokens, "", "ghu_of_ann"]) {
    expect(await actAs({ ...ben, sealedTokens: sealed })).toEqual({ words: expect.any(String) });
  }
  expect(used).toEqual([]);
});
