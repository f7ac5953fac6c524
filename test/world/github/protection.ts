// What a protected branch asks of a pull request before anybody may merge it: reviews, checks, being up to date.
import { type Account, mayWrite, rightOn } from "./accounts.ts";
import { latestCheckRuns, latestStatuses } from "./checks.ts";
import { conflict, notMergeable } from "./errors.ts";
import type { PullView } from "./pulls.ts";
import type { PullRequest, Review } from "./records.ts";
import type { Repository } from "./repository.ts";

export interface Protection {
  /** Approvals by people who may push, and what becomes of them when new commits arrive. */
  reviews?: { count: number; dismissStale?: boolean };
  /** Names of check runs or contexts of statuses. `strict`: the branch has to hold everything of its base. */
  checks?: { names: string[]; strict?: boolean };
  /** False, as on GitHub: an administrator's merge goes past all of it. */
  enforceAdmins?: boolean;
  /** A ruleset, which everybody may read, in place of the older protection of a branch. */
  ruleset?: boolean;
}

type CheckState = "passed" | "failing" | "pending" | "expected";

export interface Unmet {
  approvals: number;
  needsApprovals: boolean;
  changesRequested: boolean;
  /** Required checks that did not pass. */
  checks: { name: string; state: CheckState }[];
  behind: boolean;
}

const PASSING = ["success", "neutral", "skipped"];

/** What is missing; undefined where the base has no rules. */
export async function unmetRules(repository: Repository, view: PullView): Promise<Unmet | undefined> {
  const rules = repository.protections.get(view.pull.base);
  if (rules === undefined) return undefined;
  const counted = verdicts(repository, view.pull);
  const approvals = counted.filter(({ state }) => state === "APPROVED").length;
  const names = rules.checks?.names ?? [];
  const isBehind = async () => (await repository.countBetween(view.headSha, view.baseSha)) > 0;
  return {
    approvals,
    needsApprovals: approvals < (rules.reviews?.count ?? 0),
    changesRequested:
      rules.reviews !== undefined && counted.some(({ state }) => state === "CHANGES_REQUESTED"),
    checks: names
      .map((name) => ({ name, state: checkState(repository, view.headSha, name) }))
      .filter(({ state }) => state !== "passed"),
    behind: rules.checks?.strict === true && (await isBehind()),
  };
}

/** Whether rules hold it back, by whatever but its being behind. */
export function isBlocked({ needsApprovals, changesRequested, checks }: Unmet): boolean {
  return needsApprovals || changesRequested || checks.length > 0;
}

/** What GitHub makes of the reviews; null where no rule asks for any. */
export function reviewDecision(repository: Repository, pull: PullRequest) {
  const needed = repository.protections.get(pull.base)?.reviews;
  if (needed === undefined) return null;
  const counted = verdicts(repository, pull);
  if (counted.some(({ state }) => state === "CHANGES_REQUESTED")) return "CHANGES_REQUESTED";
  const approvals = counted.filter(({ state }) => state === "APPROVED").length;
  return approvals < needed.count ? "REVIEW_REQUIRED" : "APPROVED";
}

/** Throws GitHub's 405 or 409 where the rules do not let this account merge. */
export async function refuseUnmet(repository: Repository, by: Account, view: PullView): Promise<void> {
  const rules = repository.protections.get(view.pull.base);
  const unmet = await unmetRules(repository, view);
  if (rules === undefined || unmet === undefined) return;
  if (!rules.enforceAdmins && rightOn(by, repository.fullName) === "admin") return;
  const words = [...reviewWords(rules, unmet), ...checkWords(rules, unmet)];
  if (words.length > 0) {
    throw notMergeable(
      rules.ruleset ? `Repository rule violations found\n\n${words.join("\n\n")}\n\n` : words.join(" "),
    );
  }
  if (unmet.behind) throw conflict("Head branch is out of date. Review and try the merge again.");
}

function reviewWords({ reviews }: Protection, { needsApprovals, changesRequested }: Unmet): string[] {
  const count = reviews?.count ?? 0;
  const needed = count === 1 ? "1 approving review is" : `${count} approving reviews are`;
  return [
    ...(changesRequested ? ["Changes have been requested."] : []),
    ...(needsApprovals ? [`At least ${needed} required by reviewers with write access.`] : []),
  ];
}

const CHECK_WORDS: Record<CheckState, string> = {
  passed: "has passed",
  failing: "is failing",
  pending: "is in progress",
  expected: "is expected",
};

function checkWords({ checks }: Protection, { checks: unmet }: Unmet): string[] {
  const [first, ...others] = unmet;
  if (first === undefined) return [];
  const all = checks?.names.length ?? 0;
  if (others.length === 0 && all === 1) {
    return [`Required status check "${first.name}" ${CHECK_WORDS[first.state]}.`];
  }
  if (unmet.every(({ state }) => state === "expected")) {
    return [`${unmet.length} of ${all} required status checks are expected.`];
  }
  const states = ["failing", "pending", "expected"] as const;
  const counts = states
    .map((wanted) => [unmet.filter(({ state }) => state === wanted).length, wanted] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${count} ${state}`);
  return [`${unmet.length} of ${all} required status checks have not succeeded: ${counts.join(", ")}.`];
}

/** A name is satisfied where everything that reported under it passed. */
function checkState(repository: Repository, sha: string, name: string): CheckState {
  const runs = latestCheckRuns(repository, sha).filter((run) => run.name === name);
  const statuses = latestStatuses(repository, sha).filter(({ context }) => context === name);
  const states: CheckState[] = [
    ...runs.map(
      ({ conclusion }): CheckState =>
        conclusion === null ? "pending" : PASSING.includes(conclusion) ? "passed" : "failing",
    ),
    ...statuses.map(
      ({ state }): CheckState =>
        state === "success" ? "passed" : state === "pending" ? "pending" : "failing",
    ),
  ];
  if (states.length === 0) return "expected";
  return (
    states.find((state) => state === "failing") ?? states.find((state) => state === "pending") ?? "passed"
  );
}

/** Those of the newest verdicts that count: of who may push and is not the author. */
function verdicts(repository: Repository, pull: PullRequest): Review[] {
  return newestVerdicts(pull).filter(({ author }) => author !== pull.author && mayWrite(author, repository));
}

/** Each reviewer's newest verdict, whoever that is. A comment takes none back, and a dismissed one stays the newest. */
export function newestVerdicts(pull: PullRequest): Review[] {
  const newest = new Map<Account, Review>();
  for (const review of pull.reviews) {
    if (["APPROVED", "CHANGES_REQUESTED", "DISMISSED"].includes(review.state))
      newest.set(review.author, review);
  }
  return [...newest.values()];
}

/** Approvals of what a branch held before do not speak for what it holds now. Gives those that were dismissed. */
export function dismissStale(repository: Repository, pull: PullRequest): Review[] {
  if (repository.protections.get(pull.base)?.reviews?.dismissStale !== true) return [];
  const stale = pull.reviews.filter(({ state }) => state === "APPROVED");
  for (const review of stale) review.state = "DISMISSED";
  return stale;
}
