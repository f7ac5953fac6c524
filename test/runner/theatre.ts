// One round that is played many times against the same ends: as a whole first, then with something that happens on its way.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { openStore } from "@cody/core/adapters/table/store.ts";
import { patient, Table } from "@cody/core/adapters/table/table.ts";
import type { Store } from "@cody/core/ports/store.ts";
import type { Job, Run } from "@cody/core/schema.ts";
import { expect } from "vitest";
import type { RecordedRequest } from "../world/claude/record.ts";
import type { Script } from "../world/claude/script.ts";
import type { Crossing } from "./border.ts";
import { Machine, type MachineOptions } from "./machines.ts";
import { type Outside, openOutside, repository } from "./outside.ts";
import { openTable } from "./stage.ts";
import { newJob, submitRun, tableName } from "./submitted-run.ts";

/** A run that was just given to Batch. Each has an account of its own, for GitHub's pace is an account's. */
export interface Play {
  job: Job;
  account: number;
}

/** Everything of a run that is outside of its machines. */
export interface State {
  run: Run;
  /** The lease, the turns, their trees and the patch, by what tells their contents apart. */
  work: { sk: string; of?: string; until?: number; owner?: string }[];
  /** How its branch moved. */
  moves: unknown[];
  /** Pull requests that were opened. */
  pulls: number;
  /** Requests of the model. */
  asked: RecordedRequest[];
}

/** A crossing of the whole round. */
export interface Point {
  at: Crossing;
  call: string;
  /** Whether anything outside differs from what it was at the crossing before. */
  isNew: boolean;
  state: Run["state"];
}

/** What the round comes to where nothing happens on its way. */
export interface Whole {
  points: Point[];
  state: State;
  tree: string;
  patch: Buffer | undefined;
}

const maxAccounts = 500;
const loginOf = (account: number) => `cody-${account}`;
const tokenOf = (account: number) => `ghp_${String(account).padStart(36, "x")}`;

export class Theatre {
  readonly #outside: Outside;
  readonly #closeTable: () => Promise<void>;
  readonly #table = new Table(tableName, patient);
  readonly store: Store = openStore(tableName);
  #plays = 0;

  static async open(script: Script, files: Record<string, string>): Promise<Theatre> {
    const closeTable = await openTable();
    const accounts = Array.from({ length: maxAccounts }, (_, index) => ({
      login: loginOf(index),
      id: 1_000 + index,
      token: tokenOf(index),
      rights: { "acme/*": "write" as const },
    }));
    return new Theatre(await openOutside({ script, files, accounts }), closeTable);
  }

  private constructor(outside: Outside, closeTable: () => Promise<void>) {
    this.#outside = outside;
    this.#closeTable = closeTable;
  }

  async close(): Promise<void> {
    await this.#outside.close();
    await this.#closeTable();
  }

