// How long GitHub is waited for while a change is published, and how the pace of all runs together is kept.
import { Failed } from "@cody/core/failure.ts";
import { type CodeHost, ContentLimited } from "@cody/core/ports/code-host.ts";
import { expect, test, vi } from "vitest";
import { pacedCodeHost, whileGitHubIsAway } from "../../packages/runner/src/publish/patience.ts";

const log = { debug() {}, info() {}, warn() {}, error() {}, with: () => log };
const { signal } = new AbortController();
const away = (retryAfter?: string) =>
  new Failed("github-unavailable", "502", { response: { headers: { "retry-after": retryAfter } } });

test("it is tried again until it works; what GitHub refuses is not", async () => {
  const work = vi.fn(async () => {
    if (work.mock.calls.length < 2) throw away();
    return "done";
  });
  const patience = { until: Date.now() + 60_000, now: Date.now, signal, log };
  expect(await whileGitHubIsAway(patience, work)).toBe("done");
  const refused = new Failed("github-rejected", "no");
  await expect(whileGitHubIsAway(patience, () => Promise.reject(refused))).rejects.toBe(refused);
});

test("patience ends, and at once where GitHub asks to come back later than that", async () => {
  const patience = { until: Date.now() + 20_000, now: Date.now, signal, log };
  const failure = away("60");
  const work = vi.fn(() => Promise.reject(failure));
  await expect(whileGitHubIsAway(patience, work)).rejects.toBe(failure);
  expect(work).toHaveBeenCalledTimes(1);
});

test("only what makes content takes room, and a runner that lost its round does nothing more", async () => {
  const made: string[] = [];
  const note = (what: string) => async () => void made.push(what);
  const codeHost = {
    check: note("check"),
    deliverPullRequest: note("deliver"),
    signedCommit: note("sign"),
    answerThread: note("answer"),
    moveBranch: note("move"),
  } as unknown as CodeHost;
  let taken = 0;
  const takeRoom = async () => {
    taken += 1;
    return { ok: true as const };
  };
  const lost = new AbortController();
  const paced = pacedCodeHost(codeHost, { takeRoom, now: Date.now, signal: lost.signal, log });
  const shop = { id: 1, fullName: "acme/shop" };
  await paced.check(shop);
  await paced.moveBranch(shop, "cody/a", { sha: "1", isNew: true });
  expect(taken).toBe(0);
  await paced.deliverPullRequest({} as never);
  await paced.signedCommit(shop, { tree: "1", parents: [], message: "" });
  await paced.answerThread(shop, 1, { comment: 1, text: "" });
  expect(taken).toBe(3);
  lost.abort(new Error("the lease was lost"));
  await expect(paced.deliverPullRequest({} as never)).rejects.toThrow("lost");
  expect(made).toEqual(["check", "move", "deliver", "sign", "answer"]);
});

test("a longer limit is thrown with its end", async () => {
  const until = Date.now() + 21_000;
  const full = async () => ({ ok: false as const, until });
  const paced = pacedCodeHost({} as CodeHost, { takeRoom: full, now: Date.now, signal, log });
  await expect(paced.deliverPullRequest({} as never)).rejects.toEqual(new ContentLimited(until));
});
