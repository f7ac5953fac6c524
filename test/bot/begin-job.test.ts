// A job's beginning in a real table: refused as a whole it is told once, and otherwise it knows who asked on GitHub.
import { makeLog } from "@cody/core/log.ts";
import type { ChatMessage } from "@cody/core/ports/chat.ts";
import type { BranchState, RepositoryCheck } from "@cody/core/ports/code-host.ts";
import type { PersonalCodeHost } from "@cody/core/ports/personal-code-host.ts";
import type { Job } from "@cody/core/schema.ts";
import { describe, expect, test } from "vitest";
import { attend } from "../../packages/bot/src/effects/attend.ts";
import type { EffectContext } from "../../packages/bot/src/effects/context.ts";
import { now, open, serveTable } from "../core/adapters/table/table-server.ts";
import { exampleJob, repository } from "../core/examples.ts";

serveTable();

type Rights = Awaited<ReturnType<PersonalCodeHost["rights"]>>;

interface Given {
  id: string;
  job?: Partial<Job>;
  rights?: Record<string, Rights>;
  branch?: BranchState;
  isLinked?: boolean;
}

const untouched: BranchState = { foreign: { commits: 0, people: [] } };

/** Lets a job begin with these far ends, looked after three times over; gives what was said in its thread. */
async function begun({ id, job = {}, rights = {}, branch = untouched, isLinked = true }: Given) {
  const store = open();
  const said: ChatMessage[] = [];
  const asked = exampleJob({
    id,
    team: `T-${id}`,
    createdAt: now,
    repositories: [repository("a"), repository("b2"), repository("c33")],
    ...job,
  });
  await store.jobs.create(asked);
  await store.posts.claim(id, "board", now);
  await store.posts.record(id, "board", { ts: "1.1" });
  const person = { account: { id: 7, login: "ann" }, sealedTokens: "sealed", linkedAt: now };
  if (isLinked) await store.people.link({ team: asked.team, user: asked.requester, ...person });
  const context = {
    store,
    chat: {
      post: async (message: ChatMessage) => {
        said.push(message);
        return `2.${said.length}`;
      },
      find: async () => undefined,
      member: async () => ({ name: "Ann", teams: [asked.team] }),
    },
    github: {
      check: async ({ fullName }: { fullName: string }): Promise<RepositoryCheck> => {
        const found = asked.repositories.find((one) => one.fullName === fullName);
        if (!found) return { found: false };
        return { found: true, repository: found, empty: false, baseSha: "f00", cloneUrl: "" };
      },
      branch: async () => branch,
    },
    queue: { submit: async ({ name }: { name: string }) => name, find: async () => undefined },
    linked: {
      actAs: async () => ({ rights: async (of: { fullName: string }) => rights[of.fullName] ?? "write" }),
    },
    access: "linked",
    allowed: ["acme/*"],
    maxRuns: 100,
    mixesVisibility: false,
    twoPerson: true,
    now: () => now,
    log: makeLog({ level: "error", redact: (text) => text, write: () => {}, now: () => now }),
  } as unknown as EffectContext;
  for (let time = 0; time < 3; time += 1) await attend(id, context);
  const record = await store.jobs.read(id);
  if (!record) throw new Error("the job is gone");
  return { ...record, said };
}

describe("a job that is refused as a whole", () => {
  test.each<[string, Given, string, RegExp]>([
    [
      "by who has not linked",
      { id: "unlinked22", isLinked: false },
      "not-linked",
      /Ann has not linked a GitHub account/,
    ],
    [
      "by who may only read",
      { id: "readonly22", rights: { "acme/a": "read", "acme/b2": "read", "acme/c33": "read" } },
      "no-right",
      /ann may not push to acme\/a, ann may not push to acme\/b2 and ann may not push to acme\/c33/,
    ],
    [
      "by who may push to some of it alone",
      { id: "partly2222", rights: { "acme/b2": "read" } },
      "no-right",
      /ann may not push to acme\/b2/,
    ],
    [
      "for what is private beside what is public",
      { id: "mixed22222", job: { repositories: [repository("a", { private: true }), repository("b2")] } },
      "visibility-mixed",
      /acme\/a is private, acme\/b2 is public/,
    ],
  ])("%s says so once in its thread, and nothing is spent", async (_why, given, kind, words) => {
    const { job, runs, said } = await begun(given);
    expect(job.refused?.kind).toBe(kind);
    expect(runs).toEqual([]);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ channel: "C1", threadTs: job.thread?.ts });
    expect(said[0]?.text).toMatch(words);
    expect(said[0]?.text).toMatch(/^<@U1> /);
    expect(job.closedAt).toBe(now);
  });
});

test("a job that may begin has all its runs, and the account of who asked", async () => {
  const { job, runs, said } = await begun({ id: "maybegin22" });
  expect(job.requesterAccount).toEqual({ id: 7, login: "ann" });
  expect(runs.map(({ state }) => state)).toEqual(["submitted", "submitted", "submitted"]);
  expect(said).toEqual([]);
});

describe("a branch that Cody would push to", () => {
  test("with commits of people is asked about before anything is spent", async () => {
    const branch = { headSha: "abc", foreign: { commits: 2, people: ["ben"] } };
    const { runs } = await begun({ id: "foreign222", job: { repositories: [repository("a")] }, branch });
    expect(runs[0]).toMatchObject({
      state: "waiting",
      attempts: 0,
      waiting: { for: "branch", why: "commits", commits: 2, people: ["ben"], headSha: "abc" },
    });
  });

  test("whose pull request a person closed is asked about as well", async () => {
    const branch: BranchState = {
      ...untouched,
      headSha: "abc",
      pullRequest: { number: 1, url: "", headSha: "abc", draft: false, state: "closed", closedBy: "ben" },
    };
    const { runs } = await begun({ id: "closed2222", job: { repositories: [repository("a")] }, branch });
    expect(runs[0]?.waiting).toMatchObject({ for: "branch", why: "closed", people: ["ben"] });
  });

  test("is not looked at where only a patch is wanted", async () => {
    const branch = { headSha: "abc", foreign: { commits: 2, people: ["ben"] } };
    const job = { deliver: "patch" as const, repositories: [repository("a")] };
    const { runs } = await begun({ id: "patchonly2", job, branch });
    expect(runs[0]?.state).toBe("submitted");
  });
});