  async begin(prompt?: string): Promise<Play> {
    const job = newJob(prompt === undefined ? {} : { prompt });
    await submitRun(this.store.jobs, job);
    this.#plays += 1;
    return { job, account: this.#plays };
  }

  machine({ job, account }: Play, options: Omit<MachineOptions, "token"> = {}): Machine {
    return new Machine(this.#outside, job, { ...options, token: tokenOf(account) });
  }

  async stateOf({ job, account }: Play): Promise<State> {
    const run = await this.store.jobs.readRun(job.id, 1);
    if (!run) throw new Error("the run is gone");
    const items = await this.#table.partition(`WORK#${job.id}#01`);
    const { github, claude } = this.#outside;
    const moves = github.record.pushes.flatMap((push) => push.moves);
    return {
      run,
      work: items.map(({ sk, of, until, owner }) => ({ sk, of, until, owner })) as State["work"],
      moves: moves.filter(({ reference }) => reference === `refs/heads/${run.branch}`),
      pulls: github.record.calls.filter(
        ({ method, path: called, status, login }) =>
          login === loginOf(account) && method === "POST" && called.endsWith("/pulls") && status === 201,
      ).length,
      asked: claude.record.requests.filter(
        ({ route, body }) => route === "POST /v1/messages" && firstText(body).includes(`request-${job.id}`),
      ),
    };
  }

  patchOf({ job }: Play): Promise<Buffer | undefined> {
    return this.store.work(job.id, 1).patch(1);
  }

  treeOf({ run }: State): string {
    return this.#git("rev-parse", `${run.branch}^{tree}`);
  }

  /** Plays it undisturbed from where it is to this state, and looks at the outside at every crossing. */
  async playWhole(
    play: Play,
    { until = "done", queueJob }: { until?: Run["state"]; queueJob?: string } = {},
  ): Promise<Whole> {
    const seen: { at: Crossing; print: string; state: Run["state"] }[] = [];
    const machine = this.machine(play, {
      queueJob,
      meet: async (at) => {
        const { run, work, moves, pulls, asked } = await this.stateOf(play);
        const print = JSON.stringify([run.revision, work, moves, pulls, asked.length]);
        seen.push({ at, print, state: run.state });
      },
    });
    expect(await machine.ended).toBe(0);
    const points = seen.map(({ at, print, state }, index) => ({
      at,
      call: machine.border.calls[at.call] ?? "",
      isNew: print !== seen[index - 1]?.print,
      state,
    }));
    const state = await this.stateOf(play);
    expect(state.run.state).toBe(until);
    const tree = until === "done" ? this.treeOf(state) : "";
    return { points, state, tree, patch: await this.patchOf(play) };
  }

  /** What has to be true of a run in the end, whatever became of its machines. */
  async expectSame(play: Play, whole: Whole, repeated: number): Promise<State> {
    const state = await this.stateOf(play);
    const { run, moves, pulls, asked } = state;
    const { turns, checks, diff } = whole.state.run;
    expect(run).toMatchObject({ state: "done", outcome: "changed", diff });
    expect(run.turns - turns).toBeGreaterThanOrEqual(0);
    expect(run.turns - turns).toBeLessThanOrEqual(repeated);
    expect(run.checks?.outcome).toBe(checks?.outcome);
    expect(asked.length - whole.state.asked.length).toBeLessThanOrEqual(repeated);
    expect(asked.filter(({ status }) => status !== 200)).toEqual([]);

    expect(await this.patchOf(play)).toEqual(whole.patch);
    expect(this.treeOf(state)).toBe(whole.tree);
    expect(moves).toMatchObject([{ before: undefined, after: run.headSha }]);
    expect(this.#git("rev-list", `main..${run.branch}`)).toBe(run.headSha);
    expect({ pulls, headSha: run.pullRequest?.headSha }).toEqual({ pulls: 1, headSha: run.headSha });

    const stored = await this.store.work(play.job.id, 1).turns(1);
    expect(stored.map(({ turn }) => turn)).toEqual(Array.from({ length: run.turns + 1 }, (_, turn) => turn));
    const told = run.usage.outputTokens;
    expect(told).toBeGreaterThanOrEqual(total(stored.map(({ usage }) => usage.outputTokens)));
    expect(told).toBeGreaterThanOrEqual(outputOf(whole.state));
    expect(told).toBeLessThanOrEqual(outputOf(state));
    return state;
  }

  #git(...args: string[]): string {
    const bare = path.join(this.#outside.folder, "github", `${repository.id}.git`);
    return execFileSync("git", ["--git-dir", bare, ...args], { encoding: "utf8", timeout: 20_000 }).trim();
  }
}

function firstText(body: unknown): string {
  const { messages } = body as { messages: { content: { text?: string }[] }[] };
  return messages[0]?.content[0]?.text ?? "";
}

/** Tokens that whole answers had. */
export function outputOf({ asked }: State): number {
  return total(asked.map(({ usage, end }) => (end === "complete" ? (usage?.output_tokens ?? 0) : 0)));
}

/** How long somebody still holds the lease, in milliseconds; 0 where nobody does. */
export function leaseLeftMs({ work }: State): number {
  const until = work.find(({ sk }) => sk === "LEASE")?.until ?? 0;
  return Math.max(0, until - Date.now());
}

function total(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
