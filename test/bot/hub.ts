// GitHub in memory, as far as presses reach it: one pull request, several people, and a record of what was really done.
import { Failed } from "@cody/core/failure.ts";
import type { BranchState, CodeHost, RepositoryCheck } from "@cody/core/ports/code-host.ts";
import type { Done, PersonalCodeHost, SeenPullRequest } from "@cody/core/ports/personal-code-host.ts";
import type { Account, Standing } from "@cody/core/pull-request-schema.ts";
import { repository } from "../core/examples.ts";

/** What happens to the answer of one call: it is lost before anything is done, or after. */
export type Fault = "before" | "after";

export class Hub {
  /** What was done, in order: `approve ann f00`. */
  readonly done: string[] = [];
  /** Calls that were made, to put faults at. */
  calls = 0;
  faults: Record<number, Fault> = {};
  isAway = false;
  /** Who may push, by login; everybody else may read. */
  writers = new Set(["ann", "ben", "cleo"]);
  looks = 0;
  /** Everybody's newest verdict, and of which commit: the same one twice is one review. */
  readonly #verdicts = new Map<string, string>();
  pull = openStanding();
  branchState: BranchState = { headSha: "f00", foreign: { commits: 0, people: [] } };
  check: RepositoryCheck = {
    found: true,
    repository: repository("shop"),
    empty: false,
    baseSha: "ba5e",
    cloneUrl: "https://github.com/acme/shop.git",
  };

  /** As Cody: nothing of this approves or merges. */
  readonly codeHost = {
    check: () => this.#call(async () => this.check),
    branch: () => this.#call(async () => this.branchState),
    standing: () =>
      this.#call(async () => {
        this.looks += 1;
        return { ...this.pull, readAt: Date.now() };
      }),
    updateBranch: (_repository: unknown, _pull: number, headSha: string) =>
      this.#call(async () => {
        if (headSha !== this.pull.headSha) throw new Failed("github-rejected", "the head moved");
        this.done.push(`update ${headSha}`);
        this.push("0ddba11");
      }),
  } as unknown as CodeHost;

  /** As somebody, with that person's own token. */
  as(account: Account): PersonalCodeHost {
    const { login } = account;
    const act = (pull: SeenPullRequest, work: () => Done) =>
      this.#call(async (): Promise<Done> => {
        if (!this.writers.has(login)) return no("GitHub refused it: you may not push.");
        if (pull.sha !== this.pull.headSha) return no("GitHub refused it: the head has changed.");
        return work();
      });
    return {
      account: () => this.#call(async () => account),
      rights: () => this.#call(async () => (this.writers.has(login) ? "write" : "read")),
      review: (pull, { kind }) =>
        act(pull, () => {
          if (this.pull.state !== "open") return no("The pull request has ended.");
          const given = `${kind} ${pull.sha}`;
          if (this.#verdicts.get(login) === given) return { done: true };
          this.#verdicts.set(login, given);
          this.done.push(`${kind} ${login} ${pull.sha}`);
          const others = this.pull.approvals.filter((one) => one.account.id !== account.id);
          const own = kind === "approve" ? [{ account, sha: pull.sha }] : [];
          this.pull = {
            ...this.pull,
            approvals: [...others, ...own],
            review: kind === "approve" ? "approved" : "changes requested",
          };
          return { done: true };
        }),
      merge: (pull) =>
        act(pull, () => {
          if (this.pull.state === "merged")
            return this.pull.endedBy === login ? { done: true } : no("It is merged already.");
          this.done.push(`merge ${login} ${pull.sha}`);
          this.pull = { ...this.pull, state: "merged", endedBy: login };
          return { done: true };
        }),
      enableAutoMerge: (pull) =>
        act(pull, () => {
          this.done.push(`auto-merge ${login} ${pull.sha}`);
          this.pull = { ...this.pull, autoMerge: true };
          return { done: true };
        }),
      close: (pull) =>
        act(pull, () => {
          this.done.push(`close ${login} ${pull.sha}`);
          this.pull = { ...this.pull, state: "closed", endedBy: login };
          return { done: true };
        }),
    };
  }

  /** Somebody pushes to the branch. */
  push(sha: string): void {
    this.pull = { ...this.pull, headSha: sha };
  }

  async #call<T>(work: () => Promise<T>): Promise<T> {
    this.calls += 1;
    const fault = this.faults[this.calls];
    if (this.isAway || fault === "before") throw new Failed("github-unavailable", "no answer came");
    const answer = await work();
    if (fault === "after") throw new Failed("github-unavailable", "no answer came");
    return answer;
  }
}

function no(words: string): Done {
  return { done: false, words };
}

/** An open pull request with passing checks and nothing else, at the head that people are shown. */
export function openStanding(differences: Partial<Standing> = {}): Standing {
  return {
    state: "open",
    headSha: "f00",
    draft: false,
    review: "none",
    approvals: [],
    checks: "passed",
    failing: [],
    openThreads: 0,
    mergeable: "clean",
    autoMerge: false,
    readAt: Date.now(),
    ...differences,
  };
}
