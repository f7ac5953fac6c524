// A job that is over, with its pull request, in a real table; people who press, and what they are told.
import { makeLog } from "@cody/core/log.ts";
import type { Chat, Member } from "@cody/core/ports/chat.ts";
import type { Queue } from "@cody/core/ports/queue.ts";
import type { Store } from "@cody/core/ports/store.ts";
import type { Account } from "@cody/core/pull-request-schema.ts";
import type { Ask, Job, Run } from "@cody/core/schema.ts";
import type { Audit, Person } from "@cody/core/team-schema.ts";
import { attend } from "../../packages/bot/src/effects/attend.ts";
import type { EffectContext } from "../../packages/bot/src/effects/context.ts";
import { now as start } from "../core/adapters/table/table-server.ts";
import { endedRun, exampleJob, repository } from "../core/examples.ts";
import { Hub, openStanding } from "./hub.ts";

export const member: Member = {
  name: "Ann Ashdown (@ann)",
  teams: ["T1"],
  isStranger: false,
  isGuest: false,
  isDeactivated: false,
  isBot: false,
  isAdmin: false,
};

/** Who has linked which account; `U1` asked for the job. */
export const accounts: Record<string, Account> = {
  U1: { id: 1, login: "ann" },
  U2: { id: 2, login: "ben" },
  U3: { id: 3, login: "cleo" },
};

export interface OfficeOptions {
  job?: Partial<Job>;
  run?: Partial<Run>;
  context?: Partial<EffectContext>;
}

let offices = 0;

export class Office {
  readonly hub = new Hub();
  readonly members = new Map<string, Member>();
  /** Private answers, by person. */
  readonly told: { user: string; words: string; blocks: readonly object[] | undefined }[] = [];
  /** Messages in the thread, by key. */
  readonly posted: { key: string; text: string; blocks: readonly object[] }[] = [];
  readonly submitted: string[] = [];
  /** In milliseconds since 1970; tests let it pass. */
  clock = start;
  readonly context: EffectContext;
  readonly job: string;
  readonly #store: Store;
  #asks = 0;

  constructor(store: Store, options: OfficeOptions = {}) {
    offices += 1;
    this.job = `${process.pid.toString(32)}${offices.toString(32)}`
      .replaceAll(/[01]/g, (digit) => (digit === "0" ? "x" : "y"))
      .replaceAll(/[89]/g, (digit) => (digit === "8" ? "w" : "z"))
      .padStart(10, "a");
    this.#store = store;
    this.context = {
      store,
      chat: this.#chat(),
      github: this.hub.codeHost,
      queue: this.#queue(),
      allowed: ["acme/*"],
      maxRuns: 1_000,
      access: "linked",
      mixesVisibility: false,
      twoPerson: true,
      linked: {
        actAs: async ({ account }) => this.hub.as(account),
        linkUrl: async (_team, user) => `https://cody.example/github/link?request=${user}`,
      },
      now: () => this.clock,
      log: makeLog({ level: "error", redact: (text) => text, write: () => {}, now: () => this.clock }),
      ...options.context,
    };
  }

  /** A job whose only run has ended with a pull request, everything said. */
  static async open(store: Store, options: OfficeOptions = {}): Promise<Office> {
    const office = new Office(store, options);
    await office.#begin(options);
    return office;
  }

  async #begin({ job, run }: OfficeOptions): Promise<void> {
    const { jobs, people } = this.#store;
    const thread = { channel: "C1", ts: "1795170600.000100" };
    await jobs.create(exampleJob({ id: this.job, createdAt: start, closedAt: start + 2, thread, ...job }));
    const pullRequest = {
      number: 12,
      url: "https://github.com/acme/shop/pull/12",
      headSha: "f00",
      draft: false,
      standing: openStanding({ readAt: start }),
    };
    await jobs.createRun(
      endedRun("changed", {
        job: this.job,
        repository: repository("shop"),
        queuedAt: start - 120_000,
        startedAt: start - 120_000,
        endedAt: start - 60_000,
        headSha: "f00",
        pullRequest,
        lookAt: start + 3_600_000,
        lookedAt: start - 50_000,
        ...run,
      }),
    );
    for (const key of ["board", "result-01-1", "end-1"]) await this.say(key);
    for (const [user, account] of Object.entries(accounts)) await people.link(personOf(user, account));
  }

  /** Somebody presses; the id is the same for the same press. */
  async press(user: string, kind: Ask["kind"], differences: Partial<Ask> = {}): Promise<Ask> {
    this.#asks += 1;
    this.clock += 10;
    const ask: Ask = {
      id: `${this.job}${this.#asks}`,
      job: this.job,
      kind,
      run: 1,
      heads: [{ run: 1, sha: "f00" }],
      by: user,
      at: this.clock,
      responseUrl: `https://slack.example/respond/${user}`,
      ...differences,
    };
    await this.#store.jobs.ask(ask);
    return ask;
  }

  /** Looks after the job as effects or the watchdog do; after this long. */
  async attend(afterMs = 10): Promise<void> {
    this.clock += afterMs;
    await attend(this.job, this.context);
  }

  async run(number = 1): Promise<Run> {
    const run = await this.#store.jobs.readRun(this.job, number);
    if (!run) throw new Error(`there is no run ${number}`);
    return run;
  }

  async answers(): Promise<(string | undefined)[]> {
    return (await this.#store.jobs.asksOf(this.job)).map(({ answer }) => answer);
  }

  async audits(): Promise<Audit[]> {
    const days = [this.clock, start].map((at) => new Date(at).toISOString().slice(0, 10));
    const entries = await Promise.all([...new Set(days)].map((day) => this.#store.audits.ofDay(day)));
    return entries.flat().filter(({ job }) => job === this.job);
  }

  /** Says that a message was sent. */
  async say(key: string): Promise<void> {
    await this.#store.posts.claim(this.job, key, start);
    await this.#store.posts.record(this.job, key, { ts: "1795170601.000200" });
  }

  #chat(): Chat {
    const chat: Partial<Chat> = {
      member: async (user) => this.members.get(user) ?? member,
      post: async ({ text, blocks }, { key }) => {
        this.posted.push({ key, text, blocks });
        return `1795170602.${String(this.posted.length).padStart(6, "0")}`;
      },
      find: async () => undefined,
      answer: async (url, words, blocks) => {
        this.told.push({ user: url.split("/").at(-1) ?? "", words, blocks });
        return true;
      },
      whisper: async ({ user }, words, blocks) => {
        this.told.push({ user, words, blocks });
      },
    };
    return chat as Chat;
  }

  #queue(): Queue {
    const queue: Partial<Queue> = {
      submit: async ({ name }) => {
        this.submitted.push(name);
        return `batch-${this.submitted.length}`;
      },
      find: async () => undefined,
    };
    return queue as Queue;
  }
}

export function personOf(user: string, account: Account): Person {
  return { team: "T1", user, account, sealedTokens: "sealed", linkedAt: start };
}
